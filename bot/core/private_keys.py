"""Where private keys stand in a text, whole: from the header to the footer, or as much of a key as the text has.

A key comes on many lines, or on one (in JSON, in an environment variable), indented, quoted, behind a log's prefix, and
cut at either end. The spans here are for masking: they rather take a line too many than one too few.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping

LONGEST_KEY = 65_536  # characters between header and footer: an RSA key of 16,384 bits takes 13,000

_NAME = r"(?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?"
HEADER = re.compile(rf"BEGIN {_NAME}|PuTTY-User-Key-File-\d")
_FOOTER = re.compile(rf"END {_NAME}|Private-MAC:")
_ARMOUR = re.compile(
    rf"-{{0,5}} ?(?P<which>BEGIN|END) {_NAME} ?-{{0,5}}|PuTTY-User-Key-File-\d:?|Private-MAC: ?[0-9a-fA-F]*"
)
_WRAPPED = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=]{20,}")  # base64 of "-----BEGIN", as in a kubeconfig
_WRAPPED_HEADER = 88  # characters of base64 in which the words PRIVATE KEY would stand

# Ends of lines, also as JSON and shells spell them, once or several times escaped.
_LINE_END = re.compile(r"\\+r\\+n|\\+[nr]|\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_DECORATION = " \t\"'`,;+>|#*\\()[]{}"
_FIELD = re.compile(r"[A-Z][A-Za-z0-9-]{2,30}: .{0,200}")  # Proc-Type: 4,ENCRYPTED
_BASE64 = re.compile(r"[A-Za-z0-9+/=]+")
_LONG_RUN = re.compile(r"[A-Za-z0-9+/=]{40}")
_SHORTEST_BODY_LINE = 16
_MOST_LINES = 500


def key_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where private keys begin and end in `text`. A header with nothing behind it is no key."""
    marks = list(_ARMOUR.finditer(text)) if "PRIVATE KEY" in text or "PuTTY-" in text else []
    starts = [mark.start() for mark in marks]
    ends = [mark.end() for mark in marks]
    for index, mark in enumerate(marks):
        before, behind = ([0, *ends][index], [*starts[1:], len(text)][index])
        if not _begins(mark):
            yield _body_start(text, max(before, mark.start() - LONGEST_KEY), mark.start()), mark.end()
        elif index + 1 < len(marks) and not _begins(marks[index + 1]) and behind - mark.end() <= LONGEST_KEY:
            yield mark.start(), ends[index + 1]
        elif (end := _body_end(text, mark.end(), min(behind, mark.end() + LONGEST_KEY))) > mark.end():
            yield mark.start(), end
    yield from _wrapped_spans(text)


def _wrapped_spans(text: str) -> Iterator[tuple[int, int]]:
    covered = 0
    for wrapped in _WRAPPED.finditer(text):
        if wrapped.start() >= covered and wraps_key(wrapped[0]):
            covered = _body_end(text, wrapped.start(), min(len(text), wrapped.start() + LONGEST_KEY))
            yield wrapped.start(), max(covered, wrapped.end())


def wrapped_keys(line: str) -> Iterator[str]:
    """What in a line is a private key in base64 once more."""
    return (found[0] for found in _WRAPPED.finditer(line) if wraps_key(found[0]))


def wraps_key(run: str) -> bool:
    """Whether a run of base64 that begins like an armoured block is one of a private key."""
    beginning = run[: min(len(run), _WRAPPED_HEADER) // 4 * 4]
    try:
        return b"PRIVATE KEY" in base64.b64decode(beginning)
    except (ValueError, binascii.Error):
        return True  # broken padding: it may be a key


def whole_key(first: int, lines: Mapping[int, str]) -> str:
    """The lines from that of the header, which has the number `first`, to that of the footer: many keys of one kind
    begin alike. A key that was wrapped once more is on one line."""
    found = [lines[first]]
    for number in range(first + 1, first + _MOST_LINES):
        if number not in lines or _FOOTER.search(found[-1]) or _WRAPPED.search(found[0]):
            break
        found.append(lines[number])
    return "\n".join(found)


def body_line(lines: Iterable[str]) -> str | None:
    """The first run of key material in the lines behind a header, over empty lines and fields."""
    for line in lines:
        said = line.strip(_DECORATION)
        if (run := re.search(r"[A-Za-z0-9+/=]{40,}", said)) is not None:
            return run[0]
        if said and not _FIELD.match(said):
            return None
    return None


def has_field(line: str) -> bool:
    return line.startswith(("Proc-Type:", "DEK-Info:", "Version:"))


def _begins(mark: re.Match[str]) -> bool:
    return mark["which"] == "BEGIN" or mark[0].startswith("PuTTY")


def _body_end(text: str, start: int, limit: int) -> int:
    """Where the key material behind `start` ends; `start` if there is none."""
    end, material = start, False
    for begins, ends in _segments(text, start, limit):
        said = text[begins:ends].strip(_DECORATION)
        if _is_material(said):
            end, material = ends, True
        elif material and _BASE64.fullmatch(said):  # the last, shorter line
            return ends
        elif said and not _FIELD.match(said):
            break
    return end


def _body_start(text: str, limit: int, end: int) -> int:
    """Where the key material before a footer starts; `end` if there is none."""
    start, last = end, True
    for begins, ends in reversed(list(_segments(text, limit, end))):
        said = text[begins:ends].strip(_DECORATION)
        if _is_material(said) or (said and last and _BASE64.fullmatch(said)):
            start, last = begins, False
        elif said and not _FIELD.match(said):
            break
    return start


def _segments(text: str, start: int, limit: int) -> Iterator[tuple[int, int]]:
    for line_end in _LINE_END.finditer(text, start, limit):
        yield start, line_end.start()
        start = line_end.end()
    yield start, limit


def _is_material(said: str) -> bool:
    words = said.split()
    if words and all(map(_BASE64.fullmatch, words)) and max(map(len, words)) >= _SHORTEST_BODY_LINE:
        return True
    return _LONG_RUN.search(said) is not None
