"""The contract of the port `bot/steps/executor.py`. Each executor passes it: add yours to `rig`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.execution import Beat, Ended
from tests.adapters.fleet.conftest import open_executor, place_on
from tests.adapters.fleet.rigs import Rig, order_of
from tests.adapters.fleet.servers import TemporalServer, hosts_of, is_alive
from tests.adapters.fleet.waiting import wait_for_beat, wait_for_end
from tests.patience import eventually


@pytest.fixture(scope="module", params=["temporal"])
def host(temporal_server: TemporalServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Of a module: it takes four attempts at once."""
    place, folder = place_on(temporal_server), tmp_path_factory.mktemp("contract")
    with hosts_of(place, folder) as hosts:
        hosts.start("only", WORKERS="4")
        yield Rig(open=lambda: open_executor(place), runs_of=hosts.runs_of, let=hosts.let)


@pytest.fixture
def rig(host: Rig) -> Iterator[Rig]:
    yield host
    host.close()


def test_an_order_runs_once_however_often_it_is_started(rig: Rig) -> None:
    """By one control plane, by another one, while it runs, after its end, and after it is forgotten."""
    order = order_of("wait")
    executor, another = rig.control_plane(), rig.control_plane()
    executor.start(order)
    another.start(order)
    eventually(lambda: len(rig.runs_of(order.name)) == 1, 60)
    executor.start(order)
    rig.let(order.name)
    ended = wait_for_end(executor, order.name)
    executor.start(order)
    executor.forget(order.name)
    executor.start(order)

    assert ended == Ended(name=order.name, result=f"made of wait by {next(iter(rig.runs_of(order.name)))}")
    assert len(rig.runs_of(order.name)) == 1


def test_progress_is_heard_and_only_what_is_new(rig: Rig) -> None:
    order = order_of("wait")
    executor = rig.control_plane()
    executor.start(order)

    beat = wait_for_beat(executor, order.name, lambda beat: beat.details.get("turns") == 3)
    assert {name: beat.details[name] for name in ("turns", "note", "usd")} == {
        "turns": 3,
        "note": "reads the heliotrope file",
        "usd": 0.5,
    }
    later = wait_for_beat(executor, order.name, lambda beat: beat.details.get("turns") == 3)
    assert later.at > beat.at
    assert executor.is_known(order.name)
    rig.let(order.name)
    wait_for_end(executor, order.name)
    assert [each for each in executor.watch() if isinstance(each, Beat) and each.name == order.name] == []


def test_an_end_is_reported_until_it_is_written_down(rig: Rig) -> None:
    """Also to a control plane that was not there when it came; afterwards the attempt is unknown."""
    order = order_of("fail")
    executor = rig.control_plane()
    executor.start(order)
    executor = rig.restart()
    expected = Ended(name=order.name, why="the heliotrope could not be mended")

    assert wait_for_end(executor, order.name) == expected
    assert wait_for_end(executor, order.name) == expected
    assert executor.is_known(order.name)
    executor = rig.restart()
    assert wait_for_end(executor, order.name) == expected
    executor.forget(order.name)
    assert not executor.is_known(order.name)
    executor = rig.restart()
    eventually(lambda: order.name not in {each.name for each in executor.watch()})
    assert not executor.is_known(order.name)


@pytest.mark.parametrize("reference", ["wait", "stubborn"])
def test_what_is_stopped_ends_with_all_its_processes(rig: Rig, reference: str) -> None:
    order = order_of(reference)
    executor = rig.control_plane()
    executor.start(order)
    eventually(lambda: len(rig.runs_of(order.name)) == 1, 60)
    (child,) = rig.runs_of(order.name)
    executor.stop(order.name)
    executor.stop(order.name)

    assert wait_for_end(executor, order.name) == Ended(name=order.name, why="it was cancelled")
    assert not is_alive(child)


def test_what_is_stopped_ends_with_what_it_has_made(rig: Rig) -> None:
    """It takes longer to put that away than a host may be silent."""
    order = order_of("slow")
    executor = rig.control_plane()
    executor.start(order)
    wait_for_beat(executor, order.name, lambda beat: beat.details.get("turns") == 3)
    (child,) = rig.runs_of(order.name)
    executor.stop(order.name)

    assert wait_for_end(executor, order.name) == Ended(name=order.name, result=f"made of slow by {child}")
    assert not is_alive(child)


def test_what_is_stopped_before_it_runs_never_runs(rig: Rig) -> None:
    """Its tag keeps it from every host; until then it is known, and heard of."""
    order = order_of("end", "nowhere")
    executor = rig.control_plane()
    executor.start(order)
    wait_for_beat(executor, order.name, lambda beat: True)
    assert executor.is_known(order.name)
    executor.stop(order.name)

    assert wait_for_end(executor, order.name) == Ended(name=order.name, why="it was cancelled")
    assert not rig.runs_of(order.name)


def test_a_stop_that_comes_too_late_changes_nothing(rig: Rig) -> None:
    order = order_of("end")
    executor = rig.control_plane()
    executor.start(order)
    ended = wait_for_end(executor, order.name)
    executor.stop(order.name)
    executor = rig.restart()

    assert wait_for_end(executor, order.name) == ended
    assert ended.result is not None


def test_what_was_never_started_is_unknown_and_can_be_stopped_and_forgotten(rig: Rig) -> None:
    executor = rig.control_plane()
    executor.stop("never")
    executor.forget("never")

    assert not executor.is_known("never")
    assert [each for each in executor.watch() if each.name == "never"] == []
