"""Which faults of GitHub and of the bot's own processes a seed draws."""

from __future__ import annotations

import random
from typing import Any

from bot.core.checkpoints import Checkpoint
from bot.rehearsal.chaos.injections import FaultKind, Injection
from bot.rehearsal.faults import Fault

Json = dict[str, Any]

_API = (
    *("POST .*/comments$", "PATCH .*/issues/comments/", "POST .*/pulls$", "GET .*/pulls", "POST .*/labels$"),
    *("GET .*/issues", "GET .*/comments", "GET .*/collaborators/", "DELETE .*/labels/", "POST .*/reactions$"),
    *("GET /repos/octo/clock$", " /repos/"),
)
_REQUESTS = (*_API, "GET .*git/info/refs", "POST .*git-upload-pack", "POST .*git-receive-pack", ".")
_READS = ("GET .*/issues", "GET .*/comments", "GET .*/pulls", "GET /repos/")
_WEBHOOKS = (
    "issues.opened",
    "issues.labeled",
    "issues.unlabeled",
    "issues.closed",
    "issue_comment",
    "pull_request",
    ".",
)
_BEFORE_A_SESSION = (Checkpoint.CLAIMED, Checkpoint.ATTEMPT_STARTED, Checkpoint.WORKSPACE_OPENED)
_STEPS = 40  # about as many as such a night takes


def draw_faults(chance: random.Random) -> tuple[Fault, ...]:
    drawn = [_draw_fault(chance) for _ in range(chance.randint(3, 7))]
    if chance.random() < 0.3:  # noqa: PLR2004 - at most one: after the third a push counts as refused for good
        drawn.append({"reject_push": {"branch": "auto/*", "message": "error: remote is busy"}})
    return tuple(map(Fault.model_validate, drawn))


def draw_injections(chance: random.Random) -> tuple[Injection, ...]:
    return tuple(_draw_injection(chance) for _ in range(chance.randint(1, 3)))


def _draw_fault(chance: random.Random) -> Json:
    """One fault of GitHub, of git, or of the webhooks."""
    on, times = chance.choice(_REQUESTS), chance.choice((1, 1, 2))
    seconds = round(chance.uniform(0.2, 2.5), 2)
    hook = chance.choice(_WEBHOOKS)
    kinds: list[Json] = [
        {"answer": {"on": on, "status": chance.choice((500, 502, 503)), "times": times}},
        {"answer": {"on": on, "status": 429, "times": times, **_draw_limit(chance)}},
        # Not for git, which takes a 403 for a missing permission.
        {"answer": {"on": chance.choice(_API), "status": 403, "times": times, **_draw_limit(chance)}},
        {"answer": {"on": "(POST|PATCH|DELETE) /repos/", "status": 307, "headers": {"Location": "/nowhere"}}},
        {"reset": {"on": on, "times": times}},
        {"half_answer": {"on": on, "times": times}},
        {"lose_answer": {"on": on, "times": times}},
        {"slow_answer": {"on": on, "seconds": seconds, "times": times}},
        {"delay": {"on": on, "seconds": seconds, "times": times}},
        {"stale_reads": {"of": chance.choice(("comments", "pull_requests")), "reads": times}},
        {"stale_answer": {"on": chance.choice(_READS), "seconds": seconds, "times": chance.choice((1, 3, 8))}},
        {"lose_webhook": {"on": hook, "times": times}},
        {"fail_webhook": {"on": hook, "times": 5}},
        {"double_webhook": {"on": hook, "times": 3}},
        {"delay_webhook": {"on": hook, "seconds": seconds, "times": times}},
    ]
    return chance.choice(kinds)


def _draw_limit(chance: random.Random) -> Json:
    """How GitHub says that a limit is reached: with the seconds to wait, with the hour's reset, or in words alone."""
    return chance.choice(
        (
            {"message": "You have exceeded a secondary rate limit.", "retry_after": 2},
            {"message": "API rate limit exceeded for user ID 1."},
            {"message": "You have exceeded a secondary rate limit."},
        )
    )


def _draw_injection(chance: random.Random) -> Injection:
    kind = chance.choice((FaultKind.WORKER, FaultKind.WORKER, FaultKind.MACHINE, *FaultKind))
    if kind is FaultKind.GATE:
        return Injection(kind=kind, step=chance.choice(_BEFORE_A_SESSION), nth=chance.randint(1, 2))
    step = chance.choice((None, *Checkpoint))
    return Injection(
        kind=kind,
        step=step,
        nth=chance.randint(1, _STEPS) if step is None else chance.randint(1, 3),
        delay=round(chance.choice((0.0, chance.uniform(0, 1.5))), 3),
        seconds=chance.choice((-3600, -30, 30, 3600, 86400)) if kind is FaultKind.CLOCK else 0,
    )
