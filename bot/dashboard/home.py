"""The first page: what needs a person, what is worked on, what comes next, and what was done tonight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from bot.adapters.store import Ledger
from bot.adapters.store.overview import LiveRun, Readable, Sums
from bot.core.digest import Digest, NightView, make_digest
from bot.core.pauses import Pause
from bot.core.tasks import State, Task
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer
from bot.dashboard.waits import Reasons, Wait
from bot.steps.digest_reading import night_of

_MOST = 10  # of each list: the page of all tasks shows the others
_ENDED = (State.DONE, State.NO_CHANGE, State.CANCELLED, State.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """`run`: None for one that has just been claimed. `before`: what its earlier attempts took."""

    task: Task
    run: LiveRun | None
    before: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Tonight:
    """`digest`: of the newest tasks of each state. `asked`: those that wait for `/go`. `spent`: tonight so far."""

    pause: Pause | None
    counts: dict[str, int]
    digest: Digest
    working: tuple[Working, ...]
    coming: tuple[Wait, ...]
    asked: tuple[Task, ...]
    spent: Sums


def show_home(sources: Sources, viewer: Viewer) -> Page:
    with sources.store.read() as ledger:
        tonight = _read(sources, ledger, viewer.reads)
    shown = {
        "tonight": tonight,
        "digest": tonight.digest,
        "working": tonight.working,
        "may_pause": viewer.writes is None,  # the queue serves all repositories
        "form_token": viewer.form_token,
    }
    return Page(template="home.html", shown=shown)


def _read(sources: Sources, ledger: Ledger, readable: Readable) -> Tonight:
    now, overview = sources.clock(), ledger.overview
    night = night_of(sources.queue.window, now)
    pause = sources.queue.pause(ledger, now)
    behind = ledger.queue_state.holding().behind()
    coming = overview.upcoming(now, behind, limit=_MOST, readable=readable)
    unready = overview.waiting(limit=_MOST, readable=readable)
    resting = chain.from_iterable(
        overview.newest(state, limit=_MOST, readable=readable) for state in (State.IN_REVIEW, State.FAILED)
    )
    ended = chain.from_iterable(
        overview.newest(state, limit=_MOST, since=night.begins, readable=readable) for state in _ENDED
    )
    tasks = [*resting, *ended]
    view = NightView(
        night=night,
        now=now,
        tasks=[*tasks, *coming, *unready],
        moved=overview.find_moved([task.id for task in tasks], night.begins),
        answered={task.issue for task in tasks if ledger.notices.is_answered(task)},
    )
    return Tonight(
        pause=pause,
        counts=overview.counts(readable),
        digest=make_digest(view),
        working=tuple(read_working(ledger, readable)),
        coming=tuple(Reasons(ledger=ledger, queue=sources.queue, now=now, pause=pause).of([*coming, *unready][:_MOST])),
        asked=tuple(task for task in unready if task.waits_for_go),
        spent=overview.sum_ended(night.begins, night.next_begins, readable),
    )


def read_working(ledger: Ledger, readable: Readable) -> Iterable[Working]:
    tasks = ledger.overview.newest(State.RUNNING, limit=_MOST, readable=readable)
    live, sums = ledger.overview.live(), ledger.overview.sums([task.id for task in tasks])
    for task in tasks:
        yield Working(task=task, run=live.get(task.id), before=sums.get(task.id, Sums()))
