"""Judges the stacked pull requests of a repository: what each is based on, what its first line says, and what became of
those that were merged or lost their base.

As in `judge.py`, the bot is not asked: only the simulated GitHub is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.rehearsal import documented_pull
from bot.rehearsal.documented_pull import StatedPart
from bot.rehearsal.github.records import PullRequest, Push
from bot.rehearsal.github.rulesets import rules_for
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.world import Repository

_OWN_BRANCH = re.compile(r"auto/([1-9][0-9]*)")
_HEADS = "refs/heads/"
_MOST_NAMED = 10  # of those that are built on one, its first line names no more
_CLOSINGS = {"base_ref_deleted", "closed", "reopened"}  # events in the history of a pull request


def judge_stacks(github: SimulatedGitHub, name: str, *, bot: str) -> Iterator[str]:
    """Everything about the bot's pull requests in a repository that is not as a stack must be, a sentence each."""
    own = [pull for pull in github.pull_requests(name) if pull.author == bot and _OWN_BRANCH.fullmatch(pull.head)]
    stacks = _Stacks(github=github, name=name, bot=bot, pulls={pull.head: pull for pull in own})
    for pull in own:
        if pull.state == "open":
            yield from (f"pull request #{pull.number} {sentence}" for sentence in stacks.judge_open(pull))
        yield from (f"pull request #{pull.number} {sentence}" for sentence in stacks.judge_ended(pull))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stacks:
    """`pulls`: the last pull request of each branch."""

    github: SimulatedGitHub
    name: str
    bot: str
    pulls: dict[str, PullRequest]

    @property
    def _here(self) -> Repository:
        return self.github.world.repository(self.name)

    def judge_open(self, pull: PullRequest) -> Iterator[str]:
        if (base := self.pulls.get(pull.base)) is not None and base.merged_at is not None:
            yield f"is still based on {pull.base}, though #{base.number} was merged"
            return
        yield from self._judge_part(pull)
        if pull.base == self._here.default_branch:
            if _issue_of(pull) not in pull.closes:
                yield f"would not close #{_issue_of(pull)} when it is merged"
            yield from self._judge_change(pull)

    def _judge_part(self, pull: PullRequest) -> Iterator[str]:
        below, above = self._below(pull), self._above(pull)
        part = documented_pull.read_part(pull.body or "")
        if part is not None and part.left_on is not None:
            yield f"says that its base is still {part.left_on}, and on GitHub it is {pull.base}, which was not merged"
            return
        if part is None:
            if below or above:
                why = f"it is based on {pull.base}" if below else f"{_join(above)} is built on it"
                yield f"does not begin with its part of a stack, and {why}"
            return
        yield from self._compare_part(part, below, above)

    def _compare_part(self, part: StatedPart, below: list[int], above: list[int]) -> Iterator[str]:
        beside = [pull for pull in self.pulls.values() if pull.number in part.beside]
        lowest = max([len(below), *(len(self._below(pull)) + 1 for pull in beside)])
        if part.part != lowest + 1:
            yield f"says that it is part {part.part}, and stands on {lowest} others"
        if part.below != next(iter(below), None):
            yield f"says that {_name(part.below)} comes first, and on GitHub it is {_name(next(iter(below), None))}"
        for pull in beside:
            if pull.merged_at is not None:
                yield f"says that #{pull.number} comes first, too, which was merged"
        if set(part.above) != set(above) and not (set(part.above) <= set(above) and len(above) > _MOST_NAMED):
            yield f"says that built on it are {_join(part.above)}, and on GitHub it is {_join(above)}"
        highest = lowest + 1 + self._height(above)
        if part.parts < highest:
            yield f"says that the stack has {part.parts} parts, and it has {highest}"

    def _below(self, pull: PullRequest) -> list[int]:
        """The numbers of those that have to be merged first, the nearest one first."""
        found = list[int]()
        lower = self.pulls.get(pull.base)
        while lower is not None and lower.merged_at is None and lower.number not in found:
            found.append(lower.number)
            lower = self.pulls.get(lower.base)
        return found

    def _above(self, pull: PullRequest) -> list[int]:
        """Those that are based on it, or say that they stand on it as well."""
        opened = [each for each in self.pulls.values() if each.state == "open"]
        return [each.number for each in opened if each.base == pull.head or pull.number in _beside(each)]

    def _height(self, numbers: Collection[int]) -> int:
        """Of the open pull requests above, the longest chain."""
        pulls = [pull for pull in self.pulls.values() if pull.number in numbers]
        return max((1 + self._height(self._above(pull)) for pull in pulls), default=0)

    def _judge_change(self, pull: PullRequest) -> Iterator[str]:
        """What it was built on was merged: then its commits follow, so that it shows its own change alone. Not where a
        person's commit is on the branch, or the repository's rules may have refused the push."""
        if self._is_held(pull):
            return
        for lower in self.pulls.values():
            if lower.merged_at is not None and lower.base == pull.base and self._shows(pull, lower):
                yield f"still shows the change of #{lower.number}, which was merged"

    def _is_held(self, pull: PullRequest) -> bool:
        by_people = any(push.actor != self.bot for push in self._moves(pull.head))
        return by_people or any(rules_for(self._here, pull.head))

    def _shows(self, pull: PullRequest, merged: PullRequest) -> bool:
        """Whether it holds a commit that the branch of `merged` once had at its end and the default branch has not, nor
        holds what the merge made of it."""
        heads = {push.new for push in self._moves(merged.head) if push.new.strip("0")}
        base = self._here.git.branch(pull.base) or pull.base_sha
        foreign = (head for head in heads if self._holds(pull.head_sha, head) and not self._holds(base, head))
        return any(foreign) and not self._holds(pull.head_sha, merged.merge_sha or base)

    def _holds(self, commit: str, other: str) -> bool:
        with self.github.world.lock:
            return self._here.git.is_ancestor(other, commit)

    def _moves(self, branch: str) -> Iterator[Push]:
        return (push for push in self.github.pushes(self.name) if push.ref == f"{_HEADS}{branch}")

    def judge_ended(self, pull: PullRequest) -> Iterator[str]:
        history = [event for event in self.github.history(self.name, pull.number) if event.kind in _CLOSINGS]
        if any((event.kind, event.actor) == ("base_ref_deleted", self.bot) for event in history):
            yield "was open when the bot deleted its base"
        if pull.merged_at is None and [event.kind for event in history[-2:]] == ["base_ref_deleted", "closed"]:
            yield f"was closed because its base {pull.base} was deleted, and stayed closed"
        if pull.merged_at is not None and pull.base == self._here.default_branch and self._is_left_open(pull):
            yield f"was merged, and #{_issue_of(pull)} is still open"

    def _is_left_open(self, pull: PullRequest) -> bool:
        """Unless a person opened it again."""
        number = _issue_of(pull)
        if number not in {issue.number for issue in self.github.issues(self.name)}:
            return False
        again = any(event.kind == "reopened" for event in self.github.history(self.name, number))
        return self.github.issue(self.name, number).state == "open" and not again


def _beside(pull: PullRequest) -> tuple[int, ...]:
    part = documented_pull.read_part(pull.body or "")
    return part.beside if part is not None else ()


def _issue_of(pull: PullRequest) -> int:
    return int(pull.head.rpartition("/")[2])


def _name(number: int | None) -> str:
    return "none" if number is None else f"#{number}"


def _join(numbers: Collection[int]) -> str:
    return ", ".join(f"#{number}" for number in sorted(numbers)) or "none"
