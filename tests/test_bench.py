"""Figures are measured, not asserted: a benchmark runs, and says what it compared with."""

from __future__ import annotations

from bot.bench.gate import gate_latency


def test_the_gate_is_measured_beside_what_it_is_compared_with() -> None:
    figures = {figure.name: figure for figure in gate_latency(10)}

    assert figures["shell hook that does nothing"].over_noop_ms == 0
    assert len(figures) == 5
    assert all(0 < figure.median_ms <= figure.p90_ms for figure in figures.values())
