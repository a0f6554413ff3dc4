"""What a night with chaos is to be: drawn from a seed, or made for one blow at one step. One seed, one plan."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.core.checkpoints import Checkpoint
from bot.core.tasks import State
from bot.rehearsal.chaos.strikes import Blow, Strike
from bot.rehearsal.faults import Fault
from bot.rehearsal.scenario import Scenario

LEASE_SECONDS = 5
POLL_SECONDS = 10
_SECONDS = 150.0  # of real time, for one night; what has not come to an end by then is stuck
_SESSIONS = 30  # as many as no night needs: what is lost is scripted again
_REPOSITORY = "octo/clock"
_JUMP = 3600.0  # seconds that the clock jumps in a night that is for that alone

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`endings`: in which states an issue may end, by its key; several where people race the bot, and None where they
    may be faster than the news that there is a task. `name` tells how to play it again. `must_strike`: each blow has to
    come; a seed does not know how often its steps will be taken."""

    name: str
    scenario: Scenario
    endings: Mapping[str, frozenset[State | None]]
    strikes: tuple[Strike, ...]
    must_strike: bool = False


def plan_named(key: str) -> Plan:
    """`17`, or `worker:pushed`: a blow and the step at whose first time it comes. Raises ValueError."""
    if key.isdecimal():
        return plan_of(int(key))
    blow, _, step = key.partition(":")
    try:
        return plan_for(Blow(blow), Checkpoint(step.replace("-", " ")))
    except ValueError:
        steps = ", ".join(name(step) for step in Checkpoint)
        raise ValueError(
            f"{key!r} is no night with chaos: expected a seed such as 1, or steps, or BLOW:STEP with a blow of "
            f"{', '.join(Blow)} and a step of {steps}"
        ) from None


def name(step: Checkpoint) -> str:
    """A step in one word, as the command line takes it."""
    return step.value.replace(" ", "-")


def plan_of(seed: int) -> Plan:
    chance = random.Random(seed)  # noqa: S311 - it has to come out the same again
    keys = ["fix", *chance.sample(sorted(_KINDS), chance.randint(1, 2))]
    return _plan(
        f"--chaos {seed}", keys, faults=_faults(chance), strikes=_strikes(chance), at=lambda: chance.uniform(0.5, 6)
    )


def plan_for(blow: Blow, step: Checkpoint) -> Plan:
    """Nothing goes wrong but this."""
    strike = Strike(blow=blow, step=step, seconds=_JUMP if blow is Blow.CLOCK else 0)
    named, keys = f"--chaos {blow}:{name(step)}", ["fix", "after", "asks"]
    return replace(_plan(named, keys, faults=(), strikes=(strike,), at=lambda: 3.0), must_strike=True)


def _plan(
    name: str, keys: list[str], *, faults: tuple[Fault, ...], strikes: tuple[Strike, ...], at: Callable[[], float]
) -> Plan:
    made = {"fix": _fix, **_KINDS}
    issues: list[Json] = []
    moments: list[Json] = []
    endings = {}
    for key in keys:
        issue, states, *happens = made[key](at)
        issues.append({"key": key, "repository": _REPOSITORY, "title": f"Issue {key}", "author": "ada", **issue})
        endings[key] = frozenset(states)
        moments += happens
    scenario = Scenario.model_validate(
        {
            "name": name,
            "seconds": _SECONDS,
            "settings": {
                "LEASE_SECONDS": str(LEASE_SECONDS),
                "POLL_SECONDS": str(POLL_SECONDS),
                "WORKERS": "2",
                "PER_REPOSITORY": "2",
            },
            "repositories": [{"name": _REPOSITORY, "files": {"README.md": "# clock\n"}}],
            "people": [{"login": "ada", "roles": {_REPOSITORY: "maintain"}}, {"login": "sam"}],
            "issues": issues,
            "moments": moments,
        }
    )
    return Plan(
        name=name,
        scenario=scenario.model_copy(update={"faults": faults}),
        endings=endings,
        strikes=strikes,
    )


# -- the issues of such nights: each with the states in which it may end, and what happens to it meanwhile


def _writes(key: str) -> list[Json]:
    return [
        {"tools": [{"Write": {"file_path": f"{key}.txt", "content": f"{key}\n"}}]},
        {"finish": {"status": "complete", "summary": f"{key} is done."}},
    ]


def _ends(status: str, **more: Any) -> list[list[Json]]:
    return [
        [{"tools": [{"Bash": {"command": "ls"}}]}, {"finish": {"status": status, "summary": "So it is.", **more}}]
    ] * _SESSIONS


def _published(key: str, **more: Any) -> Json:
    return {
        "labeled_by": "ada",
        "attempts": [_writes(key)] * _SESSIONS,
        "expect": {"files": {f"{key}.txt": f"{key}\n"}},
        **more,
    }


def _fix(_: Callable[[], float]) -> tuple[Any, ...]:
    """It is done, and merged."""
    when = {"issue": "fix", "state": "in_review"}
    return _published("fix"), [State.DONE], {"when": when, "merge": {"issue": "fix", "by": "ada"}}


def _after(_: Callable[[], float]) -> tuple[Any, ...]:
    """It waits for another to be merged."""
    return _published("after", body="blocked by #{fix}"), [State.IN_REVIEW]


def _asks(_: Callable[[], float]) -> tuple[Any, ...]:
    """It needs an answer, and is asked to try again once."""
    issue = {"labels": ["auto"], "attempts": _ends("needs_info", questions=["Which?"])}
    retry = {"when": {"issue": "asks", "state": "failed"}, "comment": {"issue": "asks", "by": "ada", "text": "/retry"}}
    return issue, [State.FAILED], retry


def _changes_nothing(_: Callable[[], float]) -> tuple[Any, ...]:
    return {"labeled_by": "ada", "attempts": _ends("complete")}, [State.NO_CHANGE]


def _unlabelled(at: Callable[[], float]) -> tuple[Any, ...]:
    """Somebody takes the label off, before it is done or after."""
    off = {"when": {"seconds": at()}, "unlabel": {"issue": "unlabelled", "by": "ada"}}
    return _published("unlabelled"), [State.CANCELLED, State.IN_REVIEW, None], off


def _closed(at: Callable[[], float]) -> tuple[Any, ...]:
    """Somebody closes the issue, before it is done or after."""
    close = {"when": {"seconds": at()}, "close": {"issue": "closed", "by": "ada", "reason": "not_planned"}}
    return _published("closed"), [State.CANCELLED, State.IN_REVIEW, None], close


def _strange(at: Callable[[], float]) -> tuple[Any, ...]:
    """A stranger comments what only others may ask for."""
    word = {"when": {"seconds": at()}, "comment": {"issue": "strange", "by": "sam", "text": "/cancel"}}
    issue = _published("strange")
    return issue | {"expect": {**issue["expect"], "replies": ["permission"]}}, [State.IN_REVIEW], word


_KINDS: dict[str, Callable[[Callable[[], float]], tuple[Any, ...]]] = {
    "after": _after,
    "asks": _asks,
    "nothing": _changes_nothing,
    "unlabelled": _unlabelled,
    "closed": _closed,
    "strange": _strange,
}

# -- what goes wrong

_API = (
    *("POST .*/comments$", "PATCH .*/issues/comments/", "POST .*/pulls$", "GET .*/pulls", "POST .*/labels$"),
    *("GET .*/issues", "GET .*/comments", "GET .*/collaborators/", "DELETE .*/labels/", "POST .*/reactions$"),
    *("GET /repos/octo/clock$", " /repos/"),
)
_REQUESTS = (*_API, "GET .*git/info/refs", "POST .*git-upload-pack", "POST .*git-receive-pack", ".")
_WEBHOOKS = (
    "issues.opened",
    "issues.labeled",
    "issues.unlabeled",
    "issues.closed",
    "issue_comment",
    "pull_request",
    ".",
)
_STEPS = 40  # about as many as such a night takes


def _faults(chance: random.Random) -> tuple[Fault, ...]:
    drawn = [_fault(chance) for _ in range(chance.randint(3, 7))]
    if chance.random() < 0.3:  # noqa: PLR2004 - at most one: after the third a push counts as refused for good
        drawn.append({"reject_push": {"branch": "auto/*", "message": "error: remote is busy"}})
    return tuple(map(Fault.model_validate, drawn))


def _fault(chance: random.Random) -> Json:
    """One fault of GitHub, of git, or of the webhooks."""
    on, times = chance.choice(_REQUESTS), chance.choice((1, 1, 2))
    seconds = round(chance.uniform(0.2, 2.5), 2)
    hook = chance.choice(_WEBHOOKS)
    kinds: list[Json] = [
        {"answer": {"on": on, "status": chance.choice((500, 502, 503)), "times": times}},
        {"answer": {"on": on, "status": 429, "times": times, **_limit(chance)}},
        {"answer": {"on": chance.choice(_API), "status": 403, "times": times, **_limit(chance)}},  # git: no permission
        {"answer": {"on": "(POST|PATCH|DELETE) /repos/", "status": 307, "headers": {"Location": "/nowhere"}}},
        {"reset": {"on": on, "times": times}},
        {"half_answer": {"on": on, "times": times}},
        {"lose_answer": {"on": on, "times": times}},
        {"slow_answer": {"on": on, "seconds": seconds, "times": times}},
        {"delay": {"on": on, "seconds": seconds, "times": times}},
        {"stale_reads": {"of": chance.choice(("comments", "pull_requests")), "reads": times}},
        {"lose_webhook": {"on": hook, "times": times}},
        {"fail_webhook": {"on": hook, "times": 5}},
        {"double_webhook": {"on": hook, "times": 3}},
        {"delay_webhook": {"on": hook, "seconds": seconds, "times": times}},
    ]
    return chance.choice(kinds)


def _limit(chance: random.Random) -> Json:
    """How a limit is told: with the seconds, with the hour's reset, or in words alone."""
    return chance.choice(
        (
            {"message": "You have exceeded a secondary rate limit.", "retry_after": 2},
            {"message": "API rate limit exceeded for user ID 1."},
            {"message": "You have exceeded a secondary rate limit."},
        )
    )


def _strikes(chance: random.Random) -> tuple[Strike, ...]:
    return tuple(_strike(chance) for _ in range(chance.randint(1, 3)))


def _strike(chance: random.Random) -> Strike:
    blow = chance.choice((Blow.WORKER, Blow.WORKER, Blow.MACHINE, *Blow))
    step = chance.choice((None, *Checkpoint))
    return Strike(
        blow=blow,
        step=step,
        nth=chance.randint(1, _STEPS) if step is None else chance.randint(1, 3),
        delay=round(chance.choice((0.0, chance.uniform(0, 1.5))), 3),
        seconds=chance.choice((-3600, -30, 30, 3600, 86400)) if blow is Blow.CLOCK else 0,
    )
