"""Judges what a night leaves in each repository beside its issues: digests, branches, and how much waits for people.

As in `judge.py`, the bot is not asked: only the simulated GitHub is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rehearsal import documented_night, documented_pull
from bot.rehearsal.github.mentions import find_mentions
from bot.rehearsal.github.records import Issue, PullRequest
from bot.rehearsal.github.rulesets import rules_for
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.stack_judge import judge_stacks

_OWN_BRANCH = re.compile(r"auto/[1-9][0-9]*")
_HEADS = "refs/heads/"


def judge_repository(github: SimulatedGitHub, name: str, *, bot: str, prefix: str, now: datetime) -> Iterator[str]:
    """Everything about a repository that is not as it must be, a sentence each. `prefix`: the trigger label; `now`: by
    the clock of the simulated GitHub."""
    pulls = [pull for pull in github.pull_requests(name) if pull.author == bot]
    yield from _judge_digests([issue for issue in github.issues(name) if issue.author == bot], prefix)
    yield from _judge_open_pulls(pulls, _most_open(github, name))
    yield from _Branches(github=github, name=name, bot=bot, now=now).judge(pulls)
    yield from judge_stacks(github, name, bot=bot)


def _judge_digests(issues: Sequence[Issue], prefix: str) -> Iterator[str]:
    """Each issue of the bot is about a night, and no night has two. Only the last one is open."""
    nights = Counter[str]()
    for issue in issues:
        digest = documented_night.read_digest(issue.title, issue.body or "")
        if digest is None or issue.labels != (documented_night.digest_label(prefix),):
            yield f"the bot made the issue #{issue.number}, which is no digest: {issue.title!r}"
            continue
        nights[digest.night] += 1
        if mentioned := find_mentions(issue.body or ""):
            yield f"the digest #{issue.number} mentions {', '.join(mentioned)}"
    for night, count in nights.items():
        if count > 1:
            yield f"the night of {night} has {count} digests"
    if sum(issue.state == "open" for issue in issues) > 1:
        yield "more than one digest is open"


def _judge_open_pulls(pulls: Sequence[PullRequest], most: int) -> Iterator[str]:
    """Those that show the work of a failure wait for no review, and do not count."""
    counted = [pull for pull in pulls if not _shows_failure(pull)]
    for pull in counted:
        earlier = [each for each in counted if each.number < pull.number and _was_open(each, pull.created_at)]
        if len(earlier) >= most:
            yield f"pull request #{pull.number} was opened beside {len(earlier)} others; {most} may be open"


def _shows_failure(pull: PullRequest) -> bool:
    verdict = documented_pull.read_verdict(pull.body or "")
    return verdict is not None and verdict.standing == documented_pull.FAILED


def _was_open(pull: PullRequest, at: datetime) -> bool:
    return pull.closed_at is None or pull.closed_at > at


def _most_open(github: SimulatedGitHub, name: str) -> int:
    branch = github.world.repository(name).default_branch
    if branch not in github.branches(name):
        return documented_night.MOST_OPEN
    settings = github.files(name, branch).get(documented_night.SETTINGS_FILE, b"")
    return documented_night.most_open(settings.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Branches:
    github: SimulatedGitHub
    name: str
    bot: str
    now: datetime

    def judge(self, pulls: Collection[PullRequest]) -> Iterator[str]:
        """The bot removes its own branch once that was merged, and no other one."""
        there, last = self.github.branches(self.name), {pull.head: pull for pull in pulls}
        for branch, pull in last.items():
            if not _OWN_BRANCH.fullmatch(branch):
                continue
            wanted = documented_night.may_be_removed(
                merged=pull.merged_at is not None,
                closed_for=(self.now - pull.closed_at).total_seconds() if pull.closed_at else None,
                by_people=self._has_peoples_commits(branch),
                is_needed=self._is_needed(branch, pull),
            )
            is_ruled = any(rules_for(self.github.world.repository(self.name), branch))  # so that it may have to stay
            if wanted is True and branch in there and not is_ruled:
                yield f"{branch} is still there, though pull request #{pull.number} was merged"
            if wanted is False and branch not in there and self._was_removed_by_bot(branch):
                yield f"the bot removed {branch}, which may not go yet"

    def _moves(self, branch: str) -> list[tuple[str, bool]]:
        """Who moved it, and whether that removed it."""
        pushes = [push for push in self.github.pushes(self.name) if push.ref == f"{_HEADS}{branch}"]
        return [(push.actor, not push.new.strip("0")) for push in pushes]

    def _has_peoples_commits(self, branch: str) -> bool:
        return any(actor != self.bot and not removed for actor, removed in self._moves(branch))

    def _was_removed_by_bot(self, branch: str) -> bool:
        moves = self._moves(branch)
        return bool(moves) and moves[-1] == (self.bot, True)

    def _is_needed(self, branch: str, pull: PullRequest) -> bool:
        others = (each for each in self.github.pull_requests(self.name) if each.number != pull.number)
        return any(each.state == "open" and branch in (each.head, each.base) for each in others)
