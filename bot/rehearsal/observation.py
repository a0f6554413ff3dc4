"""What the simulated GitHub shows of one issue, as values: all that the judge of a night looks at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.rehearsal.documented import (
    ACKNOWLEDGED,
    StatedTurn,
    branch_of,
    find_answered_review,
    find_blockers,
    find_command,
    has_status_shape,
    read_notice,
    read_record,
)
from bot.rehearsal.github.records import Comment, Issue, Mail, PullRequest, Reaction, Review, ReviewComment
from bot.rehearsal.github.server import SimulatedGitHub

BOT = "nightshift-bot"
_REQUESTS_CHANGES = "CHANGES_REQUESTED"

MayWrite = Callable[[str], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSeen:
    """A person's comment with a command. `may_write`: None where their role changed during the night. `reactions`: the
    bot's to it. `pull_request`: the number of the one that it was given on, None for the issue."""

    line: str
    author: str
    may_write: bool | None
    reactions: tuple[str, ...] = ()
    pull_request: int | None = None

    @property
    def is_acknowledged(self) -> bool:
        return ACKNOWLEDGED in self.reactions


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSeen:
    """A person's review that asks for something. `line`: its command, `/revise` where it requests changes without one.
    `may_write`: as of a command. `is_answered`: whether a comment of the bot says that it was read."""

    line: str
    author: str
    may_write: bool | None
    pull_request: int
    is_answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One issue. `comments`: the bot's own; `pull_requests`: those of the issue's branch; `pull_comments`: all texts of
    the bot on these, comments first, then comments on lines, then reviews; `commands` and `reviews`: what people asked
    for on the issue and on these; `files`: the branch's, None without the branch, and their `modes`; `sessions`: how
    many asked the model about it; `mails`: those that GitHub sent for what the bot did there;
    `reviewed`: who gave a review of the pull requests; `mergers`: who approved the issues that it waited for: it was
    their turn to merge these."""

    issue: Issue
    repository: str = ""
    comments: tuple[str, ...] = ()
    commands: tuple[CommandSeen, ...] = ()
    reviews: tuple[ReviewSeen, ...] = ()
    pull_requests: tuple[PullRequest, ...] = ()
    pull_comments: tuple[str, ...] = ()
    files: Mapping[str, bytes] | None = None
    modes: Mapping[str, bytes] = field(default_factory=dict)
    sessions: int = 0
    mails: tuple[Mail, ...] = ()
    reviewed: frozenset[str] = frozenset()
    mergers: frozenset[str] = frozenset()

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
        return tuple(notice for notice in map(read_notice, self.comments) if notice is not None)

    @property
    def asked(self) -> frozenset[str]:
        """Whose review is requested on an open pull request, or who is assigned to it: logins, and teams by slugs."""
        opened = [pull for pull in self.pull_requests if pull.state == "open"]
        return frozenset(name for pull in opened for name in (*pull.reviewers, *pull.teams, *pull.assignees))

    @property
    def replies(self) -> tuple[str, ...]:
        return tuple(body for body in self.comments if not has_status_shape(body) and read_notice(body) is None)


def observe(
    github: SimulatedGitHub, repository: str, number: int, *, bot: str, may_write: MayWrite, sessions: int
) -> Observation:
    """What GitHub shows of an issue now. `bot`: the bot's login; `may_write`: whether a person may give commands."""
    observer = _Observer(github=github, repository=repository, bot=bot, may_write=may_write)
    branch = branch_of(number)
    pulls = tuple(pull for pull in github.pull_requests(repository) if pull.head == branch)
    numbers = {number, *(pull.number for pull in pulls)}
    head = branch if branch in github.branches(repository) else observer.find_removed(branch, pulls)
    comments = observer.find_comments(repository, number)
    return Observation(
        issue=github.issue(repository, number),
        repository=repository,
        comments=comments,
        commands=tuple(observer.find_commands(number, pulls)),
        reviews=tuple(found for pull in pulls for found in observer.find_reviews(pull.number)),
        pull_requests=pulls,
        pull_comments=tuple(text for pull in pulls for text in observer.find_own_texts(pull.number)),
        files=github.files(repository, head) if head else None,
        modes=github.modes(repository, head) if head else {},
        sessions=sessions,
        mails=observer.find_mails(numbers),
        reviewed=frozenset(review.author for pull in pulls for review in github.reviews(repository, pull.number)),
        mergers=frozenset(observer.find_mergers(comments)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Observer:
    """Reads one repository of the simulated GitHub."""

    github: SimulatedGitHub
    repository: str
    bot: str
    may_write: MayWrite

    def find_comments(self, repository: str, number: int) -> tuple[str, ...]:
        """The bot's."""
        return tuple(each.body for each in self.github.comments(repository, number) if each.author == self.bot)

    def find_mergers(self, comments: Iterable[str]) -> Iterator[str]:
        for repository, number in {blocker for each in comments for blocker in find_blockers(each)}:
            records = map(read_record, self.find_comments(repository, number))
            yield from (str(record.get("approved_by")) for record in records if record is not None)

    def find_mails(self, numbers: Collection[int]) -> tuple[Mail, ...]:
        sent = (mail for mail in self.github.mails if mail.actor == self.bot and mail.repository == self.repository)
        return tuple(mail for mail in sent if mail.number in numbers)

    def find_removed(self, branch: str, pulls: Collection[PullRequest]) -> str | None:
        """The last commit of a branch that the bot removed after its pull request was merged or closed, or GitHub when
        a person merged it."""
        moves = [push for push in self.github.pushes(self.repository) if push.ref == f"refs/heads/{branch}"]
        if not moves or moves[-1].new.strip("0") or any(pull.state == "open" for pull in pulls):
            return None
        is_over = moves[-1].actor == self.bot or any(pull.merged_at is not None for pull in pulls)
        return moves[-1].old if is_over else None

    def find_own_texts(self, pull: int) -> Iterator[str]:
        """A review without a text only holds comments on lines, as an answer in a thread does."""
        every: tuple[tuple[Comment | ReviewComment | Review, ...], ...] = (
            self.github.comments(self.repository, pull),
            self.github.review_comments(self.repository, pull),
            self.github.reviews(self.repository, pull),
        )
        yield from (each.body for group in every for each in group if each.author == self.bot and each.body)

    def find_commands(self, issue: int, pulls: Collection[PullRequest]) -> Iterator[CommandSeen]:
        """In comments on the issue, on its pull requests, and on lines of these."""
        for number in (issue, *(pull.number for pull in pulls)):
            pull = None if number == issue else number
            for comment in self.github.comments(self.repository, number):
                yield from self._read(comment, self.github.reactions(self.repository, comment=comment.id), pull)
            for line in self.github.review_comments(self.repository, number) if pull else ():
                yield from self._read(line, self.github.reactions(self.repository, review_comment=line.id), pull)

    def _read(
        self, comment: Comment | ReviewComment, reactions: Collection[Reaction], pull: int | None
    ) -> Iterator[CommandSeen]:
        line = find_command(comment.body) if comment.author != self.bot else None
        if line is not None:
            yield CommandSeen(
                line=line,
                author=comment.author,
                may_write=self.may_write(comment.author),
                reactions=tuple(each.content for each in reactions if each.author == self.bot),
                pull_request=pull,
            )

    def find_reviews(self, pull: int) -> Iterator[ReviewSeen]:
        own = (each.body for each in self.github.comments(self.repository, pull) if each.author == self.bot)
        answered = set(map(find_answered_review, own))
        for review in self.github.reviews(self.repository, pull):
            line = find_command(review.body) or ("/revise" if review.state == _REQUESTS_CHANGES else None)
            if line is not None and review.author != self.bot:
                yield ReviewSeen(
                    line=line,
                    author=review.author,
                    may_write=self.may_write(review.author),
                    pull_request=pull,
                    is_answered=review.id in answered,
                )
