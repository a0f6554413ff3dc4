"""The periodic pass: reads GitHub again and repairs the ledger. It finds everything that a webhook would have reported.

A bot without a public address works by this alone; with webhooks, a lost delivery costs minutes. The pass asks for
changes with the ETag of the last answer, so an idle repository costs nothing of GitHub's rate limit
(docs/decisions/0023). Every few minutes a census compares what no list of changes shows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core.facts import IssueFacts
from bot.core.labels import LabelSet
from bot.core.references import IssueRef
from bot.steps.approve_issue import Approver
from bot.steps.blocker_check import BlockerCheck
from bot.steps.bookmarks import Bookmarks
from bot.steps.catching_up import CatchingUp
from bot.steps.census import Census
from bot.steps.open_pull_limit import OpenPullLimits
from bot.steps.pass_part import PassPart
from bot.steps.pull_request_watch import PullRequestWatch
from bot.steps.rebuild import Rebuilder
from bot.steps.reply_reactions import ReplyReactions
from bot.steps.stop import StopAsked
from bot.steps.switch import Switch

_log = logging.getLogger(__name__)


def _never() -> bool:
    return False


# GitHub accepts 5,000 requests an hour; the passes use at most 3,000 of them. After a pass that needed more than a few,
# the next one waits. A pass queues a bounded number of new issues: their status comments take longer than that anyway.
_CHEAP_PASS_READS = 40
_SECONDS_FOR_A_READ = 3600 / 3000
_READS_FOR_NEW = 200
_READS_BEFORE_GIVING_WAY = 20  # so that each pass makes progress in a repository, however busy the worker is


@dataclass(slots=True, kw_only=True)
class Reconciler:
    """Not thread-safe. `also`: further parts of each pass, by name; what they are given raises where it must stop."""

    store: Store
    github: GitHub
    approver: Approver
    switch: Switch
    rebuilder: Rebuilder
    labels: LabelSet
    clock: Callable[[], datetime]
    also: Mapping[str, Callable[[Callable[[], None]], None]] = field(default_factory=dict)
    _repositories: frozenset[str] | None = None
    _looked_at: set[str] = field(default_factory=set)
    _wait: tuple[datetime, datetime] | None = None
    _reads: int = 0  # of this pass
    _for_new: int = 0  # how many this part may still take for what is new
    _should_stop: Callable[[], bool] = _never
    _gives_way: Callable[[], bool] = _never
    _bookmarks: Bookmarks = field(init=False)
    _catching_up: CatchingUp = field(init=False)
    _blockers: BlockerCheck = field(init=False)
    _census: Census = field(init=False)
    _reactions: ReplyReactions = field(init=False)
    _limits: OpenPullLimits = field(init=False)
    _watch: PullRequestWatch = field(init=False)

    def __post_init__(self) -> None:
        self._bookmarks = Bookmarks(store=self.store, github=self.github, clock=self.clock)
        self._catching_up = CatchingUp(
            store=self.store,
            github=self.github,
            approver=self.approver,
            labels=self.labels,
            bookmarks=self._bookmarks,
            clock=self.clock,
        )
        self._limits = OpenPullLimits(store=self.store, github=self.github, clock=self.clock)
        self._watch = PullRequestWatch(store=self.store, reader=self.approver.reader, clock=self.clock)
        self._blockers = BlockerCheck(
            store=self.store,
            github=self.github,
            approver=self.approver,
            bookmarks=self._bookmarks,
            catching_up=self._catching_up,
        )
        self._census = Census(
            store=self.store,
            github=self.github,
            approver=self.approver,
            labels=self.labels,
            clock=self.clock,
            catching_up=self._catching_up,
            blockers=self._blockers,
        )
        self._reactions = ReplyReactions(approver=self.approver, catching_up=self._catching_up)

    def poll(self) -> list[str]:
        """Run a whole pass. Returns a line for each part that failed; the others are done."""
        troubles = []
        for part in self.begin():
            try:
                part.look()
            except GitHubFailed as error:
                troubles.append(f"{part.name}: {error}")
        return troubles

    def begin(
        self, *, should_stop: Callable[[], bool] = _never, gives_way: Callable[[], bool] = _never
    ) -> Iterator[PassPart]:
        """Yield the parts of the next pass. The caller runs each before it asks for the next.

        For a while after an expensive pass, a pass reads only what people wait for: the switch, and commands. A part
        ends early once `should_stop` is true. While `gives_way` is true, it leaves new issues to the next pass.
        """
        self._should_stop, self._gives_way = should_stop, gives_way
        started = self.clock()
        if self._waits(started):
            yield from self._parts(self._read_commands)
            return
        self._reads = 0
        try:
            yield from self._parts(self.poll_repository)
        finally:
            cheap = self._reads <= _CHEAP_PASS_READS
            self._wait = (started, started + timedelta(seconds=0 if cheap else self._reads * _SECONDS_FOR_A_READ))

    @property
    def unread(self) -> frozenset[str] | None:
        """The repositories that were not read since the start: an old ledger would run again what has been done there.
        None: GitHub has not said yet which repositories there are."""
        return None if self._repositories is None else self._repositories - self._looked_at

    @property
    def wait(self) -> timedelta:
        """How long the next whole pass waits after the requests of the last one."""
        return self._wait[1] - self._wait[0] if self._wait is not None else timedelta()

    def _waits(self, now: datetime) -> bool:
        """Setting the clock back ends the wait as well."""
        return self._wait is not None and self._wait[0] <= now < self._wait[1]

    def _parts(self, look: Callable[[str], None]) -> Iterator[PassPart]:
        for name, also in self.also.items():
            yield PassPart(name=name, look=partial(self._count_reads, partial(also, self._check_stop)))
        yield PassPart(name="the status issue", look=partial(self._count_reads, self.switch.look))
        names = list[str]()
        yield PassPart(name="the list of repositories", look=partial(self._count_reads, partial(self._list, names)))
        for name in names:
            yield PassPart(name=name, look=partial(self._count_reads, partial(look, name)))

    def list_repositories(self) -> PassPart:
        """All of a pass where another worker does the rest."""
        return PassPart(name="the list of repositories", look=partial(self._count_reads, partial(self._list, [])))

    def _list(self, names: list[str]) -> None:
        names += self.rebuilder.names.settle_all()
        self._repositories = frozenset(names)

    def _count_reads(self, look: Callable[[], None]) -> None:
        before = self.github.reads
        try:
            look()
        except StopAsked:
            _log.info("a part of the periodic pass ended early, since the worker stops")
        finally:
            self._reads += self.github.reads - before

    def _check_stop(self) -> None:
        """Called between the requests of a part that may need many."""
        if self._should_stop():
            raise StopAsked

    def _read_commands(self, repository: str) -> None:
        if repository not in self._looked_at:
            self.poll_repository(repository)
        else:
            self._read_comments(repository)
            self._reactions.look(repository, self._check_stop)

    def poll_repository(self, repository: str) -> None:
        started = self.clock()
        self.rebuilder.once(repository, self._check_stop)
        self._bookmarks.begin(repository, started)
        self._for_new = _READS_FOR_NEW
        with self.github.one_look():
            self._census.take_if_due(repository, started, partial(self._catch_up, repository), self._check_stop)
            self._read_issues(repository)
        self._read_comments(repository)
        self._reactions.look(repository, self._check_stop)
        self._looked_at.add(repository)
        self._catching_up.with_cut_off_publications(repository, self._check_stop)
        self._limits.look(repository)
        self._catching_up.with_left_claims(repository)
        self._blockers.ask_after_foreign(repository, self._check_stop)
        self._watch.look(repository, self._check_stop)

    # -- what changed

    def _read_issues(self, repository: str) -> None:
        """Issues and pull requests that changed in any way, the oldest change first."""
        mark = self._bookmarks.issues(repository)
        listing = self.github.issues_changed(repository, mark.since)
        if listing is None:
            return
        changed = list(reversed(listing.value))
        put_off = self._catch_up(repository, changed)
        done = changed[: changed.index(put_off[0])] if put_off else changed
        self._bookmarks.move(mark, listing, [facts.updated_at for facts in done], whole=not put_off)

    def _catch_up(self, repository: str, listed: Iterable[IssueFacts]) -> list[IssueFacts]:
        """Returns the new issues that wait for the next pass, because this one has used its requests."""
        began, put_off = self.github.reads, list[IssueFacts]()
        for facts in listed:
            self._check_stop()
            issue = IssueRef(repository, facts.number)
            if self._has_read_enough(self.github.reads - began) and self.approver.reader.task(issue) is None:
                put_off.append(facts)
            elif self.rebuilder.bring_back(issue, facts.updated_at):
                self._catching_up.with_issue(issue, facts)
        self._for_new = max(0, self._for_new - (self.github.reads - began))
        return put_off

    def _has_read_enough(self, taken: int) -> bool:
        return taken >= self._for_new or (taken >= _READS_BEFORE_GIVING_WAY and self._gives_way())

    def _read_comments(self, repository: str) -> None:
        """Follow commands in comments that no webhook reported. The first pass of all reads from now on."""
        mark = self._bookmarks.comments(repository)
        listing = self.github.comments_changed(repository, mark.since)
        if listing is None:
            return
        self.rebuilder.learn_answers(repository, listing.value)
        # Edited comments hold no commands: webhooks report new comments only, too.
        new = [comment for comment in listing.value if mark.is_new(comment.created_at)]
        for comment in sorted(new, key=lambda comment: comment.id):
            self._check_stop()
            issue = IssueRef(repository, comment.issue)
            if self.rebuilder.bring_back(issue, comment.created_at):
                self._catching_up.perform(self.approver.comment(issue, comment, None))
        self._bookmarks.move(mark, listing, [each.updated_at or each.created_at for each in listing.value])
