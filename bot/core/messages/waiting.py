"""Why a queued task does not run yet: in its status comment, in the answer to `/status`, on the dashboard and in the
digest, by one order of reasons (`bot.core.waiting`)."""

from __future__ import annotations

from bot.core.messages.pressure import held_back, held_headline, place_in_queue
from bot.core.waiting import QueueWait, WaitReason, find_reason, moment

_HEADLINES = {
    WaitReason.ISSUES: "waits for other issues",
    WaitReason.GO: "waits for `/go`",
    WaitReason.PAUSE: "waits, nothing is started now",
}
_WHY = {
    WaitReason.ISSUES: "",  # which are named apart
    WaitReason.GO: "It waits for `/go` in a comment, or for a better text: there are remarks on its issue.",
    WaitReason.UNREAD: "Its issue is read first.",
}


def wait_headline(wait: QueueWait) -> str:
    """It begins with "waits" where the label is `waiting`, and is empty where the task waits for its turn alone."""
    match find_reason(wait):
        case WaitReason.LATER:
            return f"waits to run again{f' after `{wait.task.failure}`' if wait.task.failure else ''}"
        case WaitReason.HOLD if wait.hold is not None:
            return held_headline(wait.hold)
        case reason:
            return _HEADLINES.get(reason, "")


def why_it_waits(wait: QueueWait) -> str:
    """A sentence. Empty for a task that waits for other issues."""
    match find_reason(wait):
        case WaitReason.PAUSE:
            return wait.pause
        case WaitReason.LATER if wait.task.not_before is not None:
            since = f", since it failed with `{wait.task.failure}`" if wait.task.failure else ""
            return f"Nightshift tries again after {moment(wait.task.not_before)}{since}."
        case WaitReason.HOLD if wait.hold is not None:
            return held_back(wait.hold, wait.link)
        case WaitReason.TURN:
            return _turn(wait)
        case reason:
            return _WHY[reason]


def _turn(wait: QueueWait) -> str:
    if wait.place is None and not wait.busy:
        return "It waits for its turn in the queue."
    words = place_in_queue(wait.place, wait.busy)
    return f"{words[:1].upper()}{words[1:]}."
