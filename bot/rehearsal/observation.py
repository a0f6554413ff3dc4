"""What the simulated GitHub shows of one issue, as values: all that the judge of a night looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.rehearsal.documented import (
    ACKNOWLEDGED,
    StatedTurn,
    branch_of,
    find_command,
    has_status_shape,
    read_notice,
    read_record,
)
from bot.rehearsal.github.records import Comment, Issue, Mail, PullRequest
from bot.rehearsal.github.server import SimulatedGitHub

BOT = "nightshift-bot"

MayWrite = Callable[[str], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSeen:
    """A person's comment with a command. `may_write`: None where their role changed during the night. `reactions`: the
    bot's to it."""

    line: str
    author: str
    may_write: bool | None
    reactions: tuple[str, ...] = ()

    @property
    def is_acknowledged(self) -> bool:
        return ACKNOWLEDGED in self.reactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One issue. `comments`: the bot's own; `pull_requests`: those of the issue's branch; `files`: the branch's, None
    without the branch, and their `modes`; `sessions`: how many asked the model about it; `mails`: those that GitHub
    sent for what the bot did there."""

    issue: Issue
    repository: str = ""
    comments: tuple[str, ...] = ()
    commands: tuple[CommandSeen, ...] = ()
    pull_requests: tuple[PullRequest, ...] = ()
    files: Mapping[str, bytes] | None = None
    modes: Mapping[str, bytes] = field(default_factory=dict)
    sessions: int = 0
    mails: tuple[Mail, ...] = ()

    @property
    def statuses(self) -> tuple[str, ...]:
        return tuple(body for body in self.comments if has_status_shape(body))

    @property
    def record(self) -> Mapping[str, Any] | None:
        """What the hidden block of its one status comment says; None if there is not one, or it cannot be read."""
        return read_record(self.statuses[0]) if len(self.statuses) == 1 else None

    @property
    def is_touched(self) -> bool:
        """Whether GitHub shows that the bot took it for a task."""
        return bool(self.statuses or self.pull_requests) or self.files is not None

    @property
    def notices(self) -> tuple[StatedTurn, ...]:
        return tuple(told for told in map(read_notice, self.comments) if told is not None)

    @property
    def replies(self) -> tuple[str, ...]:
        return tuple(body for body in self.comments if not has_status_shape(body) and read_notice(body) is None)


def observe(
    github: SimulatedGitHub, repository: str, number: int, *, bot: str, may_write: MayWrite, sessions: int
) -> Observation:
    """What GitHub shows of an issue now. `bot`: the bot's login; `may_write`: whether a person may give commands."""
    comments, branch = github.comments(repository, number), branch_of(number)
    pulls = tuple(pull for pull in github.pull_requests(repository) if pull.head == branch)
    numbers = {number, *(pull.number for pull in pulls)}
    is_there = branch in github.branches(repository)
    return Observation(
        issue=github.issue(repository, number),
        repository=repository,
        comments=tuple(comment.body for comment in comments if comment.author == bot),
        commands=tuple(_commands(github, repository, comments, bot=bot, may_write=may_write)),
        pull_requests=pulls,
        files=github.files(repository, branch) if is_there else None,
        modes=github.modes(repository, branch) if is_there else {},
        sessions=sessions,
        mails=tuple(
            mail
            for mail in github.mails
            if mail.actor == bot and mail.repository == repository and mail.number in numbers
        ),
    )


def _commands(
    github: SimulatedGitHub, repository: str, comments: tuple[Comment, ...], *, bot: str, may_write: MayWrite
) -> Iterator[CommandSeen]:
    for comment in comments:
        line = find_command(comment.body) if comment.author != bot else None
        if line is not None:
            reactions = github.reactions(repository, comment=comment.id)
            yield CommandSeen(
                line=line,
                author=comment.author,
                may_write=may_write(comment.author),
                reactions=tuple(each.content for each in reactions if each.author == bot),
            )
