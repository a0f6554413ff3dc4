"""Whatever becomes of the deliveries, the ledger ends where it would have ended: doubled, lost, late, in any order; and
by polling alone.

Three ledgers look at one simulated GitHub on which people act. The first hears of each act at once and in order. The
second gets the same deliveries as chance has it, with passes between them; the third none at all. Nothing runs, so
what they end with is what they took in.
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
    """`what` somebody does; `later` seconds pass first; the pollers look after it if `polled`."""

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


# Without shrinking: an example takes half a second, and tells in its notes what was done.
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(begun=BEGUN, acts=ACTS, heard=HEARD)
def test_every_way_leads_to_the_same_end(
    scene: Scene, begun: str, acts: Sequence[Act], heard: Sequence[tuple[int, bool]]
) -> None:
    prompt, jumbled, deaf = bots = scene.bots(3)
    with closing(prompt.store), closing(jumbled.store), closing(deaf.store):
        for bot in bots:
            bot.look()
        issue, waiting = begin(scene, bots, begun)
        sent = play(scene, bots, issue, acts)
        jumble(scene, jumbled, sent, heard)
        ends = settled(scene, bots, issue, waiting)
    assert ends[jumbled] == ends[prompt], "in any order"
    assert ends[deaf] == ends[prompt], "by polling alone"


THESE = {
    "an edit found late, and a /cancel": ("queued", ("edit", "/cancel")),
    "an edit of what was cancelled": ("queued", ("/cancel", "edit")),
    "another try that was taken back": ("in review", ("/retry", "unlabel")),
    "another try, after the label went": ("in review", ("unlabel", "/retry")),
    "taken back, and asked for again": ("in review", ("/retry", "unlabel", "label")),
    "cancelled between two tries": ("failed", ("/retry", "/cancel", "/retry turns=50")),
}


@pytest.mark.parametrize(("begun", "acts"), THESE.values(), ids=THESE.keys())
def test_these_end_the_same_in_every_order(scene: Scene, begun: str, acts: Sequence[str]) -> None:
    """Each order of their deliveries, with and without passes between them; and none at all."""
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
            jumble(scene, bot, sent, [(index, looks) for index in order])
        ends = settled(scene, bots, issue, waiting)
    assert [ends[bot] for bot in others] == [ends[prompt]] * len(others)


def settled(scene: Scene, bots: Sequence[Bot], issue: IssueRef, waiting: IssueRef) -> dict[Bot, Any]:
    for _ in range(2):
        scene.clock.now += QUIET
        for bot in bots:
            bot.look()
    return {bot: (end(bot, issue), end(bot, waiting)) for bot in bots}


def play(scene: Scene, bots: Sequence[Bot], issue: IssueRef, acts: Sequence[Act]) -> list[Delivery]:
    """The first bot hears of each act at once; the others may look once in a while. Returns what was sent."""
    begun = since = len(scene.deliveries())
    for act in acts:
        scene.clock.now += timedelta(seconds=act.later)
        try:
            do(scene, issue, act.what)
        except Refused:
            continue  # what GitHub does not allow did not happen
        if currently_in_test_context():
            note(f"{scene.clock.now:%H:%M:%S} {act.what}")
        hear_all(bots[:1], new := scene.deliveries(since))
        since += len(new)
        for bot in bots[1:] if act.polled else ():
            bot.look()
    return scene.deliveries(begun)


def jumble(scene: Scene, bot: Bot, sent: Sequence[Delivery], heard: Sequence[tuple[int, bool]]) -> None:
    for index, look_first in heard if sent else ():
        if look_first:
            scene.clock.now += timedelta(minutes=3)
            bot.look()
        bot.hear(sent[index % len(sent)])


def end(bot: Bot, issue: IssueRef) -> Any:
    """What the ledger ends with. A task that came and went between two passes was never there for who only polls, and
    of what does not wait, the text is of no matter: whoever asks for it again approves it anew."""
    task = bot.task(issue)
    if task is None or task.state is State.CANCELLED:
        return "nothing"
    if task.state is not State.QUEUED:
        return task.state
    return (task.snapshot.title, task.snapshot.body, task.priority, task.overrides, task.blockers, task.failure)
