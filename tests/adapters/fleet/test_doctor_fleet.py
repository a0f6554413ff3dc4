"""`nightshift doctor` says whether Temporal can be used, and which orders no host would take."""

from __future__ import annotations

import base64
from pathlib import Path

from bot.adapters.executors.connection import Place
from bot.adapters.executors.temporal import TemporalExecutor
from bot.adapters.fleet_settings import FleetSettings
from bot.adapters.settings import read_settings
from bot.doctor_fleet import check_fleet
from tests.adapters.fleet.rigs import order_of
from tests.adapters.fleet.servers import KEY, Hosts
from tests.adapters.fleet.waiting import wait_for_end


def settings_of(place: Place, folder: Path, **more: str) -> FleetSettings:
    key = base64.b64encode(KEY).decode()
    given = {"TEMPORAL_ADDRESS": place.address, "TEMPORAL_QUEUE": place.queue, "PAYLOAD_KEY": key}
    return read_settings({**given, **more}, folder / ".env", needs_accounts=False)


def test_it_names_hosts_and_queues_without_any(executor: TemporalExecutor, hosts: Hosts, place: Place) -> None:
    plain, gpu = order_of("end"), order_of("end", "gpu")
    hosts.start("only")
    executor.start(plain)
    executor.start(gpu)
    wait_for_end(executor, plain.name)
    pid = hosts.processes["only"].pid

    found = {each.need: each for each in check_fleet(settings_of(place, hosts.folder))}

    assert found["Temporal"].verdict == "ok"
    assert found[f"hosts of {place.queue}"].says.endswith(f" {pid}")
    assert found[f"hosts of {place.queue}+gpu"].verdict == "missing"


def test_it_says_what_is_wrong_with_the_connection(executor: TemporalExecutor, place: Place, tmp_path: Path) -> None:
    executor.start(order_of("end"))
    executor.watch()
    other_key = base64.b64encode(b"x" * 32).decode()

    def says(**settings: str) -> str:
        (finding,) = check_fleet(settings_of(place, tmp_path, **settings))
        assert finding.verdict == "wrong"
        assert not finding.stops
        return finding.says

    assert "has no namespace elsewhere" in says(TEMPORAL_NAMESPACE="elsewhere")
    assert "and PAYLOAD_KEY holds" in says(PAYLOAD_KEY=other_key)
