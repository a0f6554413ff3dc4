"""The ledger reaches the same end with deliveries that are doubled, lost, late or out of order, and by polling alone.

Three ledgers follow one simulated GitHub on which people act. The first receives each delivery at once and in order.
The second receives the same deliveries in a random order, with passes between them. The third receives none. No session
runs, so only what the ledgers received decides their end.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, currently_in_test_context, given, note, settings
from hypothesis import strategies as st

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.records import Delivery
from bot.rehearsal.github.world import Refused
from tests.stories.ledgers import QUIET, Bot, Scene, a_scene, begin, do, hear_all


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with a_scene(tmp_path_factory.mktemp("any_order")) as scene:
        yield scene


@dataclass(frozen=True)
class Act:
    """`what` a person does, `later` seconds after the act before. `polled`: the other ledgers poll after it."""

    what: str
    later: int
    polled: bool


WHAT = (
    *("label", "label by triage", "unlabel", "edit", "rename", "close", "close as not planned", "reopen"),
    *("/retry", "/retry turns=50", "/cancel", "high", "close the pull request", "reopen the pull request", "merge"),
)
ACTS = st.lists(st.builds(Act, st.sampled_from(WHAT), st.integers(1, 90), st.booleans()), min_size=1, max_size=7)
# Which delivery comes next (the same one may come again, another one never), and whether a pass comes before it.
HEARD = st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=14)
BEGUN = st.sampled_from(["new", "queued", "failed", "in review"])


# Each run draws new examples; Hypothesis keeps one that fails and repeats it first. Few, because an example takes up to
# two seconds: tests/core/test_approval_histories.py tests the same laws over thousands of histories. Without shrinking,
# because the notes of an example say what was done.
@settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(begun=BEGUN, acts=ACTS, heard=HEARD)
def test_every_order_of_deliveries_leads_to_the_same_end(
    scene: Scene, begun: str, acts: Sequence[Act], heard: Sequence[tuple[int, bool]]
) -> None:
    prompt, shuffled, polling = bots = scene.bots(3)
    with closing(prompt.store), closing(shuffled.store), closing(polling.store):
        for bot in bots:
            bot.look()
        issue, waiting = begin(scene, bots, begun)
        sent = play(scene, bots, issue, acts)
        shuffle(scene, shuffled, sent, heard)
        ends = settle(scene, bots, issue, waiting)
    assert ends[shuffled] == ends[prompt], "in any order"
    assert ends[polling] == ends[prompt], "by polling alone"


SEQUENCES = {
    "an edit found late, and a /cancel": ("queued", ("edit", "/cancel")),
    "an edit of what was cancelled": ("queued", ("/cancel", "edit")),
    "another try that was taken back": ("in review", ("/retry", "unlabel")),
    "another try, after the label went": ("in review", ("unlabel", "/retry")),
    "taken back, and asked for again": ("in review", ("/retry", "unlabel", "label")),
    "cancelled between two tries": ("failed", ("/retry", "/cancel", "/retry turns=50")),
}


@pytest.mark.parametrize(("begun", "acts"), SEQUENCES.values(), ids=SEQUENCES.keys())
def test_a_known_sequence_ends_the_same_in_every_order(scene: Scene, begun: str, acts: Sequence[str]) -> None:
    """Every order of the deliveries, with and without passes between them, and no delivery at all."""
    orders = [(), *itertools.permutations(range(len(acts)))]
    prompt, *others = bots = scene.bots(1 + 2 * len(orders))
    with ExitStack() as open_ledgers:
        for bot in bots:
            open_ledgers.callback(bot.store.close)
            bot.look()
        issue, waiting = begin(scene, bots, begun)
        sent = play(scene, bots[:1], issue, [Act(what, 60, polled=False) for what in acts])
        assert len(sent) == len(acts)
        for bot, (order, looks) in zip(others, itertools.product(orders, (False, True)), strict=True):
            shuffle(scene, bot, sent, [(index, looks) for index in order])
        ends = settle(scene, bots, issue, waiting)
    assert [ends[bot] for bot in others] == [ends[prompt]] * len(others)


def settle(scene: Scene, bots: Sequence[Bot], issue: IssueRef, waiting: IssueRef) -> dict[Bot, Any]:
    for _ in range(2):
        scene.clock.now += QUIET
        for bot in bots:
            bot.look()
    return {bot: (end(bot, issue), end(bot, waiting)) for bot in bots}


def play(scene: Scene, bots: Sequence[Bot], issue: IssueRef, acts: Sequence[Act]) -> list[Delivery]:
    """The first bot receives each delivery at once; the others poll where an act says so. Returns the deliveries."""
    begun = since = len(scene.deliveries())
    for act in acts:
        scene.clock.now += timedelta(seconds=act.later)
        try:
            do(scene, issue, act.what)
        except Refused:
            continue  # GitHub does not allow it, so it did not happen
        if currently_in_test_context():
            note(f"{scene.clock.now:%H:%M:%S} {act.what}")
        hear_all(bots[:1], new := scene.deliveries(since))
        since += len(new)
        for bot in bots[1:] if act.polled else ():
            bot.look()
    return scene.deliveries(begun)


def shuffle(scene: Scene, bot: Bot, sent: Sequence[Delivery], heard: Sequence[tuple[int, bool]]) -> None:
    for index, look_first in heard if sent else ():
        if look_first:
            scene.clock.now += timedelta(minutes=3)
            bot.look()
        bot.hear(sent[index % len(sent)])


def end(bot: Bot, issue: IssueRef) -> Any:
    """The end in the ledger. Polling never sees a task that was queued and cancelled between two passes. The text of a
    task that is not queued does not matter: the next request approves the text of then."""
    task = bot.task(issue)
    if task is None or task.state is State.CANCELLED:
        return "nothing"
    if task.state is not State.QUEUED:
        return task.state
    return (task.snapshot.title, task.snapshot.body, task.priority, task.overrides, task.blockers, task.failure)
