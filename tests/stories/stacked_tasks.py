"""Tasks with open pull requests that stand on each other, put into the ledger as they are after their sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core.references import IssueRef
from bot.core.stacking import StackedOn
from bot.core.tasks import Snapshot, State, Task
from bot.steps.open_pulls import queue_registration
from bot.wiring import utc_now
from tests.stories.world import BOT, REPOSITORY, World


def in_review(world: World, *stands_on: int | None) -> list[int]:
    """One task with an open pull request for each; `stands_on`: the place of the one that it stands on. Returns the
    numbers of the pull requests."""
    issues, pulls = list[IssueRef](), list[int]()
    for place, below in enumerate(stands_on):
        issue = world.open_issue(f"Part {place}")
        branch = f"auto/{issue.number}"
        base = "main" if below is None else f"auto/{issues[below].number}"
        world.github.create_branch(REPOSITORY, branch, base, by=BOT)
        head = world.github.push_commit(REPOSITORY, branch, {f"{place}.txt": "x"}, message=f"Add {place}", by=BOT)
        opened = world.github.open_pull_request(REPOSITORY, title=branch, head=branch, base=base, by=BOT)
        issues.append(issue)
        pulls.append(opened.number)
        now = utc_now() - timedelta(hours=2)  # so that it may end some minutes ago
        snapshot = Snapshot(title="x", body="", approved_by="ada", approved_at=now)
        task = Task(id=0, issue=issue, state=State.IN_REVIEW, snapshot=snapshot, created_at=now, updated_at=now)
        with world.services.store.transaction() as ledger:
            ledger.restoring.restore(replace(task, pull_request=opened.number, pushed=head), [])
            made = ledger.tasks.find(issue)
            assert made is not None
            if below is not None:
                ledger.stacks.keep(made.id, StackedOn(issues[below], "c" * 40))
    return pulls


def register(world: World, *pulls: int, times: int = 1) -> None:
    for _ in range(times):
        with world.services.store.transaction() as ledger:
            for pull in pulls:
                task = ledger.tasks.by_pull_request(REPOSITORY, pull)
                assert task is not None
                queue_registration(ledger, task.issue, utc_now())
        world.services.outbox.flush()


def task_of(world: World, pull: int) -> Task:
    with world.services.store.read() as ledger:
        task = ledger.tasks.by_pull_request(REPOSITORY, pull)
    assert task is not None
    return task


def end(world: World, pull: int, *, ago: timedelta) -> None:
    """Its pull request was merged so long ago."""
    task = task_of(world, pull)
    with world.services.store.transaction() as ledger:
        assert ledger.tasks.move(task.id, State.IN_REVIEW, State.DONE, now=utc_now() - ago)
