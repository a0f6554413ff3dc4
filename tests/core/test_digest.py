"""What a night came to: which tasks a digest names, where, and when there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.digest import Digest, is_over
from bot.core.digest_parts import NamedIssue
from bot.core.failures import FailureKind, Turn
from bot.core.pauses import Cause, Pause
from bot.core.spend import spend_of
from bot.core.tasks import Lint, State
from tests.core.nights import BEGINS, DURING, EARLIER, MORNING, NIGHT, SHOP, a_task, an_attempt, digest_of, failed, shop
from tests.core.nights import in_review as reviewed

ENDS_NOT = Pause(cause=Cause.ACCOUNT, until=None, reason="The account has no credit left.", since=DURING)

UNPROVEN = "for 1 issue it could not be proven that the gate and the sandbox held"


def numbers(named: tuple[NamedIssue, ...]) -> list[int]:
    return [each.issue.number for each in named]


def places(digest: Digest) -> dict[str, list[int]]:
    """The list of the digest that names an issue."""
    lists = ("questions", "failures", "waits", "not_run", "merged", "no_change", "stopped", "running")
    found = {name: numbers(getattr(digest, name)) for name in lists}
    found["reviews"] = [each.issue.number for each in digest.reviews]
    return {name: listed for name, listed in found.items() if listed}


@pytest.mark.parametrize("state", State)
def test_a_task_that_changed_in_the_night_is_in_exactly_one_list(state: State) -> None:
    """Whatever state it came to, failed with any kind included."""
    kinds = list(FailureKind) if state is State.FAILED else [None]
    for kind in kinds:
        task = a_task(1, state, pull_request=101, failure=kind)
        assert list(places(digest_of(task)).values()) == [[1]], (state, kind)


def test_what_failed_in_earlier_nights_is_counted_and_what_is_in_review_is_listed() -> None:
    """The order of merging concerns every open pull request; `nightshift list` has the rest."""
    old = [failed(1, at=EARLIER), failed(2, FailureKind.NEEDS_INFO, at=EARLIER), reviewed(3, at=EARLIER)]
    over = [a_task(4, State.DONE, at=EARLIER), a_task(5, State.NO_CHANGE, at=EARLIER)]
    digest = digest_of(*old, *over)

    assert (places(digest), digest.older, digest.reviews[0].is_new) == ({"reviews": [3]}, 2, False)
    assert digest.is_empty


def test_an_old_failure_that_was_tried_again_is_of_this_night() -> None:
    digest = digest_of(failed(1, at=EARLIER), attempts=[an_attempt(1)])

    assert (places(digest), digest.older) == ({"failures": [1]}, 0)


def test_what_was_only_edited_tonight_is_not_of_this_night() -> None:
    """A task changes with its priority and its text too."""
    edited = [failed(1, at=DURING), reviewed(2, at=DURING)]
    digest = digest_of(*edited, moved={})

    assert (places(digest), digest.older, digest.reviews[0].is_new) == ({"reviews": [2]}, 1, False)
    assert digest.moved_at == BEGINS


def test_a_night_in_which_nothing_ran_is_empty() -> None:
    """What waits for a merge waited before, and what a person paused, that person knows of."""
    waits = a_task(2, State.QUEUED, blocked_by=[shop(1)], at=EARLIER)
    held = a_task(3, State.QUEUED, at=EARLIER)
    for cause in (Cause.PERSON, Cause.STOP, Cause.LABEL, Cause.WINDOW):
        pause = replace(ENDS_NOT, cause=cause)
        assert digest_of(reviewed(1, at=EARLIER), waits, held, pauses={SHOP: pause}).is_empty, cause
    assert digest_of().is_empty


def test_a_night_that_asks_nothing_of_anybody_is_empty_though_something_ran() -> None:
    """Nothing needed to change, and what a person merged, closed or stopped that person knows of. It is not idle:
    who asks on the command line reads of it."""
    ends = (State.NO_CHANGE, State.DONE, State.CLOSED, State.CANCELLED)
    ended = [a_task(number, state) for number, state in enumerate(ends)]
    quiet = digest_of(*ended, attempts=[an_attempt(0), an_attempt(3)])

    assert (quiet.is_empty, quiet.is_idle) == (True, False)
    assert digest_of(*ended).is_idle
    assert not digest_of(*ended, failed(4), attempts=[an_attempt(0)]).is_empty


def test_a_night_in_which_something_ran_and_something_else_did_not_is_not_empty() -> None:
    """An automatic retry, the end of the window. What a person paused is known to that person."""
    again = a_task(1, State.QUEUED, not_before=MORNING + timedelta(hours=1), failure=FailureKind.API_UNAVAILABLE)
    ran = [an_attempt(1)]

    assert not digest_of(again, attempts=ran).is_empty
    assert not digest_of(a_task(2, State.QUEUED, at=EARLIER), attempts=ran).is_empty
    for cause in (Cause.PERSON, Cause.STOP, Cause.LABEL):
        assert digest_of(again, pauses={SHOP: replace(ENDS_NOT, cause=cause)}, attempts=ran).is_empty, cause


@pytest.mark.parametrize("cause", [Cause.ACCOUNT, Cause.GITHUB, Cause.USAGE_LIMIT, Cause.BUDGET])
def test_a_night_in_which_nothing_could_run_is_not_empty(cause: Cause) -> None:
    pause = replace(ENDS_NOT, cause=cause)

    assert not digest_of(a_task(1, State.QUEUED, at=EARLIER), pauses={SHOP: pause}).is_empty
    assert digest_of(pauses={SHOP: pause}).is_empty  # there was nothing to run


@pytest.mark.parametrize("task", [failed(1), failed(1, FailureKind.NEEDS_INFO), reviewed(1), a_task(1, State.RUNNING)])
def test_what_a_person_has_not_seen_yet_makes_a_digest(task: object) -> None:
    """Also without an attempt, as for a cycle of blockers."""
    assert not digest_of(task).is_empty  # type: ignore[arg-type]


def test_a_task_that_was_asked_for_after_the_night_did_not_miss_it() -> None:
    during, after = a_task(1, State.QUEUED, asked=DURING), a_task(2, State.QUEUED, asked=MORNING)

    assert places(digest_of(during, after)) == {"not_run": [1]}


def test_each_task_that_did_not_run_has_the_reason_that_holds_for_it() -> None:
    """A pause goes before what holds the task alone, as in its comment. A wait for another issue is no missed run."""
    again = a_task(3, State.QUEUED, not_before=MORNING + timedelta(hours=1), failure=FailureKind.API_UNAVAILABLE)
    tasks = [a_task(1, State.QUEUED), a_task(2, State.QUEUED), again, a_task(4, State.QUEUED, blocked_by=[shop(1)])]
    budget = replace(ENDS_NOT, cause=Cause.BUDGET, reason="The budget is used up.")
    told = {
        each.issue.number: (each.why, each.cause) for each in digest_of(*tasks, holds={shop(2): "10 wait."}).not_run
    }

    assert told == {
        1: ("The night ended before its turn.", None),
        2: ("10 wait.", None),
        3: ("Nightshift tries again after 2026-03-02 09:00 UTC, since it failed with `api_unavailable`.", None),
    }
    held = digest_of(*tasks, pauses={SHOP: budget}, holds={shop(2): "10 wait."}).not_run
    assert {(each.why, each.cause) for each in held} == {("The budget is used up.", Cause.BUDGET)}
    assert digest_of(tasks[0], now=DURING).not_run[0].why == "It waits for its turn in the queue."


def test_what_waits_for_go_is_for_a_person_to_start_and_does_not_hold_the_night_open() -> None:
    held = replace(a_task(1, State.QUEUED), lint=Lint.WAITS)
    digest, old = digest_of(held), digest_of(replace(held, updated_at=EARLIER), moved={})

    assert (numbers(digest.to_start), digest.is_empty, old.is_empty) == ([1], False, True)
    assert "`/go`" in digest.not_run[0].why
    assert is_over(replace(digest, at=digest.moved_at + timedelta(hours=1)))


def test_what_waits_names_the_pull_requests_to_merge_and_the_other_issues() -> None:
    task = a_task(4, State.QUEUED, blocked_by=[shop(1), shop(2), shop(9)])
    waiting = digest_of(reviewed(1), failed(2), task).waits[0]

    assert (waiting.pull_requests, waiting.failed, waiting.issues) == ((shop(101),), (shop(2),), (shop(9),))


def test_a_review_names_what_to_merge_first_what_it_conflicts_with_and_who_waits() -> None:
    first, second = reviewed(1), reviewed(2, blocked_by=[shop(1)])
    waits = a_task(3, State.QUEUED, blocked_by=[shop(2)])
    one, two = digest_of(second, first, waits, conflicts=[(shop(102), shop(101))]).reviews

    assert (one.pull_request, one.merge_first, one.conflicts, one.unblocks) == (shop(101), (), (shop(102),), ())
    assert (two.pull_request, two.merge_first, two.unblocks) == (shop(102), (shop(101),), (shop(3),))


def test_a_blocker_that_was_merged_is_not_named() -> None:
    done = a_task(1, State.DONE, pull_request=101)

    assert digest_of(done, reviewed(2, blocked_by=[shop(1)])).reviews[0].merge_first == ()


def test_failures_are_ordered_by_urgency() -> None:
    """First what may do harm, then what fails all others too, then what only waits for a person's hand; of one urgency,
    those of a kind beside each other."""
    kinds = [
        FailureKind.API_UNAVAILABLE,
        FailureKind.DEPENDENCY_CYCLE,
        FailureKind.VERIFICATION_FAILED,
        FailureKind.PUSH_REJECTED,
        FailureKind.AUTH_FAILED,
        FailureKind.GUARDS_UNPROVEN,
    ]
    mixed = [failed(number, kind) for number, kind in enumerate(kinds)]
    assert numbers(digest_of(*mixed).failures) == [5, 4, 3, 2, 1, 0]

    same = [failed(1), failed(2, FailureKind.TASK_BLOCKED), failed(3), failed(4, FailureKind.TASK_BLOCKED)]
    assert numbers(digest_of(*same).failures) == [2, 4, 1, 3]


def test_what_the_operator_has_to_fix_comes_before_what_concerns_one_issue() -> None:
    tasks = [failed(1), failed(2, FailureKind.SECRET_DETECTED), failed(3, FailureKind.SETUP_FAILED)]
    failures = digest_of(*tasks).failures

    assert (numbers(failures), failures[1].turn) == ([2, 3, 1], Turn.OPERATOR)


def test_a_failure_of_nightshift_is_a_maintainers_turn_once_its_retries_are_used_up() -> None:
    assert digest_of(failed(1, FailureKind.STALLED)).failures[0].turn is Turn.MAINTAINER


@pytest.mark.parametrize(
    ("tasks", "bad"),
    [
        ([reviewed(1), failed(2)], ""),
        ([reviewed(1), failed(2), failed(3)], "2 of 3 issues failed"),
        ([failed(1)], "1 of 1 issue failed"),
        ([failed(1), a_task(2, State.NO_CHANGE)], ""),
        ([failed(1), a_task(2, State.DONE)], ""),
        ([failed(1), reviewed(2, at=EARLIER)], "1 of 1 issue failed"),
        ([failed(1, FailureKind.NEEDS_INFO)], ""),
        ([failed(1, at=EARLIER), failed(2, at=EARLIER)], ""),
        (
            [reviewed(1), failed(2, FailureKind.GUARDS_UNPROVEN)],
            UNPROVEN,
        ),
        ([], ""),
    ],
)
def test_a_night_is_bad_if_more_failed_than_came_to_something(tasks: list[object], bad: str) -> None:
    assert digest_of(*tasks).bad == bad  # type: ignore[arg-type]


@pytest.mark.parametrize("cause", Cause)
def test_a_night_is_bad_if_something_held_the_queue_that_no_person_meant(cause: Cause) -> None:
    pause = replace(ENDS_NOT, cause=cause)
    digest = digest_of(reviewed(1), a_task(2, State.QUEUED), pauses={SHOP: pause})
    is_bad = cause in {Cause.ACCOUNT, Cause.GITHUB, Cause.USAGE_LIMIT}

    assert digest.bad == ("1 issue did not run. The account has no credit left" if is_bad else "")
    assert (digest.holding is not None) == (cause in {Cause.ACCOUNT, Cause.GITHUB})


def test_spending_is_added_up_and_compared_with_the_night_before() -> None:
    digest = digest_of(attempts=[an_attempt(1, usd=0.5), an_attempt(2, usd=1.25)], before=[an_attempt(usd=3)])

    assert (digest.spend.usd, digest.spend.attempts, digest.spend.turns, digest.spend.seconds) == (1.75, 2, 8, 120)
    assert digest.before == spend_of([an_attempt(usd=3)])
    assert NIGHT.begins == BEGINS
