"""The figures of `nightshift stats` in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.task_history import span


def figure_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """`found`: as `nightshift stats --json` prints it."""
    yield f"Tasks: {_counts(found['tasks']) or 'none'}."
    if failures := _counts(found["failures"]):
        yield f"Failed now: {failures}."
    yield f"In the last 24 hours, tasks became: {_counts(found['reached_last_day']) or 'nothing'}."
    yield f"Attempts: {found['attempts']:,}, with {found['turns']:,} turns and ${found['cost_usd']:,.2f} in all."
    if found["median_seconds"] is not None:
        half, most = span(found["median_seconds"]), span(found["p90_seconds"])
        yield f"Half of the attempts took {half} or less, nine of ten {most} or less."
    yield from _queue(found)
    yield from _github(found)


def _queue(found: Mapping[str, Any]) -> Iterator[str]:
    oldest = found["oldest_queued_seconds"]
    yield "The queue is empty." if oldest is None else f"The oldest task in the queue has waited for {span(oldest)}."
    if found["paused"]:
        yield f"Paused: {found['paused']}"


def _github(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"Messages to GitHub: {found['outbox']:,} to be sent, {found['unsaid']:,} refused for good."
    yield (
        f"Requests to GitHub in the last hour: {found['requests_last_hour']:,}, of which {found['writes_last_hour']:,} "
        f"wrote; {found['writes_left_this_hour']:,} more may write in this hour."
    )
    if found["requests_per_attempt"] is not None:
        each = f"{found['requests_per_attempt']:g} requests, {found['writes_per_attempt']:g} of them to write"
        possible = found["attempts_an_hour_possible"]
        limit = f"; GitHub allows {possible:,} attempts an hour at that rate" if possible is not None else ""
        yield f"An attempt takes {each}{limit}."


def _counts(counts: Mapping[str, int]) -> str:
    """`3 in review, 1 failed`; what there is none of is left out."""
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count)
