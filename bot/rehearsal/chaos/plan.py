"""The plan of a night with chaos: drawn from a seed, or made for one fault at one step. One seed, one plan."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.core.checkpoints import Checkpoint
from bot.rehearsal.chaos.drawing import draw_faults, draw_injections
from bot.rehearsal.chaos.injections import FaultKind, Injection
from bot.rehearsal.chaos.issues import KINDS, MAIN, OPERATOR, OTHER, Case, Ending, Reaction
from bot.rehearsal.chaos.stacked_issues import CALM_CHAIN, KINDS_OF_STACKS, METHODS, STACKS
from bot.rehearsal.faults import Fault
from bot.rehearsal.github.limits import ApiLimits
from bot.rehearsal.scenario import Scenario

LEASE_SECONDS = 5
POLL_SECONDS = 10
_SECONDS = 150.0  # of an idle machine, for one night; what has not come to an end by then is stuck
_LIMITED_SECONDS = 450.0  # an attempt that waits for a limit of GitHub waits real minutes, in which no time is advanced
_JUMP = 3600.0  # seconds that the clock jumps in a night that is for that alone
_ONLY_BY_APPS = frozenset({Checkpoint.CHECK_RUN_MADE})
_ONLY_IN_STACKS = frozenset(
    {Checkpoint.BASE_MOVED, Checkpoint.TEXT_SAVED, Checkpoint.RESTACK_QUEUED, Checkpoint.PUT_ON_TOP}
)
_ONLY_IN_NATIVE_STACKS = frozenset({Checkpoint.STACK_NOTED, Checkpoint.STACK_MADE})
_ONLY_AFTER_A_CLOSE = frozenset({Checkpoint.BASE_RESTORED, Checkpoint.REOPENED})
_ONLY_WITH_CLAIMS = frozenset({Checkpoint.CLAIM_NOTED, Checkpoint.BRANCH_CLAIMED})
_OF_A_PUSH = (
    Checkpoint.JUDGED,
    Checkpoint.PUSH_NOTED,
    Checkpoint.PUSHED,
    Checkpoint.PUSH_RECORDED,
    Checkpoint.PULL_REQUEST_SHOWN,
    Checkpoint.FINISHED,
)
_THEN = "+"
_LOW_LIMITS = ApiLimits(an_hour=90, points_a_minute=60, content_a_minute=6, content_an_hour=40)
_GITHUBS_LIMITS = ApiLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How the bot is set up. `webhooks`: whether there are any; `app`: whether it is a GitHub App; `workers`: processes
    on one ledger, 1 or 2; `limits`: the rate limits that GitHub enforces; `deletes`: GitHub deletes merged branches,
    `closes`: and once before it moves what is based on one; `has_stacks`: it has native stacks; `claims`: the branch of
    a task is there from its start."""

    webhooks: bool = True
    app: bool = False
    workers: int = 1
    limits: ApiLimits | None = None
    deletes: bool = False
    closes: bool = False
    has_stacks: bool = False
    claims: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`cases`: each kind of issue by its key, with how it may end. `name` is how to play it again. `must_fire`: each
    injection has to fire; a seed does not know how often its steps will be taken."""

    name: str
    scenario: Scenario
    cases: Mapping[str, Case]
    injections: tuple[Injection, ...]
    circumstances: Circumstances = Circumstances()
    must_fire: bool = False

    @property
    def endings(self) -> Mapping[str, frozenset[Ending | None]]:
        """In which ways each issue may end, by its key."""
        issues = [(issue["key"], case) for case in self.cases.values() for issue in case.issues]
        return {key: case.others.get(key, case.endings) for key, case in issues}

    @property
    def optional_replies(self) -> Mapping[str, str | None]:
        return {issue["key"]: case.optional_reply for case in self.cases.values() for issue in case.issues}

    @property
    def followers(self) -> frozenset[str]:
        """The issues whose pull requests may be put on top of another base."""
        return frozenset(issue["key"] for case in self.cases.values() if case.may_follow for issue in case.issues)

    @property
    def reactions(self) -> tuple[Reaction, ...]:
        return tuple(reaction for case in self.cases.values() for reaction in case.reactions)

    @property
    def workers(self) -> int:
        return self.circumstances.workers


def plan_named(key: str) -> Plan:
    """`17`, or `worker:pushed`: a fault and the step at whose first time it fires. Raises ValueError."""
    if key.isdecimal():
        return plan_of(int(key))
    kind, _, steps = key.partition(":")
    first, _, then = steps.partition(_THEN)
    try:
        return plan_for(FaultKind(kind), _read_step(then or first), after=_read_step(first) if then else None)
    except ValueError:
        raise ValueError(
            f"{key!r} is no night with chaos: expected a seed such as 1, or steps, or FAULT:STEP with a fault of "
            f"{', '.join(FaultKind)} and a step of {', '.join(NAMED_STEPS)}"
        ) from None


def _read_step(step: str) -> Checkpoint:
    return Checkpoint(step.replace("-", " "))


def name(step: Checkpoint) -> str:
    """A step in one word, as the command line takes it."""
    return step.value.replace(" ", "-")


NAMED_STEPS = (*map(name, Checkpoint), *(f"{name(Checkpoint.PUT_ON_TOP)}{_THEN}{name(step)}" for step in _OF_A_PUSH))
"""Each step, and those of a push once more: of what was put on top of another base."""


def plan_of(seed: int) -> Plan:
    chance = random.Random(seed)  # noqa: S311 - it has to come out the same again
    others = chance.sample(sorted(KINDS.keys() - {"fix"}), chance.choice((0, 1, 1, 2)))
    keys = ["fix", chance.choice(sorted(STACKS)), *others]
    return _plan(
        f"--chaos {seed}",
        keys,
        circumstances=_draw_circumstances(chance),
        faults=draw_faults(chance),
        injections=draw_injections(chance),
        at=lambda: round(chance.uniform(0.5, 6), 3),
        choose=lambda: chance.choice(METHODS),
    )


def plan_for(kind: FaultKind, step: Checkpoint, *, after: Checkpoint | None = None) -> Plan:
    """Nothing goes wrong but this. `after`: only after that step was taken."""
    injection = Injection(kind=kind, step=step, after=after, seconds=_JUMP if kind is FaultKind.CLOCK else 0)
    of_stacks = _ONLY_IN_STACKS | _ONLY_IN_NATIVE_STACKS | _ONLY_AFTER_A_CLOSE
    is_of_stacks = step in of_stacks or after in of_stacks
    keys = [CALM_CHAIN] if is_of_stacks else ["fix", "after", "asks"]
    named = f"--chaos {kind}:{f'{name(after)}{_THEN}' if after else ''}{name(step)}"
    circumstances = Circumstances(
        app=step in _ONLY_BY_APPS,
        deletes=step in _ONLY_AFTER_A_CLOSE,
        closes=step in _ONLY_AFTER_A_CLOSE,
        has_stacks=step in _ONLY_IN_NATIVE_STACKS,
        claims=step in _ONLY_WITH_CLAIMS,
    )
    drawn = _plan(
        named,
        keys,
        circumstances=circumstances,
        faults=(),
        injections=(injection,),
        at=lambda: 3.0,
        choose=lambda: "squash",
    )
    return replace(drawn, must_fire=True)


def _draw_circumstances(chance: random.Random) -> Circumstances:
    two = chance.random() < 0.2  # noqa: PLR2004
    return Circumstances(
        webhooks=chance.random() >= 0.15,  # noqa: PLR2004
        app=chance.random() < 0.25,  # noqa: PLR2004
        workers=2 if two else 1,
        limits=chance.choice((None, None, _GITHUBS_LIMITS, _LOW_LIMITS)),
        deletes=chance.random() < 0.3,  # noqa: PLR2004
    )


def _make_repository(circumstances: Circumstances) -> dict[str, object]:
    settings = {".github/nightshift.yml": "claim_branch: true\n"} if circumstances.claims else {}
    return {
        "files": {"README.md": "# It\n", **settings},
        "delete_branch_on_merge": circumstances.deletes,
        "late_base_changes": int(circumstances.closes),
        "native_stacks": circumstances.has_stacks,
    }


def _plan(
    name: str,
    keys: list[str],
    *,
    circumstances: Circumstances,
    faults: tuple[Fault, ...],
    injections: tuple[Injection, ...],
    at: Callable[[], float],
    choose: Callable[[], str],
) -> Plan:
    cases = {key: KINDS_OF_STACKS[key](choose) if key in KINDS_OF_STACKS else KINDS[key](at) for key in keys}
    begin = _make_repository(circumstances)
    scenario = Scenario.model_validate(
        {
            "name": name,
            "seconds": _LIMITED_SECONDS if circumstances.limits is _LOW_LIMITS else _SECONDS,
            "settings": {
                "LEASE_SECONDS": str(LEASE_SECONDS),
                "POLL_SECONDS": str(POLL_SECONDS),
                "WORKERS": "2",
                "PER_REPOSITORY": "2",
                **{setting: value for case in cases.values() for setting, value in case.settings.items()},
            },
            "repositories": [{"name": each, **begin} for each in (MAIN, OTHER)],
            "people": [
                *({"login": login, "roles": {MAIN: "maintain", OTHER: "maintain"}} for login in ("ada", OPERATOR)),
                {"login": "sam"},
            ],
            "issues": [issue for case in cases.values() for issue in case.issues],
            "moments": [moment for case in cases.values() for moment in case.moments],
        }
    )
    return Plan(
        name=name,
        scenario=scenario.model_copy(update={"faults": faults}),
        cases=cases,
        injections=injections,
        circumstances=circumstances,
    )
