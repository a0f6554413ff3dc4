"""`nightshift bench …`: each benchmark as a command."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from bot.bench.attempt import attempt_figures
from bot.bench.gate import ORDINARY, gate_figures, read_commands
from bot.bench.graph import graph_figures
from bot.bench.idle import idle_figures
from bot.bench.ledger import ledger_figures
from bot.bench.pages import page_figures
from bot.bench.plot import plot_option, write_plot
from bot.bench.polling import polling_figures
from bot.bench.queue import QueueTiming, queue_figures
from bot.bench.session import session_figures
from bot.bench.start import start_figures
from bot.bench.web_server import web_server_under_load
from bot.bench.whole_night import night_figures
from bot.command_line import EXIT_FAILED, as_json, give_up, print_json


@click.group()
def bench() -> None:
    """Measure, beside what it is compared with."""


@bench.command()
@click.option("--rounds", type=click.IntRange(10, 1000), default=50, show_default=True)
@click.option(
    "--commands",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Judge those of this file, one to a line; without it some ordinary ones.",
)
@as_json
@plot_option
def gate(rounds: int, commands: Path | None, as_json: bool, plot: Path | None) -> None:
    """One hook call from process start to verdict, and the judgement alone."""
    judged = read_commands(commands) if commands else ORDINARY
    if not judged:
        raise click.BadParameter(f"{commands} holds no command", param_hint="--commands")
    figures = gate_figures(rounds, judged)
    write_plot(
        plot,
        "From the start of a hook to its verdict, median",
        "ms",
        {each.name: each.median_ms for each in figures.hooks},
    )
    if as_json:
        print_json(figures.as_json())
    else:
        click.echo("\n".join(figures.lines()))


@bench.command()
@click.option("--rounds", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--commands", type=click.IntRange(1, 50), default=4, show_default=True, help="Shell commands a session.")
@as_json
@plot_option
def session(rounds: int, commands: int, as_json: bool, plot: Path | None) -> None:
    """A session of Claude Code with an instant model, guarded and in cells."""
    figures = session_figures(rounds, commands)
    write_plot(plot, "A session, median", "ms", {each.name: each.median_ms for each in figures})
    if as_json:
        print_json({"commands": commands, "figures": [figure.as_json() for figure in figures]})
        return
    for figure in figures:
        click.echo(f"{figure.median_ms:6.0f} ms {figure.over_alone_ms:+6.0f} ms  x{figure.ratio:.2f}  {figure.name}")


@bench.command()
@click.option("--rate", type=click.FloatRange(10, 2000), default=200, show_default=True, help="Deliveries a second.")
@click.option("--seconds", type=click.FloatRange(2, 3600), default=30, show_default=True)
@as_json
@plot_option
def web(rate: float, seconds: float, as_json: bool, plot: Path | None) -> None:
    """Signed deliveries into the real gunicorn, on loopback."""
    figures = web_server_under_load(rate=rate, seconds=seconds)
    write_plot(plot, "Deliveries", "ms", figures.bars())
    if as_json:
        print_json(figures.as_json())
    else:
        click.echo("\n".join(figures.lines()))


@bench.command()
@click.option("--size", type=click.IntRange(10, 100_000), default=10_000, show_default=True, help="Waiting tasks.")
@click.option("--rounds", type=click.IntRange(3, 2000), default=200, show_default=True)
@as_json
@plot_option
def ledger(size: int, rounds: int, as_json: bool, plot: Path | None) -> None:
    """The queue and its dependencies in the ledger."""
    steps = ledger_figures(size, min(rounds, size // 2))
    write_plot(plot, "Steps of the ledger, median", "ms", {f"{step.graph}: {step.what}": step.p50_ms for step in steps})
    if as_json:
        print_json({"size": size, "steps": [step.as_json() for step in steps]})
        return
    for step in steps:
        click.echo(
            f"{step.graph:17} {step.what:30} p50 {step.p50_ms:8.2f} ms  p99 {step.p99_ms:8.2f}  "
            f"max {step.max_ms:8.2f}  {step.over_bare:7.1f} times bare  ({step.times})"
        )


@bench.command()
@click.option("--size", "sizes", type=click.IntRange(0, 10_000_000), multiple=True, help="Waiting tasks; repeatable.")
@click.option("--workers", type=click.IntRange(1, 64), multiple=True, help="Processes at once; repeatable.")
@click.option("--rounds", type=click.IntRange(10, 10_000), default=400, show_default=True)
@click.option(
    "--database",
    "databases",
    multiple=True,
    help="The address of an empty PostgreSQL database to measure beside SQLite.",
)
@as_json
@plot_option
def queue(
    *,
    sizes: tuple[int, ...],
    workers: tuple[int, ...],
    rounds: int,
    databases: tuple[str, ...],
    as_json: bool,
    plot: Path | None,
) -> None:
    """Label, claim, finish and look for cycles in a full ledger, at several sizes, with one process and with more."""
    figures: Iterable[QueueTiming] = queue_figures(sizes or (0, 10_000), workers or (1, 8), rounds, databases)
    if plot is not None:
        figures = list(figures)
        claims = [each for each in figures if each.what == "claim"]
        write_plot(plot, "A claim, 99th percentile", "ms", {each.where: each.p99_ms for each in claims})
    if as_json:
        print_json({"rounds": rounds, "steps": [each.as_json() for each in figures]})
        return
    for each in figures:
        click.echo(each.line())


@bench.command()
@click.option("--size", type=click.IntRange(100, 1_000_000), default=10_000, show_default=True, help="Tasks.")
@click.option("--rounds", type=click.IntRange(3, 1000), default=20, show_default=True)
@as_json
@plot_option
def pages(size: int, rounds: int, as_json: bool, plot: Path | None) -> None:
    """The pages of the dashboard among many tasks, beside an empty page of Flask."""
    figures = page_figures(size, rounds)
    medians = {f"{each.page}, {each.who}": each.median_ms for each in figures}
    write_plot(plot, f"Pages among {size:,} tasks", "ms", medians)
    if as_json:
        print_json({"size": size, "rounds": rounds, "pages": [each.as_json() for each in figures]})
    else:
        click.echo("\n".join(each.line() for each in figures))


@bench.command()
@click.option("--size", type=click.IntRange(10, 10_000), default=1000, show_default=True, help="Waiting issues.")
@as_json
@plot_option
def graph(size: int, as_json: bool, plot: Path | None) -> None:
    """A graph of issues, searched for a cycle, ordered and drawn."""
    figures = graph_figures(size)
    write_plot(
        plot,
        f"A graph of {size:,} issues, checked, ordered and drawn",
        "s",
        {each.graph: each.total for each in figures},
    )
    if as_json:
        print_json({"graphs": [each.as_json() for each in figures]})
    else:
        click.echo("\n".join(each.line() for each in figures))


@bench.command()
@click.option("--size", type=click.IntRange(10, 100_000), default=10_000, show_default=True, help="Labelled issues.")
@click.option("--every", type=click.FloatRange(1, 86400), default=60, show_default=True, help="POLL_SECONDS.")
@as_json
@plot_option
def polling(size: int, every: float, as_json: bool, plot: Path | None) -> None:
    """The periodic pass over the simulated GitHub: what it sends."""
    passes = polling_figures(size, every)
    write_plot(plot, "Requests of a pass that count", "", {each.name: each.paid for each in passes})
    if as_json:
        print_json({"passes": [each.as_json() for each in passes]})
        return
    for each in passes:
        kinds = ", ".join(f"{count} {path}" for path, count in each.kinds.items())
        click.echo(
            f"{each.name:22} {each.requests} requests, {each.paid} paid, in {each.seconds} s, "
            f"again after {each.interval} s: {each.an_hour} paid an hour at this pace\n{'':22} {kinds}"
        )


@bench.command()
@click.option("--waiting", type=click.IntRange(0, 100_000), default=1000, show_default=True, help="Waiting tasks.")
@click.option("--repositories", type=click.IntRange(1, 1000), default=1, show_default=True)
@click.option("--seconds", type=click.FloatRange(2, 3600), default=60, show_default=True)
@as_json
@plot_option
def idle(waiting: int, repositories: int, seconds: float, as_json: bool, plot: Path | None) -> None:
    """What worker and web server take of a core and of memory while nothing happens."""
    figures = idle_figures(waiting, seconds, repositories)
    write_plot(plot, "Memory while nothing happens", "MB", figures.bars())
    if as_json:
        print_json(figures.as_json())
    else:
        click.echo("\n".join(figures.lines()))


@bench.command()
@click.option("--rounds", type=click.IntRange(1, 1000), default=20, show_default=True)
@as_json
@plot_option
def executor(rounds: int, as_json: bool, plot: Path | None) -> None:
    """What an attempt takes longer over Temporal: a real server and a real host, an attempt that does nothing."""
    try:
        from bot.bench.executor import NoServer, executor_figures  # noqa: PLC0415 - needs the packages of a fleet
    except ImportError as error:
        give_up(f"this benchmark needs `pip install 'nightshift[fleet]'`: {error}", EXIT_FAILED)
    try:
        figures = executor_figures(rounds)
    except NoServer as missing:
        give_up(str(missing), EXIT_FAILED)
    write_plot(plot, "An attempt that does nothing", "s", figures.bars())
    if as_json:
        print_json(figures.as_json())
    else:
        click.echo("\n".join(figures.lines()))


@bench.command()
@click.option("--tasks", type=click.IntRange(1, 10_000), default=40, show_default=True)
@click.option("--repositories", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--at-once", type=click.IntRange(1, 64), default=4, show_default=True, help="WORKERS.")
@as_json
@plot_option
def night(tasks: int, repositories: int, at_once: int, as_json: bool, plot: Path | None) -> None:
    """A night of scripted tasks, with the real Claude Code and a model that answers at once."""
    figures = night_figures(tasks, min(repositories, tasks), at_once)
    write_plot(plot, "An attempt", "s", figures.bars())
    if as_json:
        print_json(figures.as_json())
    else:
        click.echo("\n".join(figures.lines()))


@bench.command()
@click.option("--rounds", type=click.IntRange(1, 200), default=10, show_default=True)
@click.option("--attempts", type=click.IntRange(0, 100), default=3, show_default=True, help="Warm attempts; 0: none.")
@as_json
@plot_option
def start(rounds: int, attempts: int, as_json: bool, plot: Path | None) -> None:
    """From the start of a command to its end, of the worker to its loop, and of an attempt to Claude's first request.

    The attempts are those of a small repository; `bench attempt` measures others.
    """
    figures = start_figures(rounds)
    small = attempt_figures(50, 20, attempts) if attempts else None
    write_plot(plot, "From its start to its end", "s", {each.name: each.seconds for each in figures})
    if as_json:
        attempt = small.as_json() if small else None
        print_json({"rounds": rounds, "figures": [figure.as_json() for figure in figures], "attempt": attempt})
        return
    for figure in figures:
        click.echo(
            f"{figure.seconds:6.3f} s ({figure.cpu_seconds:.3f} of a processor), {figure.peak_mb:6.1f} MB, "
            f"{figure.over_python:5.1f} times python, {figure.over_click:5.1f} times click  {figure.name}"
        )
    if small:
        click.echo("\n".join(["", *small.lines()]))


@bench.command()
@click.option("--files", type=click.IntRange(1, 100_000), default=5000, show_default=True)
@click.option("--commits", type=click.IntRange(1, 100_000), default=4000, show_default=True)
@click.option("--rounds", type=click.IntRange(1, 100), default=5, show_default=True, help="Warm attempts.")
@as_json
@plot_option
def attempt(files: int, commits: int, rounds: int, as_json: bool, plot: Path | None) -> None:
    """From a label to Claude's first request, and what is added to Claude's time."""
    figures = attempt_figures(files, commits, rounds)
    write_plot(plot, "An attempt", "s", figures.bars())
    if as_json:
        print_json(figures.as_json())
    else:
        click.echo("\n".join(figures.lines()))
