"""Footnotes as GitHub reads them (cmark-gfm): a definition can stand anywhere, and is shown only if it is referenced.

The first definition of a label counts, whatever its case. What the page shows of a label is a number.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_DEFINITION = re.compile(r"\[\^([^\]\s\x00]+)\]:")
_REFERENCE = re.compile(r"\[\^([^\]\s\x00]+)\]")
_INDENT = 4  # of what belongs to a definition
_TAB = 4
_LABELS = "footnotes"


def with_footnotes(parser: MarkdownIt) -> MarkdownIt:
    """The parser, which then also yields `footnote_open`, `footnote_close` and, inside of paragraphs, `footnote_ref`,
    each with its label in `meta`."""
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("reference", "footnote", _definition, {"alt": interrupts})
    parser.inline.ruler.after("image", "footnote_ref", _reference)
    return parser


def apart(row: list[Token]) -> tuple[list[Token], dict[str, list[Token]]]:
    """The page's own tokens, and those of each footnote by its label; also of footnotes within footnotes."""
    body: list[Token] = []
    notes: dict[str, list[Token]] = {}
    open_ones = [body]
    for token in row:
        if token.type == "footnote_open":
            open_ones.append([])
            notes.setdefault(str(token.meta["label"]), open_ones[-1])
        elif token.type == "footnote_close":
            open_ones.pop()
        else:
            open_ones[-1].append(token)
    return body, notes


def _definition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    start = state.bMarks[start_line] + state.tShift[start_line]
    found = _DEFINITION.match(state.src, start, state.eMarks[start_line])
    if found is None or silent:
        return found is not None
    label = found[1].casefold()
    state.env.setdefault(_LABELS, set()).add(label)
    state.push("footnote_open", "", 1).meta = {"label": label}
    _content(state, start_line, end_line, start, found.end())
    state.push("footnote_close", "", -1)
    return True


def _content(state: StateBlock, line: int, end_line: int, start: int, position: int) -> None:
    """Parse what stands behind the colon and, indented, on the lines below."""
    before = state.bMarks[line], state.tShift[line], state.sCount[line], state.parentType
    column = first = state.sCount[line] + position - start
    text = position
    while text < state.eMarks[line] and state.src[text] in " \t":
        column += 1 if state.src[text] == " " else _TAB - column % _TAB
        text += 1
    state.bMarks[line], state.tShift[line] = position, text - position
    state.blkIndent += _INDENT
    state.sCount[line] = column - first + state.blkIndent
    state.parentType = "footnote"
    state.md.block.tokenize(state, line, end_line)
    state.blkIndent -= _INDENT
    state.bMarks[line], state.tShift[line], state.sCount[line], state.parentType = before


def _reference(state: StateInline, silent: bool) -> bool:
    found = _REFERENCE.match(state.src, state.pos, state.posMax)
    if found is None or found[1].casefold() not in state.env.get(_LABELS, ()):
        return False
    if not silent:
        state.push("footnote_ref", "", 0).meta = {"label": found[1].casefold()}
    state.pos = found.end()
    return True
