"""What a pull request of Nightshift shows people, as its documentation says it, written down by hand like
`documented.py`.

It imports nothing else of `bot` either, and `tests/rehearsal/test_documented.py` compares it with the bot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.rehearsal.documented import STANDINGS

_VERDICT = re.compile(rf"^\*\*({'|'.join(standing.capitalize() for standing in STANDINGS)})\*\*: (.+)$", re.MULTILINE)
# Of the work of a task that failed: the kind of failure stands in its place.
FAILED = "failed"
_FAILED = re.compile(r"^\*\*Failed\*\*: (`[a-z_]+`\. \S.*)$")
_READY = "ready for review"
_NOT_DRAFT = "It is not a draft only because"

_NUMBERS = r"#\d+(?:(?:, #\d+)* and #\d+)?"
_CLOSED = rf"built on ({_NUMBERS}), which (?:was|were) closed without merging"
_FIRST = rf"merge ({_NUMBERS}) first(?:; {_CLOSED})?|merge this one first|{_CLOSED}"
_WAIT = r"wait: its base is still `([^`]+)`, which was merged(?:; if that stays so, press \*\*Rebase stack\*\*)?"
_FOLLOWS = r"(?: It follows once one of them is merged or changes: .+?\.)?"
_BUILT = r" Built on it: (#\d+(?:, #\d+)*)(?: and \d+ more)?\."
_SAYS = rf"(?:{_FIRST}|{_WAIT}(?:; merge ({_NUMBERS}) first)?(?:; {_CLOSED})?)"
_PART = re.compile(rf"\*\*Part (\d+) of (\d+)\*\*, {_SAYS}\.{_FOLLOWS}(?:{_BUILT})? <!-- nightshift:stack -->")

_SUMMARY = re.compile(r"<details><summary>How Nightshift came to this: ")
_ROW = re.compile(r"^\| ([^|]+) \| (.*) \|$", re.MULTILINE)
_EVIDENCE_ROWS = ("Attempt", "Turns", "Cost", "Time", "Gate", "Finished", "Checks", "Approved by")
_GATE_LOG_ROW, _RELAY_ROW = "The gate's log", "The relay's record"
_DIGEST = re.compile(r"`([0-9a-f]{64})`")
_GATE = re.compile(r"asked (\d+), granted (\d+), refused (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPart:
    """The first paragraph of a pull request in a stack. `below`: the number of the one that it says to merge first, on
    whose branch it is; `beside`: of others that it stands on as well; `above`: those that it says are built on it.
    `left_on`: the branch of a merged part that is still its base, so that it says to wait."""

    part: int
    parts: int
    below: int | None
    above: tuple[int, ...]
    beside: tuple[int, ...] = ()
    left_on: str | None = None


def read_part(body: str) -> StatedPart | None:
    """None if the first paragraph of a pull request's text says nothing of a stack."""
    found = _PART.fullmatch(body.partition("\n\n")[0])
    if found is None:
        return None
    *named, built = (found[place] for place in (3, 4, 5, 7, 8, 9))
    below, above = [number for each in named for number in _numbers(each)], _numbers(built)
    return StatedPart(
        part=int(found[1]),
        parts=int(found[2]),
        below=below[0] if below else None,
        above=tuple(above),
        beside=tuple(below[1:]),
        left_on=found[6],
    )


def _numbers(text: str | None) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", text or "")]


def _behind_part(body: str) -> str:
    return body.partition("\n\n")[2] if read_part(body) is not None else body


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedVerdict:
    """The first paragraph of a pull request behind the closing keyword: one of STANDINGS or FAILED, and why.
    `must_be_draft`: the task failed, or there are checks and they verify nothing, and nothing is said of why the pull
    request would be open for review."""

    standing: str
    why: str
    must_be_draft: bool


def read_verdict(body: str) -> StatedVerdict | None:
    """None if the second paragraph of a pull request's text is no verdict. Before these, a part of a stack says so."""
    paragraphs = _behind_part(body).split("\n\n", 2)
    failed = _FAILED.fullmatch(paragraphs[1]) if len(paragraphs) > 1 else None
    if failed is not None:
        return StatedVerdict(standing=FAILED, why=failed[1], must_be_draft=_NOT_DRAFT not in failed[1])
    found = _VERDICT.fullmatch(paragraphs[1]) if len(paragraphs) > 1 else None
    if found is None:
        return None
    standing, why = found[1].lower(), found[2]
    has_checks = not why.startswith("no checks were found")
    must_be_draft = standing == "not verified" and has_checks and _NOT_DRAFT not in why
    return StatedVerdict(standing=standing, why=why, must_be_draft=must_be_draft)


def says_it_is_ready(body: str) -> bool:
    return _READY in body


def says_it_follows(comment: str) -> bool:
    """Whether a comment on a pull request says that its base was merged into it, beside a person's commit, or that it
    is open again after GitHub had closed it with its base."""
    is_merged = comment.startswith("**Nightshift** merged `") and "Git found no conflict in it." in comment
    return is_merged or (
        comment.startswith("GitHub closed this, since ") and "**Nightshift** opened it again" in comment
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a pull request shows of how it came to be. `missing`: rows that should be there; `gate_logs` and `relays`:
    the heads of the gate's logs and of the relay's records, one for each session."""

    attempt: int
    gate_logs: tuple[str, ...]
    relays: tuple[str, ...]
    missing: tuple[str, ...]


def read_evidence(body: str) -> Evidence | None:
    """The evidence section of a pull request's text; None if it has none."""
    start = _SUMMARY.search(body)
    if start is None:
        return None
    section = body[start.start() :].partition("</details>")[0]
    rows = dict(_ROW.findall(section))
    gate_logs, relays = (tuple(_DIGEST.findall(rows.get(name, ""))) for name in (_GATE_LOG_ROW, _RELAY_ROW))
    attempt = rows.get("Attempt", "")
    return Evidence(
        attempt=int(attempt) if attempt.isdecimal() else 0,
        gate_logs=gate_logs,
        relays=relays,
        missing=tuple(_missing_rows(rows, gate_logs, relays)),
    )


def _missing_rows(rows: Mapping[str, str], gate_logs: tuple[str, ...], relays: tuple[str, ...]) -> Iterator[str]:
    yield from (name for name in _EVIDENCE_ROWS if not rows.get(name, "").strip())
    gate = _GATE.fullmatch(rows.get("Gate", ""))
    if gate is None or int(gate[1]) != int(gate[2]) + int(gate[3]) or gate[1] == "0":
        yield "figures of the gate that add up"
    if not gate_logs:
        yield _GATE_LOG_ROW
    if len(relays) != len(gate_logs):
        yield _RELAY_ROW
