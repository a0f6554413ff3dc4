"""What a reviewer decides by before reading a word of Claude's: the size of the change, what it builds on, what was
refused or needs a look, and what must be merged first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.change_size import ChangeSize
from bot.core.counted import count
from bot.core.messages.quoting import code
from bot.core.references import IssueRef

EVIDENCE = "How Nightshift came to this"
_COMMIT = 10  # characters of its name
_FIRST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """`base`: the branch and the commit that the change is compared with. `merge_first`: the open pull requests of the
    issues that this one was blocked by, each with its issue."""

    size: ChangeSize
    base: tuple[str, str]
    merge_first: Sequence[tuple[IssueRef, IssueRef]] = ()


def key_facts(facts: KeyFacts | None, repository: str, *, calls: int, hosts: int, flagged: int) -> str:
    """`calls`, `hosts`: how many were refused. `flagged`: how many files the next paragraph names."""
    lines = [*_of_change(facts), *_refused(calls, hosts)]
    if flagged:
        lines.append(f"**Look first**: {count(flagged, 'file')}, named below")
    if facts is not None and facts.merge_first:
        lines.append(f"**Merge first**: {_pull_requests(facts.merge_first, repository)}")
    return "\n".join(f"- {line}" for line in lines)


def _of_change(facts: KeyFacts | None) -> Iterator[str]:
    if facts is not None:
        size, (branch, commit) = facts.size, facts.base
        yield f"**Size**: {count(size.files, 'file')}, +{size.added:,} −{size.removed:,} lines"
        yield f"**Base**: {code(branch)} at {commit[:_COMMIT]}"


def _refused(calls: int, hosts: int) -> Iterator[str]:
    refused = [count(number, what) for number, what in ((calls, "call"), (hosts, "host")) if number]
    if refused:
        yield f'**Refused**: {" and ".join(refused)}, listed under "{EVIDENCE}"'


def _pull_requests(pulls: Sequence[tuple[IssueRef, IssueRef]], repository: str) -> str:
    named = [f"{_short(pull, repository)} (for {_short(issue, repository)})" for pull, issue in pulls[:_FIRST]]
    more = f" and {len(pulls) - _FIRST} more" if len(pulls) > _FIRST else ""
    return f"{', '.join(named)}{more}, open when this was written"


def _short(reference: IssueRef, repository: str) -> str:
    return f"#{reference.number}" if reference.repository == repository else str(reference)
