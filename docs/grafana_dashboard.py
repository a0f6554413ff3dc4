"""Prints `docs/monitoring/dashboard.json`: the figures of `/metrics` in Grafana. `make docs` calls it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

_WIDTH, _HEIGHT, _IN_A_ROW = 12, 8, 2
_SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True)
class _Chart:
    """`shown`: expressions of PromQL by the legend of their lines. `unit`: Grafana's name of it."""

    title: str
    shown: dict[str, str]
    unit: str = "short"
    is_stacked: bool = False


_CHARTS = (
    _Chart("Tasks by state", {"{{state}}": "sum by (state) (nightshift_tasks)"}, is_stacked=True),
    _Chart("Queued tasks, by why they wait", {"{{reason}}": "nightshift_queue"}, is_stacked=True),
    _Chart("The longest wait", {"{{reason}}": "nightshift_queue_oldest_seconds"}, "s"),
    _Chart("What pauses the queue", {"{{cause}}": "nightshift_paused == 1"}),
    _Chart("Running tasks, by their worker's lease", {"{{lease}}": "nightshift_leases"}, is_stacked=True),
    _Chart(
        "Ended attempts in an hour",
        {"{{outcome}} {{failure}}": "sum by (outcome, failure) (increase(nightshift_attempts_total[1h])) > 0"},
        is_stacked=True,
    ),
    _Chart(
        "What attempts take",
        {
            f"{percent} %": "histogram_quantile("
            f"{percent / 100}, sum by (le) (increase(nightshift_attempt_seconds_bucket[6h])))"
            for percent in (50, 90)
        },
        "s",
    ),
    _Chart("Spent in a day", {"model": "increase(nightshift_cost_usd_total[1d])"}, "currencyUSD"),
    _Chart(
        "Calls that the gate judged, in an hour", {"{{ruling}}": "increase(nightshift_gate_calls_total[1h])"}, "short"
    ),
    _Chart("Turns of the model in an hour", {"turns": "increase(nightshift_turns_total[1h])"}),
    _Chart(
        "Requests to the model in an hour, by the answer",
        {
            "{{answer}}": "increase(nightshift_relay_requests_total[1h])",
            "not passed on": "increase(nightshift_relay_refused_total[1h])",
        },
    ),
    _Chart("Tokens in an hour", {"{{kind}}": "increase(nightshift_relay_tokens_total[1h])"}, is_stacked=True),
    _Chart(
        "What is left of GitHub's requests in an hour",
        {"{{account}}": "nightshift_github_budget_left", "{{account}}, at most": "nightshift_github_budget"},
    ),
    _Chart("Until GitHub's next hour", {"{{account}}": "nightshift_github_budget_reset_seconds"}, "s"),
    _Chart("Writes to GitHub in the last hour", {"writes": "nightshift_github_writes"}),
    _Chart(
        "What waits to be processed or sent",
        {
            "webhooks": "nightshift_deliveries",
            "{{kind}}": "nightshift_outbox",
            "refused for good": "nightshift_outbox_refused",
        },
    ),
)


def _panel(place: int, chart: _Chart) -> dict[str, Any]:
    names = map(chr, count(ord("A")))
    targets = [
        {"refId": next(names), "datasource": _SOURCE, "expr": expression, "legendFormat": legend}
        for legend, expression in chart.shown.items()
    ]
    stacking = {"mode": "normal" if chart.is_stacked else "none"}
    row, column = divmod(place, _IN_A_ROW)
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": chart.title,
        "datasource": _SOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {
            "defaults": {"unit": chart.unit, "min": 0, "custom": {"fillOpacity": 10, "stacking": stacking}},
            "overrides": [],
        },
        "options": {"tooltip": {"mode": "multi"}, "legend": {"displayMode": "list", "placement": "bottom"}},
        "targets": targets,
    }


def describe_dashboard() -> dict[str, Any]:
    """For Grafana 10 and later. Its data source is chosen when it is shown."""
    source = {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    return {
        "uid": "nightshift",
        "title": "Nightshift",
        "schemaVersion": 39,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {"list": [source]},
        "panels": [_panel(place, chart) for place, chart in enumerate(_CHARTS)],
    }


def find_expressions() -> Iterator[str]:
    for chart in _CHARTS:
        yield from chart.shown.values()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(describe_dashboard(), indent=2) + "\n")
