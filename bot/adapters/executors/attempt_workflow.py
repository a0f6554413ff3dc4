"""The one workflow: carry an attempt out on a host, and keep how it ended until the control plane has written it down.

It stays open until then, so that neither a long outage of the control plane nor the engine's retention loses a result.
Temporal replays this code against histories that earlier versions made: what it does may only change behind
`workflow.patched`. `tests/adapters/test_attempt_workflow.py` replays such histories.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta

from temporalio import exceptions, workflow
from temporalio.common import RetryPolicy

WORKFLOW = "nightshift-attempt"
ACTIVITY = "run-attempt"
END = "end"  # the memo that says how it ended
MOST_HOSTS = 5  # that may be lost under one attempt; a network that was cut can count twice
_TO_END = timedelta(minutes=5)  # the host itself ends what takes too long; an engine would start it again
_MOST_HANDED_BACK = 50
_KEPT = timedelta(days=30)  # for a control plane that never comes back
LOST = "five hosts were lost while they ran it"
TOO_LONG = "it ran longer than an attempt may take"
CANCELLED = "it was cancelled"
HANDED_BACK = "hosts gave it back too often"


@dataclass(frozen=True, kw_only=True)
class HostWork:
    """`queue`: of the hosts that may take it. `seconds`: the longest that one run may take. `heartbeat`: after so many
    seconds without one, a host is lost."""

    name: str
    reference: str
    queue: str
    seconds: float
    heartbeat: float


@dataclass(frozen=True, kw_only=True)
class AttemptEnd:
    """`again`: the host gave it back, and another one may take it."""

    result: str | None = None
    why: str = ""
    lost: bool = False
    again: bool = False


@workflow.defn(name=WORKFLOW)
class AttemptWorkflow:
    def __init__(self) -> None:
        self._forgotten = False

    @workflow.signal
    def forget(self) -> None:
        self._forgotten = True

    @workflow.run
    async def run(self, work: HostWork) -> AttemptEnd:
        end = await _carry_out(work)
        workflow.upsert_memo({END: end})
        while not self._forgotten:
            with contextlib.suppress(asyncio.CancelledError):  # cancelled after its end: the end stands
                if not await self._was_forgotten():
                    break
        return end

    async def _was_forgotten(self) -> bool:
        """False after a month."""
        try:
            await workflow.wait_condition(lambda: self._forgotten, timeout=_KEPT)
        except TimeoutError:
            return False
        return True


async def _carry_out(work: HostWork) -> AttemptEnd:
    try:
        for _ in range(_MOST_HANDED_BACK):
            end = await _run_on_a_host(work)
            if end.again and workflow.cancellation_reason() is not None:
                return AttemptEnd(why=CANCELLED)
            if not end.again:
                return end
    except asyncio.CancelledError:
        return AttemptEnd(why=CANCELLED)
    except exceptions.ActivityError as error:
        return _explain(error)
    return AttemptEnd(why=HANDED_BACK, lost=True)


async def _run_on_a_host(work: HostWork) -> AttemptEnd:
    """What the attempt itself comes to is final; only a host that is lost is replaced."""
    end: AttemptEnd = await workflow.execute_activity(
        ACTIVITY,
        work,
        result_type=AttemptEnd,
        task_queue=work.queue,
        heartbeat_timeout=timedelta(seconds=work.heartbeat),
        start_to_close_timeout=timedelta(seconds=work.seconds) + _TO_END,
        retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=MOST_HOSTS),
        cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )
    return end


def _explain(error: exceptions.ActivityError) -> AttemptEnd:
    if workflow.cancellation_reason() is not None:  # also where the host was lost while it ended the attempt
        return AttemptEnd(why=CANCELLED)
    match error.cause:
        case exceptions.CancelledError():
            return AttemptEnd(why=CANCELLED)
        case exceptions.TimeoutError(type=exceptions.TimeoutType.START_TO_CLOSE):
            return AttemptEnd(why=TOO_LONG)
        case exceptions.TimeoutError():
            return AttemptEnd(why=LOST, lost=True)
        case cause:
            return AttemptEnd(why=str(cause), lost=True)
