"""Prints a night: a line for each step of a task while it runs, a table at the end, or one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bot.core.counted import count
from bot.core.references import IssueRef
from bot.core.untrusted import plain
from bot.rehearsal.github.records import Mail
from bot.rehearsal.result import Address, NightResult, TaskResult

_NOTE_WIDTH = 90
_DETAIL = 40  # lines of what failed newly
_WIDE = 110  # columns: wide enough for the table to show titles


def progress_line(seconds: float, issue: IssueRef, state: str, turns: int, note: str) -> str:
    """Such as `  12.3 s  octo/clock#1  running  turn 3  Bash: python3 -m unittest`."""
    parts = [f"{seconds:6.1f} s", f"{issue!s:<14}", f"{state:<9}", f"turn {turns}" if turns else "", _shorten(note)]
    return "  ".join(part for part in parts if part).rstrip()


def _shorten(note: str) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in note).split())
    return line if len(line) <= _NOTE_WIDTH else line[: _NOTE_WIDTH - 1] + "…"


def print_json(night: NightResult, console: Console) -> None:
    """The one object of `nightshift rehearse --json`, and nothing else."""
    console.file.write(json.dumps(night.as_json(), ensure_ascii=False, indent=2) + "\n")


def print_report(night: NightResult, console: Console) -> None:
    """The table, where to look, and what was unexpected."""
    if night.tasks:
        console.print(_table(night.tasks, titles=console.width >= _WIDE))
    console.print(_totals(night))
    for line in _newly_failing(night.tasks):
        console.print(Text(line), soft_wrap=True)
    for line in _mails(night.mails):
        console.print(Text(line), soft_wrap=True)
    for line in _addresses(night.addresses):
        console.print(Text(line), soft_wrap=True)
    for line in night.unexpected:
        console.print(Text(f"unexpected: {line}", style="red"), soft_wrap=True)
    console.print(Text(_summary(night), style="bold green" if night.ok else "bold red"))


def _summary(night: NightResult) -> str:
    if night.ok:
        return "Every outcome is the expected one."
    return f"{count(len(night.unexpected), 'thing')} {'was' if len(night.unexpected) == 1 else 'were'} unexpected."


def _table(tasks: Iterable[TaskResult], *, titles: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), caption_justify="left")
    for name in ("issue", *(["title"] if titles else []), "outcome", "result"):
        table.add_column(name, overflow="fold")
    for name in ("attempts", "turns", "cost", "seconds", "guards"):
        table.add_column(name, justify="right", no_wrap=True)
    for task in tasks:
        table.add_row(*map(escape, _row(task, titles=titles)))
    table.caption = "guards: tool calls that the gate was asked about / that it refused"
    return table


def _row(task: TaskResult, *, titles: bool) -> tuple[str, ...]:
    return (
        str(task.issue),
        *([_shorten(task.title)] if titles else []),
        str(task.state).replace("_", " "),
        _result(task),
        str(task.attempts),
        str(task.turns),
        f"${task.cost_usd:.2f}",
        f"{task.seconds:.1f}",
        f"{task.guards.asked}/{task.guards.refused}",
    )


def _result(task: TaskResult) -> str:
    """The pull request, or the kind of failure."""
    if task.failure is not None:
        return str(task.failure)
    verdict = f", {task.verdict}" if task.verdict else ""
    return f"PR #{task.pull_request}{verdict}" if task.pull_request else "–"


def _newly_failing(tasks: Iterable[TaskResult]) -> list[str]:
    """The checks and tests for which a change was not published, and the end of what they printed."""
    found = list[str]()
    for task in tasks:
        lines = plain(task.newly_failing).splitlines()
        found += [f"{task.issue}: {line}" for line in lines[:_DETAIL]]
    return found


def _totals(night: NightResult) -> Text:
    parts = [
        f"{night.seconds:.1f} s",
        count(len(night.tasks), "task"),
        count(night.pull_requests, "pull request"),
        count(night.comments, "comment"),
        f"{count(night.requests, 'request')} to GitHub, each held against GitHub's own description",
    ]
    return Text(", ".join(parts) + "\n")


def _mails(mails: Iterable[Mail]) -> list[str]:
    """Whom GitHub mails for what the bot did: a line for each person and issue or pull request."""
    found: dict[tuple[str, str], list[str]] = {}
    for mail in mails:
        found.setdefault((mail.login, f"{mail.repository}#{mail.number}"), []).append(mail.reason)
    lines = [f"mails to {login:<12} {where:<18} {', '.join(reasons)}" for (login, where), reasons in found.items()]
    return [*sorted(lines), ""] if lines else []


def _addresses(addresses: Iterable[Address]) -> list[str]:
    return [f"{address.what:<32} {address.url}" for address in addresses]
