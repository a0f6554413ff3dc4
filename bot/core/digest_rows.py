"""A digest as JSON: what `nightshift digest --json` prints and `NOTIFY_URL` gets (docs/digest.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.core.digest import Digest
from bot.core.digest_parts import Failed, NamedIssue, NotRun, Waiting
from bot.core.failure_policy import policy
from bot.core.merge_order import StackPart
from bot.core.references import IssueRef
from bot.core.review_order import WaitingReview, total_minutes
from bot.core.spend import Spend


def digest_json(digest: Digest, first: Iterable[str]) -> dict[str, Any]:
    """`first`: its first lines, as text."""
    return {
        "night": {"begins": digest.night.begins.isoformat(), "ends": digest.night.ends.isoformat()},
        "at": digest.at.isoformat(),
        "first": list(first),
        "is_empty": digest.is_empty,
        "bad": digest.bad or None,
        "paused": digest.holding.reason if digest.holding is not None else None,
        "minutes": total_minutes(digest.reviews),
        "reviews": [_review(each) for each in digest.reviews],
        "stacks": [[_part(part) for part in stack] for stack in digest.stacks],
        "questions": [_failure_row(each) | {"answered": each.is_answered} for each in digest.questions],
        "failures": [_failure_row(each) for each in digest.failures],
        "waits": [_waiting(each) for each in digest.waits],
        "not_run": [_not_run(each) for each in digest.not_run],
        "running": [_name_row(each) for each in digest.running],
        "merged": [_name_row(each) for each in digest.merged],
        "no_change": [_name_row(each) for each in digest.no_change],
        "stopped": [_name_row(each) for each in digest.stopped],
        "older": digest.older,
        "spend": _spend(digest.spend),
        "spend_before": _spend(digest.before),
    }


def _name_row(named: NamedIssue) -> dict[str, Any]:
    return {"issue": str(named.issue), "title": named.title}


def _review(review: WaitingReview) -> dict[str, Any]:
    verdict = review.verdict
    size = verdict.size if verdict is not None else None
    return {
        "issue": str(review.issue),
        "pull_request": str(review.pull_request),
        "title": review.title,
        "verdict": verdict.standing.value if verdict is not None else None,
        "flagged": verdict is not None and verdict.flagged,
        "size": {"files": size.files, "added": size.added, "removed": size.removed} if size is not None else None,
        "minutes": review.minutes,
        "merge_first": _names(review.merge_first),
        "conflicts": _names(review.conflicts),
        "unblocks": _names(review.unblocks),
        "is_new": review.is_new,
    }


def _part(part: StackPart) -> dict[str, Any]:
    return {
        "issue": str(part.issue),
        "pull_request": str(part.pull_request),
        "state": part.state.value,
        "is_ready": part.review is not None,
    }


def _failure_row(failed: Failed) -> dict[str, Any]:
    about = {"failure": failed.kind.value, "turn": failed.turn.name.lower(), "next": failed.next_step}
    shown = {"detail": failed.detail, "draft": str(failed.draft) if failed.draft is not None else None}
    return _name_row(failed) | about | {"urgency": policy(failed.kind).urgency.name.lower()} | shown


def _waiting(waiting: Waiting) -> dict[str, Any]:
    return _name_row(waiting) | {
        "pull_requests": _names(waiting.pull_requests),
        "issues": _names((*waiting.failed, *waiting.issues)),
    }


def _not_run(each: NotRun) -> dict[str, Any]:
    return _name_row(each) | {"why": each.why, "cause": each.cause.value if each.cause is not None else None}


def _spend(spend: Spend) -> dict[str, Any]:
    return {
        "usd": round(spend.usd, 6),
        "attempts": spend.attempts,
        "turns": spend.turns,
        "seconds": round(spend.seconds, 3),
        "five_hours": _share(spend.five_hours),
        "week": _share(spend.week),
    }


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _names(refs: Iterable[IssueRef]) -> list[str]:
    return [str(each) for each in refs]
