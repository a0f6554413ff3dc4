"""Nights with chaos are drawn from a seed: the same one gives the same night, and together they leave nothing out."""

from __future__ import annotations

import json

import pytest

from bot.core.checkpoints import Checkpoint
from bot.rehearsal.chaos.injections import FaultKind, Injection, Record
from bot.rehearsal.chaos.issues import KINDS
from bot.rehearsal.chaos.plan import NAMED_STEPS, Circumstances, name, plan_for, plan_named, plan_of
from bot.rehearsal.chaos.stacked_issues import CALM_CHAIN, METHODS, STACKS
from bot.rehearsal.faults import Fault

SEEDS = range(1, 501)


def test_a_seed_always_gives_the_same_night() -> None:
    assert plan_of(17) == plan_of(17)
    assert plan_of(17) != plan_of(18)
    assert plan_named("17") == plan_of(17)


def test_five_hundred_seeds_leave_nothing_out() -> None:
    """Each kind of fault, each step, each kind of fault and each kind of issue comes up."""
    plans = [plan_of(seed) for seed in SEEDS]

    assert {injection.kind for plan in plans for injection in plan.injections} == set(FaultKind)
    assert {injection.step for plan in plans for injection in plan.injections} == {None, *Checkpoint}
    kinds = {kind for plan in plans for fault in plan.scenario.faults for kind in fault.model_dump(exclude_none=True)}
    assert kinds >= set(Fault.model_fields)
    assert {key for plan in plans for key in plan.cases} == set(KINDS) | set(STACKS)
    assert all(plan.cases.keys() & STACKS.keys() for plan in plans)
    merges = [moment.merge.method for plan in plans for moment in plan.scenario.moments if moment.merge]
    assert set(merges) == set(METHODS)
    assert {plan.circumstances.deletes for plan in plans} == {True, False}


def test_limits_are_reported_in_every_way_that_github_has() -> None:
    """403 and 429, with the seconds, with the hour's reset, and without any header."""
    answers = [fault.answer for seed in SEEDS for fault in plan_of(seed).scenario.faults if fault.answer]
    limits = {(each.status, each.retry_after, each.message.split()[0]) for each in answers if each.status in {403, 429}}
    assert {(status, *way) for status in (403, 429) for way in ((2, "You"), (None, "API"), (None, "You"))} == limits
    assert {307, 500, 502, 503} <= {each.status for each in answers}


@pytest.mark.parametrize("step", Checkpoint)
def test_each_step_has_a_separate_night(step: Checkpoint) -> None:
    plan = plan_named(f"machine:{name(step)}")
    assert plan == plan_for(FaultKind.MACHINE, step)
    assert plan.injections == (Injection(kind=FaultKind.MACHINE, step=step),)
    assert plan.scenario.faults == ()
    assert plan.must_fire
    assert not plan_of(1).must_fire


def test_each_step_of_following_a_base_has_a_separate_night() -> None:
    """In a chain that is merged part by part, whose first push after the commits were put on top is that of them."""
    plan = plan_named("machine:put-on-top+pushed")
    assert plan.injections == (Injection(kind=FaultKind.MACHINE, step=Checkpoint.PUSHED, after=Checkpoint.PUT_ON_TOP),)
    assert set(plan.cases) == {CALM_CHAIN} == set(plan_named("worker:base-moved").cases)
    assert plan.must_fire
    assert [plan_named(f"worker:{step}").name for step in NAMED_STEPS] == [
        f"--chaos worker:{step}" for step in NAMED_STEPS
    ]
    (injection,) = plan.injections
    assert not injection.is_due([Checkpoint.PUSHED, Checkpoint.PUT_ON_TOP])
    assert injection.is_due([Checkpoint.PUSHED, Checkpoint.PUT_ON_TOP, Checkpoint.PUSHED])
    assert str(injection) == "machine at pushed #1 after put on top"


@pytest.mark.parametrize(
    ("step", "circumstances"),
    [
        (Checkpoint.STACK_NOTED, Circumstances(has_stacks=True)),
        (Checkpoint.STACK_MADE, Circumstances(has_stacks=True)),
        (Checkpoint.BASE_RESTORED, Circumstances(deletes=True, closes=True)),
        (Checkpoint.REOPENED, Circumstances(deletes=True, closes=True)),
        (Checkpoint.CLAIM_NOTED, Circumstances(claims=True)),
        (Checkpoint.BRANCH_CLAIMED, Circumstances(claims=True)),
        (Checkpoint.PUSHED, Circumstances()),
    ],
)
def test_a_step_has_the_circumstances_in_which_it_is_taken(step: Checkpoint, circumstances: Circumstances) -> None:
    assert plan_for(FaultKind.WORKER, step).circumstances == circumstances


@pytest.mark.parametrize("step", Checkpoint)
def test_only_an_app_makes_check_runs(step: Checkpoint) -> None:
    """With a token that step would never be taken, and its night would fail."""
    assert plan_for(FaultKind.WORKER, step).circumstances.app is (step is Checkpoint.CHECK_RUN_MADE)


def test_a_clock_that_is_to_jump_does_so() -> None:
    """A jump of no seconds would be no fault."""
    assert plan_named("clock:collected").injections == (
        Injection(kind=FaultKind.CLOCK, step=Checkpoint.COLLECTED, seconds=3600),
    )


@pytest.mark.parametrize("key", ["", "-1", "pushed", "worker:lunch", "comet:pushed", "worker:", "worker:lunch+pushed"])
def test_the_error_for_a_key_that_names_no_night_says_which_would(key: str) -> None:
    with pytest.raises(ValueError, match="expected a seed such as 1, or steps, or FAULT:STEP"):
        plan_named(key)


def test_an_injection_fires_at_its_step_and_not_before() -> None:
    injection = Injection(kind=FaultKind.WORKER, step=Checkpoint.PUSHED, nth=2)
    assert not injection.is_due([Checkpoint.PUSHED, Checkpoint.CLAIMED, Checkpoint.CLAIMED])
    assert injection.is_due([Checkpoint.PUSHED, Checkpoint.CLAIMED, Checkpoint.PUSHED])
    assert Injection(kind=FaultKind.GIT, nth=3).is_due([Checkpoint.CLAIMED, Checkpoint.PUSHED, Checkpoint.MESSAGE_SENT])


def test_the_record_outlives_the_process_that_writes_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The plan, what was reached and fired, and the time are the same for the next process."""
    folder = tmp_path_factory.mktemp("night") / "record"
    injections = (*plan_of(3).injections, *plan_named("worker:put-on-top+pushed").injections)
    first = Record.begin(folder, injections)
    first.note(step=Checkpoint.CLAIMED, subject="octo/clock#1")
    first.note(triggered=0)
    first.note(triggered=1)
    first.note(fired=0, what="an injection")
    first.skip(30)
    first.skip(12)
    first.jump(-3600)

    then = Record(folder)

    assert tuple(then.injections()) == injections
    assert (then.steps(), then.triggered(), then.fired()) == ([Checkpoint.CLAIMED], {0, 1}, {0})
    assert (then.ahead(), then.skew()) == (42, -3600)
    assert all(json.dumps(event) for event in then.events())
