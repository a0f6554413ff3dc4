"""What a person sees of a rendered Markdown text, and nothing that only a machine would read.

A maintainer approves what the page shows. So the text is rendered anew from its parsed tree, by a list of what is
visible, instead of searching the source for ways to hide something: what this module does not know is left out.
"""

from __future__ import annotations

import re
import unicodedata

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.core.drawings import mermaid_shown
from bot.core.footnotes import apart, with_footnotes
from bot.core.formulas import NOT_SHOWN, is_plain, redefines, shown_formulas, without_code
from bot.core.hypertext import Hypertext
from bot.core.languages import DRAWINGS, MATH, language_of, shown_language
from bot.core.margins import Margin, Margins
from bot.core.markdown import code_span, fence_for

_PARSER = with_footnotes(MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"]))

_LONGEST_ADDRESS = 300
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_STYLES = "\ufe0e\ufe0f"
_KEYCAP = "\u20e3"
# Format characters that are drawn: the number and verse signs of Arabic, Syriac and Kaithi.
_DRAWN_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Letters and marks by category, yet nothing is drawn for them.
_DRAWN_AS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0000-\U000e0fff]"
)
_FIRST_JOINED_SCRIPT = "\u0600"  # from here on: Arabic, the scripts of India; before: Latin, Greek, Cyrillic, Hebrew


def visible(text: str) -> str:
    """The Markdown `text` as a person sees it, in Markdown again.

    Gone are HTML comments and tags, elements that are hidden, alternative texts and titles, images, definitions of
    link references, footnotes that nothing refers to, the words behind a code block's language, and characters that
    draw nothing or turn the direction of writing. What is drawn (Mermaid, maps, models, formulas) stays as far as its
    source is what is drawn; else a remark stands in its place. The text of `<details>` stays: a click shows it. A link
    is `[words](address)`: the page shows the words.
    """
    return without_invisible(_Page(redefined=redefines(text)).render(*apart(_PARSER.parse(text))))


def without_invisible(text: str) -> str:
    """`text` without characters that show nothing. Joiners stay inside emoji and inside words that need them."""
    return "".join(character for index, character in enumerate(text) if _shows(text, index, character))


def _shows(text: str, index: int, character: str) -> bool:
    if character.isascii():
        return character.isprintable() or character in "\n\t"
    before, after = text[max(index - 1, 0) : index], text[index + 1 : index + 2]
    if character in (_ZWJ, _ZWNJ):
        return _joins_emoji(character, before, after) or _joins_letters(before, after)
    if character in _STYLES:
        return _is_symbol(before) or (after == _KEYCAP and before in set("0123456789#*"))
    if _DRAWN_AS_NOTHING.match(character):
        return False
    return unicodedata.category(character) not in ("Cf", "Cc", "Cs", "Zl", "Zp") or character in _DRAWN_FORMATS


def _joins_emoji(character: str, before: str, after: str) -> bool:
    return character == _ZWJ and _is_symbol(after) and (_is_symbol(before) or before == _STYLES[1])


def _joins_letters(before: str, after: str) -> bool:
    """Persian and the scripts of India are misspelt without joiners; other scripts have no use for them."""
    return all(side >= _FIRST_JOINED_SCRIPT and unicodedata.category(side)[0] in "LM" for side in (before, after))


def _is_symbol(character: str) -> bool:
    """Whether this can be an emoji: most are `So`, skin tones `Sk`, some arrows `Sm`, and ‼ is `Po`."""
    return character > "\u00a8" and unicodedata.category(character) in ("So", "Sk", "Sm", "Po")


class _Page:
    """Writes the visible part of a flat row of tokens as Markdown."""

    def __init__(self, *, redefined: bool) -> None:
        self._redefined = redefined  # the meaning of LaTeX commands
        self._displayed: set[int] = set()  # paragraphs that may lie within one formula
        self._cited: dict[str, int] = {}  # labels of footnotes that are referred to, with their numbers
        self._hypertext = Hypertext()
        self._lines: list[str] = []
        self._margins = Margins()
        self._heading = ""
        self._cells: list[str] | None = None  # of the open table row
        self._columns = 0

    def render(self, row: list[Token], notes: dict[str, list[Token]]) -> str:
        self._displayed = _between_dollars(row)
        for token in row:
            self._block(token)
        waiting = [label for label in notes if label in self._cited]
        while waiting:
            label = min(waiting, key=self._cited.__getitem__)
            self._note(self._cited[label], notes.pop(label))
            waiting = [label for label in notes if label in self._cited]
        return "\n".join(self._lines).strip("\n")

    def _note(self, number: int, row: list[Token]) -> None:
        """A footnote, below everything else. It may refer to others."""
        self._margins.margins.append(Margin(f"[^{number}]: ", "    "))
        self._lines.append("")
        for token in row:
            self._block(token)
        self._margins.margins.pop()

    def _block(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._words(token)
            case "fence" | "code_block":
                self._code(token)
            case "html_block":
                shown = re.sub(r"\n\s*\n", "\n", self._hypertext.read(token.content)).strip("\n")
                self._put(shown_formulas(token.content, shown, redefined=self._redefined))
            case "heading_open" | "heading_close":
                self._heading = "#" * int(token.tag[1]) + " " if token.nesting > 0 else ""
            case "hr":
                self._put("---")
            case "tr_open" | "tr_close" | "table_open" | "thead_close":
                self._table(token)
            case _:
                self._container(token)

    def _container(self, token: Token) -> None:
        if self._margins.begins_list(token):
            self._lines.append("")
        self._margins.follow(token)

    def _table(self, token: Token) -> None:
        match token.type:
            case "table_open":
                self._lines.append("")
            case "tr_open":
                self._cells = []
            case "tr_close":
                cells, self._cells = self._cells or [], None
                self._columns = len(cells)
                self._put(f"| {' | '.join(cells)} |", apart=False)
            case "thead_close":
                self._put("|" + " --- |" * self._columns, apart=False)

    def _words(self, token: Token) -> None:
        words = self._inline(token.children or [])
        inside = id(token) in self._displayed
        words = shown_formulas(token.content, words, redefined=self._redefined, inside=inside)
        if self._cells is not None:
            self._cells.append(words)
        elif words.strip():
            self._put(self._heading + words)

    def _code(self, token: Token) -> None:
        if self._hypertext.hides:
            return
        code, language = token.content.removesuffix("\n"), language_of(token.info)
        if language in DRAWINGS:
            drawn = mermaid_shown(code) if language == "mermaid" else None
            self._put(f"```mermaid\n{drawn}\n```" if drawn else f"[a drawing in {language}, its source left out]")
        elif language == MATH:
            plain = is_plain(code, redefined=self._redefined)
            self._put(f"```math\n{code}\n```" if plain and "```" not in code else NOT_SHOWN)
        else:
            marks = fence_for(code)
            self._put(f"{marks}{shown_language(token.info)}\n{code}\n{marks}")

    def _put(self, block: str, *, apart: bool = True) -> None:
        if not block.strip():
            return
        margins = self._margins.margins
        first, rest = self._margins.first, self._margins.rest
        if apart and not any(margin.fresh and margin.first != margin.rest for margin in margins):
            self._lines.append("".join(margin.rest for margin in margins if not margin.fresh).rstrip())
        self._margins.begin_block()
        head, *tail = block.split("\n")
        self._lines += [first + head, *(rest + line for line in tail)]

    def _inline(self, children: list[Token]) -> str:
        words: list[str] = []
        links: list[tuple[int, str]] = []
        for child in children:
            if child.type == "link_open":
                links.append((len(words), str(child.attrGet("href") or "")))
            elif child.type == "link_close":
                start, address = links.pop()
                words[start:] = [_link("".join(words[start:]), address)]
            elif child.type == "footnote_ref":
                words.append(self._reference(str(child.meta["label"]), linked=bool(links)))
            else:
                words.append(self._word(child))
        return "".join(words)

    def _reference(self, label: str, *, linked: bool) -> str:
        """The page shows a number. A reference within a link is dropped."""
        if self._hypertext.hides or linked:
            return ""
        return f"[^{self._cited.setdefault(label, len(self._cited) + 1)}]"

    def _word(self, child: Token) -> str:
        if child.type == "html_inline":
            return self._hypertext.read(child.content)
        return "" if self._hypertext.hides else _spell(child)


def _spell(child: Token) -> str:
    match child.type:
        case "text":
            return child.content
        case "softbreak" | "hardbreak":
            return "\n"
        case "code_inline":
            return code_span(child.content)
        case "em_open" | "em_close" | "strong_open" | "strong_close" | "s_open" | "s_close":
            return child.markup
    return ""


def _between_dollars(row: list[Token]) -> set[int]:
    """The paragraphs from the first odd `$$` to the last one: should GitHub see one formula there, it can hide them."""
    paragraphs = [token for token in row if token.type == "inline"]
    marked = [index for index, token in enumerate(paragraphs) if without_code(token.content).count("$$") % 2]
    between = paragraphs[marked[0] : marked[-1] + 1] if len(marked) > 1 else []
    return {id(token) for token in between}


def _link(words: str, address: str) -> str:
    """A link with nothing to click shows nothing; one that shows its own address is said once."""
    if not words.strip():
        return words
    return words if words == address else f"[{words}]({_cut(address)})"


def _cut(address: str) -> str:
    """Long enough for a link to a line of a file, too short for a letter."""
    return address if len(address) <= _LONGEST_ADDRESS else f"{address[:_LONGEST_ADDRESS]}…"
