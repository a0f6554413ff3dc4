"""`nightshift bench …`: each benchmark as a command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from bot.bench.door import door_under_load
from bot.bench.gate import gate_latency

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def bench() -> None:
    """Measure, beside what it is compared with."""


@bench.command()
@click.option("--rounds", type=click.IntRange(10, 1000), default=50, show_default=True)
@as_json
def gate(rounds: int, as_json: bool) -> None:
    """One hook call, from process start to verdict."""
    figures = gate_latency(rounds)
    if as_json:
        _print_json({"figures": [figure.as_json() for figure in figures]})
        return
    for figure in figures:
        click.echo(
            f"{figure.median_ms:7.1f} ms (p90 {figure.p90_ms:6.1f}), {figure.over_noop_ms:+6.1f} ms  {figure.name}"
        )


@bench.command()
@click.option("--rate", type=click.FloatRange(10, 2000), default=200, show_default=True, help="Deliveries a second.")
@click.option("--seconds", type=click.FloatRange(2, 3600), default=30, show_default=True)
@as_json
def door(rate: float, seconds: float, as_json: bool) -> None:
    """Signed deliveries into the real gunicorn, on loopback."""
    figures = door_under_load(rate=rate, seconds=seconds)
    if as_json:
        _print_json(figures.as_json())
    else:
        click.echo("\n".join(figures.lines()))


def _print_json(value: Mapping[str, Any]) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
