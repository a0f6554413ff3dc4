"""Where an attempt stands, read from what Temporal says of its workflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus

from bot.adapters.executors.attempt_workflow import CANCELLED, END, AttemptEnd
from bot.core.execution import Beat, Detail, Ended

WAITS = "waits for a host"
_CLOSED = {
    WorkflowExecutionStatus.CANCELED: Ended(name="", why=CANCELLED),
    WorkflowExecutionStatus.TERMINATED: Ended(name="", why="somebody terminated it in Temporal", lost=True),
    WorkflowExecutionStatus.TIMED_OUT: Ended(name="", why="Temporal gave it up", lost=True),
    WorkflowExecutionStatus.FAILED: Ended(name="", why="its workflow failed in Temporal", lost=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`mark` is the same as long as nothing new was heard of it."""

    said: Beat | Ended
    mark: tuple[object, ...] = ()


async def read_description(description: WorkflowExecutionDescription, now: datetime) -> Heard:
    """Raises UnreadablePayload."""
    name = description.id
    end = await description.memo_value(END, None, type_hint=AttemptEnd)
    if end is not None:
        return Heard(said=Ended(name=name, result=end.result, why=end.why, lost=end.lost))
    if (closed := _CLOSED.get(description.status or WorkflowExecutionStatus.RUNNING)) is not None:
        return Heard(said=Ended(name=name, why=closed.why, lost=closed.lost))
    for activity in description.raw_description.pending_activities:
        if activity.state != PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED:
            return await _of_running(description, activity)
    # It changes with each look: that the engine knows it is all that there is to hear.
    return Heard(said=Beat(name=name, at=now, details={"turns": 0, "note": WAITS}), mark=(now,))


async def _of_running(description: WorkflowExecutionDescription, activity: PendingActivityInfo) -> Heard:
    details = await _read_details(description, activity)
    heard = activity.last_heartbeat_time if activity.HasField("last_heartbeat_time") else activity.last_started_time
    at = heard.ToDatetime(tzinfo=UTC)
    host: Mapping[str, Detail] = {"host": activity.last_worker_identity, "run": activity.attempt}
    return Heard(said=Beat(name=description.id, at=at, details={**details, **host}), mark=(at, activity.attempt))


async def _read_details(
    description: WorkflowExecutionDescription, activity: PendingActivityInfo
) -> Mapping[str, Detail]:
    if not activity.HasField("heartbeat_details"):
        return {}
    said = await description.data_converter.decode(activity.heartbeat_details.payloads)
    return said[0] if said and isinstance(said[0], dict) else {}
