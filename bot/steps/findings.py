"""Finds tasks that GitHub shows and the ledger lacks, after the ledger was lost or a backup was restored.

It only reads: it changes neither GitHub nor the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.adapters.github import COMMENTS_READ, GitHub
from bot.adapters.store import Store
from bot.core import messages
from bot.core.answers import as_answer, select_replies
from bot.core.approval_events import Role
from bot.core.commands import parse_command
from bot.core.facts import Actor, CommentFacts, IssueFacts, PullRequestFacts
from bot.core.labels import LabelSet, priority
from bot.core.rebuild import (
    Rebuilt,
    is_ahead,
    is_followed,
    needs_blockers,
    own_pull_request,
    rebuild_task,
)
from bot.core.record_fields import UnreadableRecord
from bot.core.references import IssueRef
from bot.core.task_record import Record, read_record
from bot.core.tasks import Snapshot, SnapshotAnswer, State, Task
from bot.steps.bookmarks import COMMENTS
from bot.steps.issue_reader import IssueReader
from bot.steps.posted_before import PostedBefore, notices_among, shown_by

_ONE_BY_ONE = 100  # issues; for more, one listing of pull requests replaces the single requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """One task that comes back. `instead_of`: the older state in which the ledger knows it. `unfollowed`: comments with
    a command that came after all that GitHub shows of the task. `is_mislabelled`: its issue shows labels of an earlier
    version, or of another state."""

    rebuilt: Rebuilt
    instead_of: Task | None
    unfollowed: tuple[CommentFacts, ...] = ()
    is_mislabelled: bool = False

    def as_json(self) -> dict[str, object]:
        task = self.rebuilt.task
        return {
            "issue": str(task.issue),
            "state": task.state.value,
            "failure": task.failure.value if task.failure else None,
            "attempts": task.attempts,
            "pull_request": task.pull_request,
            "known_before": self.instead_of is not None,
        }


@dataclass(slots=True)
class Findings:
    """Tasks that GitHub shows and the ledger lacks. `ignored`: a line for each invalid record."""

    returns: list[Return] = field(default_factory=list)
    posted: PostedBefore = field(default_factory=PostedBefore)
    ignored: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Search:
    """The results of an unfinished rebuild: by issue, the time of the issue and its findings."""

    seen: dict[int, tuple[datetime | None, Findings]] = field(default_factory=dict)
    pulls: dict[str, list[PullRequestFacts]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """Looks for lost tasks. Not thread-safe."""

    store: Store
    github: GitHub
    reader: IssueReader
    me: Callable[[], Actor]
    labels: LabelSet
    clock: Callable[[], datetime]
    _unfinished: dict[str, _Search] = field(default_factory=dict)

    def find(self, repository: str) -> Findings:
        """Raises GitHubFailed; the next try goes on where this one ended, until `forget`."""
        with self.store.read() as ledger:
            known = {task.issue.number for task in ledger.tasks.list_all(repository)}
            known |= ledger.removed_tasks.numbers(repository)
            lost = {task.issue.number for task in ledger.claims.find_expired(self.clock())}
            bookmark = ledger.bookmarks.of(repository, COMMENTS)
            # Without a bookmark the ledger knows at least when its first task came.
            since = bookmark.since if bookmark is not None else ledger.tasks.oldest(repository)
        listed = self._read_labelled(repository)
        unknown = {number: facts for number, facts in listed.items() if number not in known}
        known |= listed.keys()
        found = self._search(repository, unknown)
        if since is not None:
            for number in self._find_commented(repository, since, found):
                task = self.reader.task(IssueRef(repository, number))
                if (task is None and number in known) or (task and task.state is State.RUNNING and number not in lost):
                    continue  # looked at above, removed, or at work right now
                self.look(IssueRef(repository, number), self.github.issue(IssueRef(repository, number)), task, found)
        return found

    def forget(self, repository: str) -> None:
        """The findings are in the ledger: the next search starts afresh."""
        self._unfinished.pop(repository, None)

    def answers(self, repository: str, comments: Iterable[CommentFacts]) -> dict[str, IssueRef]:
        """What the bot's own comments among these answered: the issue by the reply's key."""
        return _answers(repository, self._ours(comments))

    def _ours(self, comments: Iterable[CommentFacts]) -> list[CommentFacts]:
        return [comment for comment in comments if comment.author.id == self.me().id]

    def _search(self, repository: str, unknown: Mapping[int, IssueFacts]) -> Findings:
        """Issue by issue. There may be more of them than GitHub answers for in a minute: what was seen is kept, and an
        issue that has changed since is looked at again."""
        search = self._unfinished.setdefault(repository, _Search())
        if len(unknown) > _ONE_BY_ONE and search.pulls is None:
            search.pulls = self._pulls(repository)
        for number, facts in unknown.items():
            if search.seen.get(number, (None, None))[0] != facts.updated_at:
                found = Findings()
                self.look(IssueRef(repository, number), facts, None, found, search.pulls)
                search.seen[number] = (facts.updated_at, found)
        return _join(search.seen[number][1] for number in unknown)

    def _pulls(self, repository: str) -> dict[str, list[PullRequestFacts]]:
        """Every pull request by its branch, where asking for each branch would cost more."""
        found: dict[str, list[PullRequestFacts]] = {}
        for pull in self.github.all_pull_requests(repository):
            if pull.same_repository:
                found.setdefault(pull.head_branch, []).append(pull)
        return found

    def _read_labelled(self, repository: str) -> dict[int, IssueFacts]:
        """Issues, open or closed, with the trigger label or a state label."""
        listings = [self.github.labeled_issues(repository, name, state="all") for name in self.labels.restored]
        return {facts.number: facts for listing in listings for facts in listing}

    def _find_commented(self, repository: str, since: datetime, found: Findings) -> list[int]:
        """Issues whose status comment is later than what the ledger holds. One listing for the whole repository, which
        also tells which answers were given since then."""
        numbers = {}
        for comment in self._ours(self.github.comments_since(repository, since)):
            found.posted.replies |= _answers(repository, [comment])
            record, issue = messages.read_status(comment.body), IssueRef(repository, comment.issue)
            with self.store.read() as ledger:
                task, shown = ledger.tasks.find(issue), ledger.status_comments.of(issue)
            if record is not None and task is not None and shown is None:
                found.posted.status_comments[issue] = shown_by(comment)
            if record is not None and (task is None or _later(record, task)):
                numbers[comment.issue] = True
        return list(numbers)

    def look(
        self,
        issue: IssueRef,
        facts: IssueFacts,
        known: Task | None,
        found: Findings,
        pulls: Mapping[str, list[PullRequestFacts]] | None = None,
    ) -> None:
        """Add what comes back of one issue to `found`. Raises GitHubFailed."""
        comments = self.github.all_comments(issue) if facts.comments else []
        ours = self._ours(comments)
        status = next((comment for comment in ours if messages.STATUS_MARKER in comment.body), None)
        record = self._record(issue, status, found)
        found.posted.replies |= _answers(issue.repository, ours)
        task = self._task(issue, facts, comments, record, pulls)
        if task is None:
            return
        commands = [
            comment for comment in comments if parse_command(comment.body) and not messages.is_ours(comment.body)
        ]
        if known is not None:  # who was refused has an answer on record; an edit of the status tells nothing of that
            commands = [comment for comment in commands if not self._is_strangers(issue, comment)]
        followed = [each for each in commands if is_followed(each, status, found.posted.replies, record)]
        found.posted.commands |= dict.fromkeys((each.id for each in followed), issue.repository)
        shown = found.posted.labels[issue] = self.labels.shown_labels(facts.labels)
        yes_or_no = (False, True)
        wanted = [
            self.labels.labels_of(task.task, is_paused=paused, is_answered=answered)
            for paused in yes_or_no
            for answered in yes_or_no
        ]
        found.posted.notices[issue] = notices_among(ours, issue)
        if status is not None:
            found.posted.status_comments[issue] = shown_by(status)
        unfollowed = tuple(comment for comment in commands if comment not in followed)
        back = Return(rebuilt=task, instead_of=known, unfollowed=unfollowed, is_mislabelled=shown not in wanted)
        found.returns.append(back)

    def _is_strangers(self, issue: IssueRef, comment: CommentFacts) -> bool:
        return self.reader.role(issue.repository, comment.author) is Role.STRANGER

    def _record(self, issue: IssueRef, status: CommentFacts | None, found: Findings) -> Record | None:
        if status is None:
            return None
        try:
            return read_record(messages.read_status(status.body), issue)
        except UnreadableRecord as error:
            found.ignored.append(f"{issue}: the record in its status comment is ignored: {error}")
            return None

    def _task(
        self,
        issue: IssueRef,
        facts: IssueFacts,
        comments: Sequence[CommentFacts],
        record: Record | None,
        pulls: Mapping[str, list[PullRequestFacts]] | None,
    ) -> Rebuilt | None:
        pull = None
        if record is None or record.pull_request is None:
            pull = own_pull_request(
                self._pulls_of(issue, pulls), issue, self.me(), branch=self.github.branches.of(issue)
            )
        if record is None and pull is None:
            return None
        texts = self._texts(issue, facts, comments, record)
        said = [texts[-1].body, *(comment.body for comment in texts[-1].comments)]
        named = needs_blockers(record)
        return rebuild_task(
            issue,
            record,
            pull,
            texts=texts,
            blockers=self.reader.blockers(issue, said, facts.relations) if named else (),
            priority=priority(facts.labels, self.labels),
            now=self.clock(),
            unknown=self._hide_unapproved(issue, facts),
        )

    def _hide_unapproved(self, issue: IssueRef, facts: IssueFacts) -> Snapshot | None:
        """The present text may be a stranger's, changed since it was approved: it must reach no session."""
        if self.reader.role(issue.repository, facts.author) is Role.WRITER:
            return None
        return Snapshot(title=f"Issue {issue.number}", body="(Its approved text is not known any more.)")

    def _pulls_of(
        self, issue: IssueRef, listed: Mapping[str, list[PullRequestFacts]] | None
    ) -> Sequence[PullRequestFacts]:
        if listed is not None:
            return listed.get(self.github.branches.of(issue), [])
        return self.github.pull_requests(issue.repository, self.github.branches.of(issue))

    def _texts(
        self, issue: IssueRef, facts: IssueFacts, comments: Sequence[CommentFacts], record: Record | None
    ) -> list[Snapshot]:
        """What may have been approved: the issue with the comments of that time, or with all that there are now."""
        at = record.approved_at if record else None
        now = comments[:COMMENTS_READ]
        then = [comment for comment in now if at is not None and comment.created_at <= at]
        answers = _select_confirmed(facts, comments, record.answers if record else ())
        return [
            Snapshot(
                title=facts.title, body=facts.body, comments=self.reader.select_comments(issue, each), answers=answers
            )
            for each in ([then, now] if then != now else [now])
        ]


def _select_confirmed(
    facts: IssueFacts, comments: Sequence[CommentFacts], numbers: Collection[int]
) -> tuple[SnapshotAnswer, ...]:
    """The replies of the author with these numbers. The digest of the approved text says whether they are unchanged."""
    replies = select_replies(comments, facts.author, None)
    return tuple(as_answer(each) for each in replies if each.comment in numbers)


def _join(each: Iterable[Findings]) -> Findings:
    joined = Findings()
    for found in each:
        joined.returns += found.returns
        joined.posted.add(found.posted)
        joined.ignored += found.ignored
    return joined


def _answers(repository: str, ours: Iterable[CommentFacts]) -> dict[str, IssueRef]:
    keys = [(messages.read_reply_key(comment.body), comment) for comment in ours]
    return {key: IssueRef(repository, comment.issue) for key, comment in keys if key is not None}


def _later(found: Mapping[str, object], task: Task) -> bool:
    try:
        return is_ahead(read_record(found, task.issue), task)
    except UnreadableRecord:
        return False
