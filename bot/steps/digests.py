"""Makes one issue for each night that tells what it came to, keeps it true, and closes it when the next one begins.

The issue is made when the night is over: GitHub sends a mail for a new issue, and none for its edits. An event
for `NOTIFY_URL` and `SMTP_URL` goes with it. What the issue shows is computed when it is sent.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import DigestShown, Lane, Store
from bot.core.checkpoints import Checkpoint
from bot.core.digest import Digest, Night
from bot.core.due import is_due
from bot.core.facts import IssueFacts
from bot.core.labels import LabelSet
from bot.core.messages.digest import digest_body, digest_title
from bot.core.messages.markers import read_digest_night, text_digest
from bot.core.references import IssueRef
from bot.steps.digest_posting import begin_night, post_digest
from bot.steps.digest_reading import night_of, read_digest
from bot.steps.label_making import make_label
from bot.steps.own_comments import OwnComments
from bot.steps.queue import Queue

_EVERY = timedelta(minutes=1)
_CLOCKS = timedelta(days=1)  # by how much this host's clock and GitHub's may differ, and more
_UNCERTAIN = timedelta(seconds=10)  # after a lost answer: how long GitHub may take to list an issue that was made


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPlace:
    """Where the issues are made; None: nowhere. `is_chosen`: the operator named the repository for that."""

    repository: str | None = None
    is_chosen: bool = False


NO_PLACE = DigestPlace()


@dataclass(slots=True, kw_only=True)
class DigestWriter:
    """`send` raises GitHubFailed. `lanes`: where events are sent."""

    store: Store
    github: GitHub
    comments: OwnComments
    labels: LabelSet
    queue: Queue
    lanes: Collection[Lane]
    place: DigestPlace
    _look_at: datetime | None = None

    def look(self) -> bool:
        """Once a minute, post what changed in a night that is over, or that one began. Returns whether it did."""
        now = self.comments.clock()
        if not is_due(self._look_at, _EVERY, now):
            return False
        self._look_at = now + _EVERY
        if self.place.repository is not None and begin_night(self.store, self.queue, now):
            return True
        return self.post(at_once=False)

    def post(self, *, at_once: bool) -> bool:
        has_place = self.place.repository is not None
        return post_digest(
            self.store, self.queue, self.comments.clock(), lanes=self.lanes, has_place=has_place, at_once=at_once
        )

    def send(self, begins: datetime) -> None:
        """Make the night's issue show what holds now, and close those of earlier nights."""
        night = night_of(self.queue.window, begins)
        if self.place.repository is None or night.begins != begins:
            return
        with self.store.read() as ledger:
            known = ledger.digests.of(begins) or DigestShown()
        if known.seen:
            known = self._show(self.place.repository, self._read(self.place.repository, night), known)
        if not known.earlier_closed:
            self._close_earlier(self.place.repository, begins)
            self._keep(begins, replace(known, earlier_closed=True))

    def _read(self, place: str, night: Night) -> Digest:
        """As the readers of `place` may see it."""
        now = min(self.comments.clock(), night.next_begins)
        with self.store.read() as ledger:
            tasks = ledger.tasks.repositories()
        shown = frozenset(name for name in tasks if self._may_show(place, name))
        with self.store.read() as ledger:
            return read_digest(ledger, self.queue, night, now, shown=shown)

    def _may_show(self, place: str, repository: str) -> bool:
        """Titles of a private repository reach its own readers, or those of a private place that the operator chose."""
        if repository == place:
            return True
        if self.place.is_chosen and not self.github.repository(place).is_public:
            return True
        try:
            return self.github.repository(repository).is_public
        except GitHubFailed as error:
            if error.transient:
                raise
            return False

    def _show(self, place: str, digest: Digest, known: DigestShown) -> DigestShown:
        body = digest_body(digest, self.github.web_url)
        text, number = text_digest(body), known.number
        if number is not None and known.shown == text:
            return known
        number = number or self._find(place, digest.night.begins, known)
        if number is None:
            number = self._make(place, digest, body, known)
        else:
            self._edit(IssueRef(place, number), body)
        made = replace(known, number=number, shown=text, begun_at=None)
        self._keep(digest.night.begins, made)
        self.comments.reached(Checkpoint.COMMENT_RECORDED, place)
        return made

    def _find(self, place: str, begins: datetime, known: DigestShown) -> int | None:
        """The issue that an earlier try made, or one before the ledger was lost."""
        since = begins - _CLOCKS
        for facts in self.github.labeled_issues(place, self.labels.digest, state="all", since=since):
            if self._is_ours(facts) and read_digest_night(facts.body) == begins:
                return facts.number
        if known.begun_at is not None and self.comments.clock() - known.begun_at < _UNCERTAIN:
            raise GitHubFailed(None, "an earlier try may have made the digest: it is looked for again")
        return None

    def _make(self, place: str, digest: Digest, body: str, known: DigestShown) -> int:
        make_label(self.store, self.github, self.labels, place, self.labels.digest)
        begins = digest.night.begins
        self._keep(begins, replace(known, begun_at=self.comments.clock()))
        self.comments.reached(Checkpoint.COMMENT_NOTED, place)
        try:
            number = self.github.create_issue(
                place, title=digest_title(digest.night), body=body, labels=[self.labels.digest]
            )
        except GitHubFailed as error:
            refused = error.status is not None and error.status < 500  # noqa: PLR2004 - it is certain that none was made
            self._keep(begins, replace(known, begun_at=None if refused else self.comments.clock()))
            raise
        self.comments.reached(Checkpoint.COMMENT_POSTED, place)
        return number

    def _edit(self, issue: IssueRef, body: str) -> None:
        """One that people deleted stays deleted."""
        try:
            self.github.edit_issue(issue, body=body)
        except GitHubFailed as error:
            if not error.gone:
                raise

    def _close_earlier(self, place: str, begins: datetime) -> None:
        for facts in self.github.labeled_issues(place, self.labels.digest):
            night = read_digest_night(facts.body) if self._is_ours(facts) else None
            if night is not None and night < begins:
                self.github.close_issue(IssueRef(place, facts.number))

    def _is_ours(self, facts: IssueFacts) -> bool:
        return facts.author.id == self.comments.me.id

    def _keep(self, begins: datetime, shown: DigestShown) -> None:
        """What changed meanwhile is another message: `seen` is not this one's to write."""
        with self.store.transaction() as ledger:
            known = ledger.digests.of(begins) or DigestShown()
            ledger.digests.keep(begins, replace(shown, seen=known.seen))
