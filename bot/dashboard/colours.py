"""Code and diffs in colour: Pygments names what each part is, and the style sheet says what that looks like."""

from __future__ import annotations

import difflib

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.util import ClassNotFound

_MOST = 20_000  # characters: some lexers take long for what they were not made for
_FORMATTER = HtmlFormatter(nowrap=True)
_DIFF_STARTS = ("diff --git ", "--- ", "Index: ", "@@ ")
_CLASSES = {"+": "gi", "-": "gd", "@": "gu"}


def colour_code(text: str, name: str) -> Markup:
    """`name`: of the file, or of the language."""
    lexer = _find_lexer(name) if len(text) <= _MOST else None
    if lexer is None:
        return escape(text)
    return Markup(highlight(text, lexer, _FORMATTER))  # noqa: S704 - Pygments escapes what it is given


def colour_diff(text: str) -> Markup:
    """Line by line, and each line as it is: a diff may hold anything."""
    lines = (Markup('<span class="{}">{}</span>').format(_class_of(line), line) for line in text.splitlines())
    return Markup("\n").join(lines)


def looks_like_a_diff(text: str) -> bool:
    return text.startswith(_DIFF_STARTS) and "\n@@ " in f"\n{text}"


def diff_of(before: str, after: str) -> str:
    """What an edit changes, without the names of files."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    return "\n".join([*lines][2:])


def _class_of(line: str) -> str:
    return "gh" if line.startswith(("+++", "---", "diff ", "index ")) else _CLASSES.get(line[:1], "")


def _find_lexer(name: str) -> Lexer | None:
    try:
        return get_lexer_for_filename(name) if "." in name else get_lexer_by_name(name)
    except ClassNotFound:
        return None
