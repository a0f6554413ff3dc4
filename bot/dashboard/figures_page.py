"""Figures of the last thirty days, as plots with their tables: outcomes, merges, cost, waits, turns, refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from bot.adapters.store.trends import EndedAttempt
from bot.core.session_steps import read_rulings
from bot.core.task_history import state_words
from bot.core.tasks import State
from bot.dashboard.charts import SERIES, Chart
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer

_DAYS = 30
_MOST = 20_000  # attempts
_LOGS = 200  # of the gate, the newest
_LARGEST_LOG = 5_000_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """`rows`: of the table, a label and the value of each series."""

    name: str
    chart: Chart
    rows: Sequence[tuple[str, Sequence[str]]]


def show_figures(sources: Sources, viewer: Viewer) -> Page:
    now = sources.clock()
    since = (now - timedelta(days=_DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [(since + timedelta(days=at)).date() for at in range(_DAYS)]
    with sources.store.read() as ledger:
        ended = ledger.trends.attempts(since, most=_MOST, readable=viewer.reads)
        closed = {
            state: ledger.trends.find_days(state, since, readable=viewer.reads) for state in (State.DONE, State.CLOSED)
        }
        merged, usd = ledger.trends.cost_of_merged(since, readable=viewer.reads)
    plots = [
        _plot("Attempts by outcome", days, _by_outcome(days, ended)),
        _plot("Pull requests merged, edited and closed", days, _by_end(days, closed)),
        _plot("Cost in USD", days, {"USD": _sum(days, ended, lambda each: each.usd)}, form="{:,.2f}"),
        _plot("Turns of an attempt, median", days, {"turns": _middle(days, ended, lambda each: each.turns)}),
        _plot("Minutes until the first attempt, median", days, {"minutes": _middle(days, ended, _minutes)}),
    ]
    shown = {
        "plots": plots,
        "merged": merged,
        "cost_each": usd / merged if merged else None,
        "refusals": _count_refusals(sources.data, viewer),
        "logs": _LOGS,
        "days": _DAYS,
    }
    return Page(template="figures.html", shown=shown)


def _plot(name: str, days: Sequence[date], series: Mapping[str, Sequence[float]], form: str = "{:,.0f}") -> Plot:
    chart = Chart(title=name, labels=[f"{day:%d.%m.}" for day in days], series=series, form=form)
    rows = [
        (f"{day:%Y-%m-%d}", [form.format(values[at]) for values in series.values()])
        for at, day in enumerate(days)
        if any(values[at] for values in series.values())
    ]
    return Plot(name=name, chart=chart, rows=rows)


def _by_outcome(days: Sequence[date], ended: Iterable[EndedAttempt]) -> dict[str, list[float]]:
    """The most frequent outcomes, and all others together."""
    counts = Counter((each.outcome, each.day) for each in ended)
    totals = Counter[str]()
    for (outcome, _), number in counts.items():
        totals[outcome] += number
    named = sorted(totals, key=lambda outcome: (-totals[outcome], outcome))[: SERIES - 1]
    found = {_words(outcome): [float(counts[outcome, day]) for day in days] for outcome in named}
    others = totals.keys() - set(named)
    if others:
        found["others"] = [float(sum(counts[outcome, day] for outcome in others)) for day in days]
    return found


def _by_end(days: Sequence[date], closed: Mapping[State, Sequence[tuple[date, bool]]]) -> dict[str, list[float]]:
    """Edited: the last commit that was merged is not the bot's."""
    merged, dropped = Counter(closed[State.DONE]), Counter(day for day, _ in closed[State.CLOSED])
    return {
        "merged as it was": [float(merged[day, False]) for day in days],
        "merged, edited": [float(merged[day, True]) for day in days],
        "closed unmerged": [float(dropped[day]) for day in days],
    }


def _words(outcome: str) -> str:
    return state_words(State(outcome)) if outcome in set(State) else outcome


def _sum(days: Sequence[date], ended: Iterable[EndedAttempt], value: Callable[[EndedAttempt], float]) -> list[float]:
    sums = dict.fromkeys(days, 0.0)
    for each in ended:
        sums[each.day] = sums.get(each.day, 0.0) + value(each)
    return [sums[day] for day in days]


def _middle(
    days: Sequence[date], ended: Iterable[EndedAttempt], value: Callable[[EndedAttempt], float | None]
) -> list[float]:
    values: dict[date, list[float]] = {day: [] for day in days}
    for each in ended:
        if (found := value(each)) is not None:
            values.setdefault(each.day, []).append(found)
    return [median(values[day]) if values[day] else 0.0 for day in days]


def _minutes(each: EndedAttempt) -> float | None:
    return None if each.waited is None else each.waited / 60


def _count_refusals(data: Path, viewer: Viewer) -> list[tuple[str, int]]:
    """By the gate's rule, in the newest of the kept logs; the ledger keeps only their number."""
    counts = Counter[str]()
    for path in _newest_logs(data / "evidence", viewer):
        try:
            if path.stat().st_size > _LARGEST_LOG:
                continue
            lines = path.read_bytes().splitlines()
        except OSError:
            continue  # it was removed meanwhile
        counts.update(each.rule or "no rule" for each in read_rulings(lines).values() if not each.granted)
    return counts.most_common(30)


def _newest_logs(evidence: Path, viewer: Viewer) -> list[Path]:
    found = [
        (path.parent.stat().st_mtime, path)
        for path in evidence.glob("*/*/*/*/*/gate_log.jsonl")
        if viewer.may_read("/".join(path.relative_to(evidence).parts[:2])) and path.parent.exists()
    ]
    return [path for _, path in sorted(found, reverse=True)[:_LOGS]]
