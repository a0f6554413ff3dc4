"""A head that GitHub made in a native stack: whether it is the bot's commits on another base, and nothing else.

GitHub leaves the authors as they are, and the committer is another one. So what makes such a commit the bot's is what
is in it: git puts the bot's commits onto the same base here, and each tree, message and author has to be the same.
"""

from __future__ import annotations

from bot.adapters.git import Author, Mirror
from bot.adapters.store import Store
from bot.core.tasks import Task
from bot.steps.own_branch import OwnBranch, is_by_bot


def adopt(store: Store, task: Task, mirror: Mirror, held: OwnBranch, *, author: Author) -> OwnBranch | None:
    """The branch as GitHub left it, on the base that GitHub chose. None for anything else: a person's commit on the
    branch, before or after, a commit that is not here any more, or a base that shares no history."""
    head, ours = held.head, task.pushed
    if head is None or ours is None or not mirror.holds(ours):
        return None
    onto = mirror.merge_base(held.newest, head)
    fork = _find_fork(store, task, mirror, ours, onto) if onto is not None else None
    if onto is None or fork is None:
        return None
    with store.read() as ledger:
        adopted = ledger.native_stacks.read_adopted(task.id)
    if not all(is_by_bot(each, author) for each in mirror.authors(fork, ours, known=adopted)):
        return None
    if not mirror.is_copy(head, fork=fork, head=ours, onto=onto):
        return None
    with store.transaction() as ledger:
        ledger.native_stacks.adopt(task.id, head)
    return OwnBranch.begin_anew(onto, head)


def _find_fork(store: Store, task: Task, mirror: Mirror, ours: str, onto: str) -> str | None:
    """The commit after which the task's own commits begin, as it left them."""
    with store.read() as ledger:
        below = ledger.stacks.of(task.id)
    if below is not None and mirror.is_ancestor(below.commit, ours):
        return below.commit
    return mirror.merge_base(onto, ours)
