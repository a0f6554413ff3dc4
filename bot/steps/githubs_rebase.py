"""A head that GitHub made in a native stack: whether it is the bot's commits on another base, and nothing else.

GitHub leaves the authors as they are, and the committer is another one. So what makes such a commit the bot's is what
is in it: git puts the bot's commits onto the same base here, and each tree, message and author has to be the same.
"""

from __future__ import annotations

from bot.adapters.git import Author, Mirror
from bot.adapters.store import Store
from bot.core.tasks import Task
from bot.steps.own_branch import is_by_bot


def try_adopt(store: Store, task: Task, mirror: Mirror, head: str, *, newest: str, author: Author) -> bool:
    """Take `head` for the bot's from now on, if it is. `newest`: where the base branch is. False for anything else: a
    person's commit on the branch, before or after, a commit that is not here any more, or a base that shares no
    history."""
    ours, onto = task.pushed, mirror.merge_base(newest, head)
    if ours is None or onto is None or not mirror.holds(ours):
        return False
    fork = _find_fork(store, task, mirror, ours, onto)
    if fork is None:
        return False
    with store.read() as ledger:
        adopted = ledger.native_stacks.read_adopted(task.id)
    if not all(is_by_bot(each, author) for each in mirror.authors(fork, ours, known=adopted)):
        return False
    if not mirror.is_copy(head, fork=fork, head=ours, onto=onto):
        return False
    with store.transaction() as ledger:
        ledger.native_stacks.adopt(task.id, head)
    return True


def _find_fork(store: Store, task: Task, mirror: Mirror, ours: str, onto: str) -> str | None:
    """The commit after which the task's own commits begin, as it left them."""
    with store.read() as ledger:
        below = ledger.stacks.of(task.id)
    if below is not None and mirror.is_ancestor(below.commit, ours):
        return below.commit
    return mirror.merge_base(onto, ours)
