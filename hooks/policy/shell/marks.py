"""Quoted characters travel under marks until the word is complete.

Whether `*`, `{`, `~` or a blank is syntax or text depends on quoting, and a word is put together from quoted and
unquoted pieces. Each quoted character is therefore moved to a private-use code point, and moved back at the end.
"""

from __future__ import annotations

import re
from itertools import product

BASE = 0xE000
SPECIAL = "*?[]{},~ \t\n!@+()-.="
MARKED = {ord(character): BASE + ord(character) for character in SPECIAL}
UNMARKED = {mark: plain for plain, mark in MARKED.items()}
BRACE_LIMIT = 256

SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}
ANSI = re.compile(
    r"\\(?:x(?P<hex>[0-9a-fA-F]{1,2})|u(?P<u>[0-9a-fA-F]{1,4})|U(?P<U>[0-9a-fA-F]{1,8})"
    r"|(?P<octal>[0-7]{1,3})|c(?P<control>.)|(?P<plain>.))",
    re.DOTALL,
)


def mark(text: str) -> str:
    """The text as it travels inside a word when it was quoted."""
    return text.translate(MARKED)


def unmark(text: str) -> str:
    """The text with all marks taken off."""
    return text.translate(UNMARKED)


def is_pattern(text: str) -> bool:
    """Whether the shell would match file names with this word."""
    return re.search(r"[*?]|\[[^\]]+\]|[@!+]\(", text) is not None


def unescape(text: str) -> str:
    """Unquoted text: each backslash quotes the next character, and joins lines."""
    return re.sub(r"\\(.)", lambda match: "" if match[1] == "\n" else mark(match[1]), text, flags=re.DOTALL)


def unescape_in_quotes(text: str) -> str:
    """Text between double quotes: a backslash quotes only what is special there."""
    joined = re.sub(r'\\([\\"$`\n])', lambda match: "" if match[1] == "\n" else match[1], text)
    return mark(joined)


def decode_ansi_c(text: str) -> str:
    """What `$'…'` says; also the escapes of `echo -e` and `printf`."""
    return ANSI.sub(_decode_escape, text)


def _decode_escape(match: re.Match[str]) -> str:
    if code := match["hex"] or match["u"] or match["U"]:
        return chr(min(int(code, 16), 0x10FFFF)) if int(code, 16) else ""
    if match["octal"]:
        return chr(int(match["octal"], 8) & 0xFF)
    if match["control"]:
        return chr(ord(match["control"]) & 0x1F)
    return SIMPLE.get(match["plain"], match["plain"])


def expand_braces(word: str) -> list[str]:
    """Brace expansion of a word; more than BRACE_LIMIT results stay one word."""
    found = _find_group(word)
    if found is None:
        return [word]
    start, end, choices = found
    tails = expand_braces(word[end + 1 :])
    heads = [inner for choice in choices for inner in expand_braces(choice)]
    if len(heads) * len(tails) > BRACE_LIMIT:
        return [word]
    return [word[:start] + head + tail for head, tail in product(heads, tails)]


def _find_group(word: str) -> tuple[int, int, list[str]] | None:
    for start, character in enumerate(word):
        if character == "{" and (end := _find_closing(word, start)) is not None:
            choices = _split_choices(word[start + 1 : end])
            if choices:
                return start, end, choices
    return None


def _find_closing(word: str, start: int) -> int | None:
    depth = 0
    for position in range(start, len(word)):
        depth += {"{": 1, "}": -1}.get(word[position], 0)
        if depth == 0:
            return position
    return None


def _split_choices(body: str) -> list[str]:
    if sequence := re.fullmatch(r"(-?\d{1,4})\.\.(-?\d{1,4})", body):
        first, last = int(sequence[1]), int(sequence[2])
        step = 1 if first <= last else -1
        return [str(number) for number in range(first, last + step, step)][: BRACE_LIMIT + 1]
    if letters := re.fullmatch(r"([A-Za-z])\.\.([A-Za-z])", body):
        first, last = sorted((ord(letters[1]), ord(letters[2])))
        return [chr(code) for code in range(first, last + 1)]
    choices = _split_commas(body)
    return choices if len(choices) > 1 else []


def _split_commas(body: str) -> list[str]:
    pieces, depth = [""], 0
    for character in body:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces
