"""Hosts are real processes and Temporal is a real server: what is lost, frozen, cancelled or drained ends well."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest

from bot.adapters.executors.connection import Place
from bot.adapters.executors.temporal import TemporalExecutor
from bot.core.execution import Beat, ExecutorUnreachable
from tests.adapters.fleet.conftest import open_executor
from tests.adapters.fleet.rigs import order_of
from tests.adapters.fleet.servers import Hosts, TemporalServer, is_alive
from tests.adapters.fleet.waiting import wait_for_end, wait_for_run
from tests.adapters.fleet.wires import wire_to
from tests.patience import eventually


def test_a_host_that_is_killed_is_replaced_and_its_work_ends_with_it(executor: TemporalExecutor, hosts: Hosts) -> None:
    """kill -9 of the host, in the middle of an attempt: nothing of it runs on, and another host starts it again."""
    order = order_of("wait")
    hosts.start("first")
    executor.start(order)
    (child,) = wait_for_run(hosts, order.name)
    hosts.signal("first", signal.SIGKILL)
    eventually(lambda: not is_alive(child))
    hosts.let(order.name)
    hosts.start("second")

    ended = wait_for_end(executor, order.name)

    (second,) = set(hosts.runs_of(order.name)) - {child}
    assert ended.result == f"made of wait by {second}"


def test_a_frozen_host_that_wakes_later_counts_for_nothing(executor: TemporalExecutor, hosts: Hosts) -> None:
    """It and its child stand still, another host takes the attempt, and the result of the first one is not taken."""
    order = order_of("wait")
    hosts.start("first")
    executor.start(order)
    (frozen,) = wait_for_run(hosts, order.name)
    hosts.signal("first", signal.SIGSTOP)
    hosts.start("second")
    second = next(iter(set(wait_for_run(hosts, order.name, 2)) - {frozen}))
    hosts.signal("first", signal.SIGCONT)
    eventually(lambda: not is_alive(frozen), 60)  # its next heartbeat is refused
    hosts.let(order.name)

    assert wait_for_end(executor, order.name).result == f"made of wait by {second}"
    assert "Traceback" not in hosts.log_of("first").read_text()


def test_a_host_that_loses_the_network_counts_for_nothing_once_it_is_back(
    executor: TemporalExecutor, hosts: Hosts, place: Place
) -> None:
    """It hears of nothing, and ends what it runs when no heartbeat was taken for so long that another host may have
    it. What it says once it is back changes nothing."""
    order = order_of("wait")
    with wire_to(place.address) as wire:
        hosts.start("first", TEMPORAL_ADDRESS=wire.address)
        executor.start(order)
        (cut_off,) = wait_for_run(hosts, order.name)
        wire.cut()
        hosts.start("second")
        second = next(iter(set(wait_for_run(hosts, order.name, 2)) - {cut_off}))
        eventually(lambda: not is_alive(cut_off), 60)
        wire.mend()
        eventually(lambda: "Temporal answers again" in hosts.log_of("first").read_text(), 60)
        hosts.let(order.name)

        assert wait_for_end(executor, order.name).result == f"made of wait by {second}"
        log = hosts.log_of("first").read_text()
        assert f"{order.name} was given up here" in log
        assert "Traceback" not in log
        hosts.end_all()


def test_a_server_that_is_killed_and_restarted_loses_nothing(
    place: Place, hosts: Hosts, temporal_server: TemporalServer
) -> None:
    """In the middle of an attempt: the one run goes on, and meanwhile nothing is said of it."""
    order = order_of("wait")
    executor = open_executor(place, heartbeat=timedelta(minutes=5))
    hosts.start("only")
    executor.start(order)
    (child,) = wait_for_run(hosts, order.name)
    temporal_server.kill()
    with pytest.raises(ExecutorUnreachable, match="does not answer"):
        executor.watch()
    with pytest.raises(ExecutorUnreachable, match="does not answer"):
        executor.is_known(order.name)
    temporal_server.start()
    hosts.let(order.name)

    assert wait_for_end(executor, order.name).result == f"made of wait by {child}"
    executor.close()
    eventually(lambda: "Temporal answers again" in hosts.log_of("only").read_text(), 30)


def test_what_a_drained_host_cannot_finish_goes_to_another_one(executor: TemporalExecutor, hosts: Hosts) -> None:
    """SIGTERM: no new work; what ends in time ends there; the rest is handed back, not lost."""
    ends, goes_on, later = order_of("wait"), order_of("wait"), order_of("end")
    hosts.start("first", WORKERS="2", DRAIN_SECONDS="3")
    executor.start(ends)
    executor.start(goes_on)
    wait_for_run(hosts, ends.name)
    wait_for_run(hosts, goes_on.name)
    hosts.signal("first", signal.SIGTERM)
    eventually(lambda: "draining" in hosts.log_of("first").read_text())
    executor.start(later)
    hosts.let(ends.name)

    assert hosts.wait("first") == 0
    assert wait_for_end(executor, ends.name).result is not None
    assert hosts.runs_of(later.name) == []
    hosts.start("second")
    hosts.let(goes_on.name)
    assert wait_for_end(executor, goes_on.name).result is not None
    assert len(hosts.runs_of(goes_on.name)) == 2
    assert wait_for_end(executor, later.name).result is not None


def test_a_second_signal_hands_back_at_once(executor: TemporalExecutor, hosts: Hosts) -> None:
    order = order_of("wait")
    hosts.start("first", DRAIN_SECONDS="3600")
    executor.start(order)
    (child,) = wait_for_run(hosts, order.name)
    hosts.signal("first", signal.SIGTERM)
    eventually(lambda: "draining" in hosts.log_of("first").read_text())
    hosts.signal("first", signal.SIGTERM)

    assert hosts.wait("first") == 0
    assert not is_alive(child)
    assert executor.is_known(order.name)
    hosts.start("second")
    hosts.let(order.name)
    assert wait_for_end(executor, order.name).result is not None


def test_tags_choose_the_host_and_a_host_takes_no_more_than_it_may(executor: TemporalExecutor, hosts: Hosts) -> None:
    """Orders of two queues, and one attempt at a time; what needs a tag that no host has waits, and says so."""
    plain, gpu, macos = order_of("wait"), order_of("wait", "gpu"), order_of("end", "gpu", "macos")
    hosts.start("only", HOST_TAGS="gpu,big", WORKERS="1")
    for each in (plain, gpu, macos):
        executor.start(each)
    eventually(lambda: len(hosts.runs_of(plain.name) + hosts.runs_of(gpu.name)) == 1, 60)
    first, second = (plain, gpu) if hosts.runs_of(plain.name) else (gpu, plain)

    assert hosts.runs_of(second.name) == []
    hosts.let(first.name)
    assert wait_for_end(executor, first.name).result is not None
    hosts.let(second.name)
    assert wait_for_end(executor, second.name).result is not None
    waiting = [each for each in executor.watch() if each.name == macos.name]
    assert [each.details for each in waiting if isinstance(each, Beat)] == [{"turns": 0, "note": "waits for a host"}]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"TEMPORAL_NAMESPACE": "elsewhere"}, "has no namespace elsewhere: set TEMPORAL_NAMESPACE"),
        ({"TEMPORAL_TLS": "on"}, "cannot be reached with TLS"),
        ({"TEMPORAL_ADDRESS": "127.0.0.1:1"}, "127.0.0.1:1 cannot be reached without TLS"),
        ({"PAYLOAD_KEY": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="}, "and PAYLOAD_KEY holds"),
        ({"TEMPORAL_ADDRESS": "", "PAYLOAD_KEY": ""}, "TEMPORAL_ADDRESS is not set"),
    ],
)
def test_a_host_that_cannot_work_says_why_in_one_line(
    executor: TemporalExecutor, hosts: Hosts, settings: dict[str, str], says: str
) -> None:
    executor.start(order_of("end"))
    executor.watch()
    hosts.start("only", **settings)

    assert hosts.wait("only") in {1, 2}
    log = hosts.log_of("only").read_text()
    assert says in log
    assert "Traceback" not in log
