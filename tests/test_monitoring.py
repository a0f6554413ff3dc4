"""Alert rules and the dashboard for Grafana: read by Prometheus's own tool, and about figures that there are."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.adapters.store import Store
from bot.dashboard.metrics import find_figures
from bot.steps.queue import Queue
from bot.wiring import utc_now
from docs.grafana_dashboard import describe_dashboard, find_expressions

FOLDER = Path(__file__).parents[1] / "docs" / "monitoring"
ALERTS = FOLDER / "alerts.yml"
_OF_PROMETHEUS = {"up"}
_NAME = re.compile(r"\bup\b|\bnightshift_\w+")


def run_promtool(*arguments: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *map(str, arguments)], input=text, capture_output=True, text=True, check=False, timeout=60
    )


def read_rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return list(group["rules"])


@pytest.mark.needs("promtool")
def test_prometheus_takes_the_alerts() -> None:
    told = run_promtool("check", "rules", ALERTS)
    assert (told.returncode, told.stderr) == (0, "")


def series(name: str, values: str) -> dict[str, str]:
    return {"series": name, "values": values}


PAUSED = 'nightshift_paused{cause="account"}'
FAILED = 'nightshift_attempts_total{outcome="failed",failure="setup_failed"}'
DONE = 'nightshift_attempts_total{outcome="in_review",failure=""}'
UNPROVEN = 'nightshift_attempts_total{outcome="failed",failure="guards_unproven"}'
OVERLOADED = 'nightshift_relay_requests_total{answer="529"}'
ANSWERED = 'nightshift_relay_requests_total{answer="200"}'
READY = 'nightshift_queue_oldest_seconds{reason="ready"}'
CASES = [
    ("NightshiftIsDown", [series('up{job="nightshift"}', "0x60")], "1h", True),
    ("NightshiftIsDown", [series('up{job="nightshift"}', "1x60")], "1h", False),
    ("NightshiftDeliveriesWait", [series("nightshift_deliveries", "3x60")], "20m", True),
    ("NightshiftDeliveriesWait", [series("nightshift_deliveries", "3 0 3 0 3 0x60")], "5m", False),
    ("NightshiftWorkerIsGone", [series('nightshift_leases{lease="expired"}', "1x60")], "15m", True),
    ("NightshiftWorkerIsGone", [series('nightshift_leases{lease="held"}', "1x60")], "15m", False),
    ("NightshiftWaitsForItsOperator", [series(PAUSED, "1x60")], "10m", True),
    ("NightshiftWaitsForItsOperator", [series('nightshift_paused{cause="window"}', "1x60")], "10m", False),
    ("NightshiftStartsNothing", [series(READY, "21700x60"), series(PAUSED, "0x60")], "20m", True),
    ("NightshiftStartsNothing", [series(READY, "21700x60"), series(PAUSED, "1x60")], "20m", False),
    ("NightshiftMessagesWait", [series('nightshift_outbox_oldest_seconds{kind="comment"}', "1900x60")], "20m", True),
    ("NightshiftMessagesWait", [series('nightshift_outbox_oldest_seconds{kind="comment"}', "60x60")], "20m", False),
    ("NightshiftMessageRefused", [series("nightshift_outbox_refused", "1x60")], "10m", True),
    ("NightshiftMessageRefused", [series("nightshift_outbox_refused", "0x60")], "10m", False),
    ("NightshiftGuardsUnproven", [series(UNPROVEN, "0x10 1x50")], "20m", True),
    ("NightshiftGuardsUnproven", [series(UNPROVEN, "4x60")], "59m", False),
    ("NightshiftModelAnswersErrors", [series(OVERLOADED, "0+1x60"), series(ANSWERED, "0x60")], "40m", True),
    ("NightshiftModelAnswersErrors", [series(OVERLOADED, "0+1x60"), series(ANSWERED, "0+2x60")], "40m", False),
    ("NightshiftMostAttemptsFail", [series(FAILED, "0+1x60"), series(DONE, "0x60")], "30m", True),
    ("NightshiftMostAttemptsFail", [series(FAILED, "0+1x60"), series(DONE, "0+2x60")], "30m", False),
]


@pytest.mark.needs("promtool")
def test_each_alert_is_given_when_it_should_be(tmp_path: Path) -> None:
    """Its labels and texts are not compared: an alert is there or not."""
    tests = []
    for name, input_series, at, fires in CASES:
        check = {"expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}})', "eval_time": at}
        samples = [{"labels": "{}", "value": 1}] if fires else []
        tests.append(
            {"interval": "1m", "input_series": input_series, "promql_expr_test": [{**check, "exp_samples": samples}]}
        )
    (tmp_path / "tests.yml").write_text(yaml.safe_dump({"rule_files": [str(ALERTS)], "tests": tests}))
    told = run_promtool("test", "rules", tmp_path / "tests.yml")

    assert told.returncode == 0, told.stdout + told.stderr
    for fires in (True, False):
        assert {name for name, _, _, expected in CASES if expected is fires} == {rule["alert"] for rule in read_rules()}


@pytest.mark.needs("promtool")
def test_prometheus_takes_each_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"chart:{place}", "expr": each} for place, each in enumerate(find_expressions())]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "charts", "rules": rules}]}))
    told = run_promtool("check", "rules", tmp_path / "rules.yml")

    assert (told.returncode, told.stderr) == (0, "")
    assert f"{len(rules)} rules found" in told.stdout


@pytest.mark.needs("promtool")
def test_prometheus_takes_the_figures(tmp_path: Path) -> None:
    told = run_promtool("check", "metrics", text=show_figures(tmp_path))
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def show_figures(folder: Path) -> str:
    store = Store.open(f"sqlite:///{folder}/nightshift.sqlite")
    try:
        return find_figures(store, Queue(), utc_now).decode()
    finally:
        store.close()


def test_each_figure_that_is_named_is_there(tmp_path: Path) -> None:
    told = re.findall(r"^# TYPE (\w+) (\w+)", show_figures(tmp_path), re.M)
    there = {name for name, _ in told} | {f"{name}_bucket" for name, kind in told if kind == "histogram"}
    expressions = [*find_expressions(), *(rule["expr"] for rule in read_rules())]
    named = {name for each in expressions for name in _NAME.findall(each)}

    assert len(named) > 10
    assert named - _OF_PROMETHEUS <= there
    assert {name for name, _ in told} <= named | {"nightshift_claude_seconds_total"} | {"nightshift_attempt_seconds"}


def test_the_dashboard_is_what_its_table_says() -> None:
    assert json.loads((FOLDER / "dashboard.json").read_text()) == describe_dashboard()
