"""What the queue as a whole knows: which tasks paused it, what shows that the account works, what issues were shown."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import HELD_TASKS, QUEUE_STATE
from bot.adapters.store.values import QueueShown
from bot.core.holding_back import Held, Holding

_ONE = {"id": 1}
_NOTHING = {"served_at": None, "good_at": None, "last_paused": 0, "shown_reason": "", "shown_after": None}
_NOTHING |= {"labels_after": None, "are_paths_known": False}

_ARE_PATHS_KNOWN = select(QUEUE_STATE.c.are_paths_known)  # built once: each claim asks


class QueueState(Part):
    def holding(self) -> Holding:
        """Which tasks paused the queue, and what shows whether the account was in order."""
        rows = self._connection.execute(select(HELD_TASKS).order_by(HELD_TASKS.c.task_id))
        held = {row.task_id: Held(at=row.at, streak=row.streak, counted=row.counted) for row in rows}
        row = self._connection.execute(select(QUEUE_STATE)).one_or_none()
        if row is None:
            return Holding(held=held)
        return Holding(held=held, served=row.served_at, good=row.good_at, last=row.last_paused)

    def keep_holding(self, holding: Holding) -> None:
        known = self.holding()
        if known == holding:
            return
        self._connection.execute(delete(HELD_TASKS))
        rows = [
            {"task_id": task_id, "at": each.at, "streak": each.streak, "counted": each.counted}
            for task_id, each in holding.held.items()
        ]
        if rows:
            self._connection.execute(insert(HELD_TASKS), rows)
        self._change(served_at=holding.served, good_at=holding.good, last_paused=holding.last)

    def read_shown(self) -> QueueShown:
        row = self._connection.execute(select(QUEUE_STATE)).one_or_none()
        return QueueShown() if row is None else QueueShown(reason=row.shown_reason, after=row.shown_after)

    def keep_shown(self, shown: QueueShown) -> None:
        self._change(shown_reason=shown.reason, shown_after=shown.after)

    def labels_after(self) -> int | None:
        """The id of the last task whose labels were shown anew; None once all were."""
        return self._connection.scalar(select(QUEUE_STATE.c.labels_after))

    def keep_labels_after(self, task_id: int | None) -> None:
        self._change(labels_after=task_id)

    def are_paths_known(self) -> bool:
        """Whether nothing changed in who waits for whom since the critical paths were computed."""
        return bool(self._connection.scalar(_ARE_PATHS_KNOWN))

    def keep_paths_known(self, *, known: bool) -> None:
        self._change(are_paths_known=known)

    def _change(self, **values: object) -> None:
        self._put(QUEUE_STATE, _ONE, values, new=_NOTHING)
