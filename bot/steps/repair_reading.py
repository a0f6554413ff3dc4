"""Reads what a repair is for when its attempt begins: the checks that fail by then, or the conflict with the base."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.adapters.git import Author, Mirror
from bot.adapters.git.rebase import Rebase
from bot.adapters.store import Store
from bot.core import messages
from bot.core.attempts import Purpose
from bot.core.brief import follow_up
from bot.core.facts import PullRequestFacts
from bot.core.failures import FailureKind, TaskFailed
from bot.core.repair_brief import FailingCheck, describe_conflicts, describe_failing_checks
from bot.core.repairs import repair_key
from bot.core.revision import ReviewAnswer, Revision
from bot.core.stacking import is_merged
from bot.core.tasks import Task
from bot.steps.ci_reading import read_failing, with_logs
from bot.steps.issue_reader import IssueReader
from bot.steps.own_branch import OwnBranch
from bot.steps.stack_start import Start

_MOST_SESSIONS = 1  # for conflicts, since a person last asked for something


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """`base`: the branch that the pull request merges into. `checks`: that fail, for REPAIR. `rebase`: what git made,
    for REBASE, once that is known. `by_github`: GitHub has done it, or a person.
    `is_added`: the base is merged into the branch, on which a person's commit is."""

    purpose: Purpose
    key: str
    base: str
    checks: tuple[FailingCheck, ...] = ()
    rebase: Rebase | None = None
    by_github: bool = False
    is_added: bool = False

    @property
    def adds(self) -> bool:
        """Whether it builds on the commits of the branch."""
        return self.purpose is Purpose.REPAIR

    @property
    def conflicts(self) -> tuple[str, ...]:
        return self.rebase.conflicts if self.rebase is not None else ()

    @property
    def needs_session(self) -> bool:
        return self.rebase is None or bool(self.rebase.conflicts)

    def brief(self, first: str) -> str:
        if self.purpose is Purpose.REPAIR:
            return follow_up(Purpose.REPAIR, first, describe_failing_checks(self.checks))
        return follow_up(Purpose.REBASE, first, describe_conflicts(self.conflicts, base_branch=self.base))

    def answers(self, summary: str, commit: str, *, by_session: bool) -> tuple[ReviewAnswer, ...]:
        """What is said on the pull request once it is published, which mails all who take part in it. What GitHub did,
        and a rebase by git alone, GitHub shows there itself: each merge below moves everything above."""
        is_moved = self.purpose is Purpose.REBASE and not self.is_added
        if is_moved and not by_session:
            return ()
        if self.purpose is Purpose.REPAIR:
            answer = messages.repaired(commit, summary, checks=[each.result.name for each in self.checks])
        else:
            words = summary if by_session else ""
            answer = messages.rebased(commit, words, base=self.base, files=self.conflicts, is_added=self.is_added)
        return (ReviewAnswer(item=self.key, thread=None, text=answer),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairReader:
    reader: IssueReader

    def read(self, task: Task, revision: Revision) -> Repair:
        """Raises GitHubFailed, and TaskFailed(CANCELLED) if there is nothing to repair any more."""
        repository = task.issue.repository
        pull = self.reader.github.pull_request(repository, revision.pull_request)
        _demand_same(task, pull, may_be_a_persons=revision.purpose is Purpose.REBASE)
        repair = Repair(purpose=revision.purpose, key=repair_key(task), base=pull.base)
        if revision.purpose is Purpose.REBASE:
            return replace(repair, by_github=pull.is_stacked and pull.head != task.pushed)
        failing = read_failing(self.reader.github, repository, pull, me=self.reader.me, now=None)
        if not failing:
            raise TaskFailed(FailureKind.CANCELLED, "its checks do not fail any more")
        with self.reader.store.transaction() as ledger:
            ledger.revisions.note_about(task.id, [each.name for each in failing])
        return replace(repair, checks=with_logs(self.reader.github, repository, failing))


def begin_rebase(
    store: Store, task: Task, mirror: Mirror, held: OwnBranch, repair: Repair, *, start: Start, author: Author
) -> tuple[Repair, OwnBranch]:
    """Let git put the branch on top of its base, or take what GitHub made of it. Raises TaskFailed(BRANCH_CONFLICT)
    where that leaves conflicts that no session may resolve: a person's commit is on the branch, or one had its try."""
    if repair.by_github:
        return _take_githubs(mirror, held, repair)
    if held.head is None or (fork := mirror.merge_base(held.newest, held.head)) is None:
        raise TaskFailed(FailureKind.CANCELLED, "its branch is gone")
    fork = _leave_what_it_stood_on(store, task, mirror, held, start) or fork
    if held.by_people and _is_restacked(store, task, held.head):
        return _add_base(store, task, mirror, held, repair, fork=fork, start=start, author=author)
    found = mirror.rebase(fork=fork, head=held.head, onto=held.newest, author=author)
    if held.by_people and not found.conflicts:
        raise TaskFailed(FailureKind.CANCELLED, "a person's commit is on the branch")
    if found.conflicts:
        _take_up(store, task, found.conflicts, may_resolve=not held.by_people)
    return replace(repair, rebase=found), held


def _take_githubs(mirror: Mirror, held: OwnBranch, repair: Repair) -> tuple[Repair, OwnBranch]:
    """What is to be published is what the branch has, on the base that GitHub chose."""
    onto = mirror.merge_base(held.newest, held.head) if held.head is not None else None
    if held.head is None or onto is None or held.by_people or onto == held.head:
        raise TaskFailed(FailureKind.CANCELLED, "a person's commit is on the branch")
    return replace(repair, rebase=Rebase(commit=held.head)), OwnBranch.begin_anew(onto, held.head)


def _is_restacked(store: Store, task: Task, head: str) -> bool:
    """Whether what it stands on was merged or has changed, and that is why the attempt began."""
    with store.read() as ledger:
        return ledger.repairs.of(task.id).is_restacked(head)


def _add_base(
    store: Store,
    task: Task,
    mirror: Mirror,
    held: OwnBranch,
    repair: Repair,
    *,
    fork: str,
    start: Start,
    author: Author,
) -> tuple[Repair, OwnBranch]:
    """A person's commit is on the branch, so that no commit of it is rewritten: its base is merged into it."""
    head = held.head or ""
    if mirror.is_ancestor(held.newest, head):
        with store.transaction() as ledger:
            ledger.stacks.keep(task.id, start.stands_on)
        raise TaskFailed(FailureKind.CANCELLED, "its base is in the branch")
    message = f"Merge branch '{start.branch}'"
    found = mirror.add_base(fork=fork, head=head, onto=held.newest, message=message, author=author)
    if found.conflicts:
        _take_up(store, task, found.conflicts, may_resolve=True)
    begins = held.newest if found.conflicts else found.commit
    return replace(repair, rebase=found, is_added=True), replace(held, base=held.newest, start=begins)


def _leave_what_it_stood_on(store: Store, task: Task, mirror: Mirror, held: OwnBranch, start: Start) -> str | None:
    """The commit after which the task's own commits begin, if its work stood on another pull request: what that was
    squashed or rebased to is in the base branch under other names. Raises TaskFailed(CANCELLED) if the very commits
    are there, so that nothing has to move."""
    with store.read() as ledger:
        below, known = ledger.stacks.of(task.id), ledger.repairs.of(task.id)
        bases = {issue: ledger.tasks.find(issue) for issue in below.heads} if below is not None else {}
    if below is None or held.head is None or not mirror.is_ancestor(below.commit, held.head):
        return None
    merged = {issue for issue, base in bases.items() if is_merged(base)}
    there = {issue for issue in merged if mirror.is_ancestor(below.heads[issue], held.newest)}
    if merged and known.is_restacked(held.head) and below.is_in_place(there, start.heads):
        with store.transaction() as ledger:
            ledger.stacks.keep(task.id, below.without(merged))
        raise TaskFailed(FailureKind.CANCELLED, "what it stands on is in the base branch")
    return below.commit


def _take_up(store: Store, task: Task, files: tuple[str, ...], *, may_resolve: bool) -> None:
    """A repair that was interrupted, and runs again, was counted before."""
    with store.transaction() as ledger:
        revision, known = ledger.revisions.of(task.id), ledger.repairs.of(task.id)
        was_counted = revision is not None and bool(revision.about)
        ledger.revisions.note_about(task.id, files)
        may_resolve = may_resolve and (was_counted or known.sessions < _MOST_SESSIONS)
        if may_resolve and not was_counted:
            ledger.repairs.keep(task.id, replace(known, sessions=known.sessions + 1))
    if not may_resolve:
        raise TaskFailed(FailureKind.BRANCH_CONFLICT, "\n".join(files))


def _demand_same(task: Task, pull: PullRequestFacts, *, may_be_a_persons: bool) -> None:
    if not pull.is_open:
        raise TaskFailed(FailureKind.CANCELLED, f"the pull request is {'merged' if pull.merged else 'closed'}")
    if pull.head != task.pushed and not may_be_a_persons:
        raise TaskFailed(FailureKind.CANCELLED, "a person changed the branch")
