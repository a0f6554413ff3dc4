"""TLS to Temporal: both sides prove who they are, and what is wrong with a certificate is one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.executors.connection import Place, Tls
from bot.adapters.executors.temporal import TemporalExecutor
from bot.core.execution import ExecutorUnreachable
from tests.adapters.fleet.conftest import open_executor
from tests.adapters.fleet.rigs import order_of
from tests.adapters.fleet.tls import make_authority, tls_before

NAME = "temporal.internal"


def say_why(place: Place) -> str:
    executor: TemporalExecutor = open_executor(place)
    try:
        with pytest.raises(ExecutorUnreachable) as refused:
            executor.watch()
        return str(refused.value)
    finally:
        executor.close()


def test_certificates_are_checked_on_both_sides(place: Place, tmp_path: Path) -> None:
    ours, others = make_authority(tmp_path / "ours"), make_authority(tmp_path / "others")
    with tls_before(place.address, ours, NAME) as address:
        certificate, key = ours.issue("control-plane")
        tls = Tls(ca=ours.file, certificate=certificate, key=key, server_name=NAME)
        right = replace(place, address=address, tls=tls)
        executor = open_executor(right)
        order = order_of("end")
        executor.start(order)
        assert executor.is_known(order.name)
        executor.close()

        by_others = others.issue("control-plane")
        wrong = {
            "another name": replace(tls, server_name="elsewhere.internal"),
            "another authority": replace(tls, ca=others.file),
            "no certificate": replace(tls, certificate=None, key=None),
            "a certificate of another authority": replace(tls, certificate=by_others[0], key=by_others[1]),
        }
        for each in wrong.values():
            assert say_why(replace(right, tls=each)).startswith(f"Temporal at {address} cannot be reached with TLS:")
        assert say_why(replace(right, tls=None)).startswith(f"Temporal at {address} cannot be reached without TLS:")
