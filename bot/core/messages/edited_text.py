"""A pull request's text that a person may have edited: what they wrote or removed stays, the bot's parts get new words.

A hidden marker lists a digest of each paragraph that the bot wrote. So it knows who wrote what without the earlier
text, also after the ledger was lost. Lines that it edits between two attempts (the base, conflicts) do not count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from bot.core.messages.key_facts import EVIDENCE
from bot.core.messages.pressure import CONFLICTS_MARKER
from bot.core.messages.stack_line import read_stack_line, with_stack_line

_DIGITS = 8
_MOST = 300  # paragraphs; only a template with very many has more
_LONGEST = 65_000  # characters; GitHub takes 65,536
_PARTS = re.compile(r"^<!-- nightshift:parts ([0-9a-f ]*) -->", re.MULTILINE)
_MARKER = re.compile(r"<!-- nightshift:[a-z-]+ [^<>]* -->")
_PULL_REQUEST = "<!-- nightshift:pull-request "
_BASE_MOVED = "<!-- nightshift:base "
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`]*$")
_EDITED_LATER = re.compile(rf"- \*\*Base\*\*: .*|.*{re.escape(CONFLICTS_MARKER)}")


def keep_edits(body: str, shown: str = "") -> str:
    """The new text `body` with the list of its paragraphs, and with what people changed in the text that is `shown`."""
    own, markers = _read(body)
    theirs, before = _read(shown)
    listed = _PARTS.search(shown.replace("\r\n", "\n"))
    if listed is not None:
        merged = _merge(listed[1].split(), theirs, own)
    else:
        merged = _join(own, theirs, is_older=any(each.startswith(_PULL_REQUEST) for each in before))
    moved = [each for each in before if each.startswith(_BASE_MOVED) and each not in markers]
    end = [*moved, f"<!-- nightshift:parts {' '.join(_digests(own)[:_MOST])} -->", *markers]
    line = read_stack_line(body)
    for paragraphs in (merged, _without_evidence(merged)):
        text = with_stack_line("\n\n".join([*paragraphs, *end]), line)
        if len(text) < _LONGEST:
            return text
    return shown


def _read(body: str) -> tuple[list[str], list[str]]:
    """The paragraphs, without the line about a stack, and the hidden markers but for the list."""
    found = _paragraphs(with_stack_line(body.replace("\r\n", "\n"), ""))
    markers = [each for each in found if _MARKER.fullmatch(each)]
    return [each for each in found if each not in markers], [each for each in markers if not _PARTS.match(each)]


def _paragraphs(text: str, *, with_code: bool = True) -> list[str]:
    """Parted by empty lines, but not within a block of code that has an end."""
    found: list[list[str]] = [[]]
    marks = ""
    for line in text.split("\n"):
        marks = _marks_after(line, marks) if with_code else ""
        if line.strip() or marks:
            found[-1].append(line.rstrip())
        else:
            found.append([])
    return _paragraphs(text, with_code=False) if marks else ["\n".join(lines) for lines in found if lines]


def _marks_after(line: str, marks: str) -> str:
    """The fence of the code block that is open after this line. `marks`: of the one before it."""
    if not marks:
        fence = _FENCE.match(line)
        return fence[1] if fence is not None else ""
    ends = line.strip()
    return "" if ends.startswith(marks) and not ends.strip(marks[0]) else marks


def _digests(paragraphs: Iterable[str]) -> list[str]:
    return [_digest(each) for each in paragraphs]


def _digest(paragraph: str) -> str:
    lines = (line for line in paragraph.split("\n") if not _EDITED_LATER.fullmatch(line))
    return hashlib.sha256("\n".join(lines).encode(errors="surrogatepass")).hexdigest()[:_DIGITS]


def _merge(base: Sequence[str], theirs: Sequence[str], own: Sequence[str]) -> list[str]:
    """What people did to the paragraphs of `base`, the digests of what the bot wrote the last time, done to `own`."""
    now, shown = _digests(own), _digests(theirs)
    places = _places(base, now)
    removed: set[int] = set()
    added: dict[int, list[str]] = {}
    for tag, start, end, first, last in _differences(base, shown):
        removed |= {places[at] for at in range(start, end) if at in places}
        if tag == "delete" and not {*base[start:end]} & {*shown}:
            removed |= _changed_within(base, now, start, end)
        at = _find_place(places, start, is_insert=tag == "insert", end=len(own))
        added.setdefault(at, []).extend(_only_theirs(theirs[first:last], _stale(base, now)))
    merged = [[*added.get(at, []), *([] if at in removed else own[at : at + 1])] for at in range(len(own) + 1)]
    return [each for part in merged for each in part]


def _places(base: Sequence[str], now: Sequence[str]) -> dict[int, int]:
    """Where each paragraph that the bot has not changed stands now."""
    blocks = SequenceMatcher(None, base, now, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}


def _differences(base: Sequence[str], other: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    return [each for each in SequenceMatcher(None, base, other, autojunk=False).get_opcodes() if each[0] != "equal"]


def _changed_within(base: Sequence[str], now: Sequence[str], start: int, end: int) -> set[int]:
    """What the bot wrote anew in the place of nothing but these."""
    changed = (each for each in _differences(base, now) if start <= each[1] < each[2] <= end)
    return {at for _, _, _, first, last in changed for at in range(first, last)}


def _find_place(places: Mapping[int, int], start: int, *, is_insert: bool, end: int) -> int:
    """Beside the neighbour that is still there; otherwise behind what the bot wrote anew."""
    if is_insert and start - 1 in places:
        return places[start - 1] + 1
    return min((place for at, place in places.items() if at >= start), default=end)


def _stale(base: Sequence[str], now: Sequence[str]) -> set[str]:
    """What is not added as a person's: earlier words of the bot that were moved. Of a list that was cut off, also what
    the bot says again."""
    return {*base} - {*now} | ({*now} if len(base) >= _MOST else set())


def _only_theirs(theirs: Sequence[str], known: set[str]) -> list[str]:
    return [each for each in theirs if _digest(each) not in known]


def _join(own: Sequence[str], theirs: Sequence[str], *, is_older: bool) -> list[str]:
    """Without a list it is not known who wrote what: all of it stays. `is_older`: the text is of an earlier version,
    whose verdict and evidence are of another commit."""
    others = _only_theirs(theirs, set(_digests(own)))
    if not is_older:
        return [*others, *own]
    return [*own, *(["<details><summary>The text before</summary>", *others, "</details>"] if others else [])]


def _without_evidence(paragraphs: Sequence[str]) -> list[str]:
    """The longest part, which the ledger and the evidence on disk have too."""
    starts = [at for at, each in enumerate(paragraphs) if each.startswith(f"<details><summary>{EVIDENCE}")]
    if not starts:
        return list(paragraphs)
    ends = (at for at, each in enumerate(paragraphs) if at > starts[0] and each == "</details>")
    return [*paragraphs[: starts[0]], *paragraphs[next(ends, len(paragraphs) - 1) + 1 :]]
