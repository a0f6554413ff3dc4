"""`/metrics`: Prometheus reads it with the token, and nothing without it."""

from __future__ import annotations

from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.store import Store
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot, State
from bot.dashboard.metrics import find_figures
from bot.steps.queue import Queue
from bot.wiring import utc_now
from tests.stories.web_server import run_web_server
from tests.stories.world import a_world, writes

TOKEN = "a-token-of-more-than-twenty-characters"


def test_prometheus_reads_what_waits_and_what_runs(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/nightshift.sqlite")
    with store.transaction() as ledger:
        issue, snapshot = IssueRef("octo/clock", 1), Snapshot(title="t", body="", approved_by="ada")
        ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=utc_now())
    store.close()
    with run_web_server(tmp_path, METRICS_TOKEN=TOKEN) as server:
        url = server.url("/metrics")
        shown = requests.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
        refused = [
            requests.get(url, headers={"Authorization": each} if each else {}, timeout=30)
            for each in ("", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer ü".encode())
        ]

    assert shown.status_code == 200
    families = {family.name: family.samples for family in text_string_to_metric_families(shown.text)}
    (ready,) = families["nightshift_queue"]
    assert (ready.labels, ready.value) == ({"reason": "ready"}, 1)
    (task,) = families["nightshift_tasks"]
    assert (task.labels, task.value) == ({"repository": "octo/clock", "state": "queued"}, 1)
    assert {sample.value for sample in families["nightshift_paused"]} == {0}
    assert [answer.status_code for answer in refused] == [401] * len(refused)
    assert not any("octo" in answer.text for answer in refused)


def test_without_a_token_there_are_no_figures(tmp_path: Path) -> None:
    with run_web_server(tmp_path) as server:
        assert requests.get(server.url("/metrics"), headers={"Authorization": "Bearer "}, timeout=30).status_code == 404


def test_what_the_relay_saw_and_what_is_left_of_githubs_hour_are_figures(tmp_path: Path) -> None:
    """As the processes that met them noted it: the web server, which is asked, meets neither."""
    with a_world(tmp_path) as world:
        issue = world.label_issue(sessions=[writes("time.txt", "noon")])
        world.run_until_idle()
        assert world.state(issue) is State.IN_REVIEW
        assert world.services.reconciler.poll() == []
        text = find_figures(world.services.store, Queue(), world.services.clock).decode()
        asked = len(world.model.requests)

    families = {family.name: family.samples for family in text_string_to_metric_families(text)}
    answers = {sample.labels["answer"]: sample.value for sample in families["nightshift_relay_requests"]}
    assert set(answers) == {"200"}
    assert 0 < answers["200"] <= asked
    assert [sample.value for sample in families["nightshift_relay_refused"]] == [0]
    tokens = {sample.labels["kind"]: sample.value for sample in families["nightshift_relay_tokens"]}
    assert tokens["output"] > 0
    (most,) = families["nightshift_github_budget"]
    (left,) = families["nightshift_github_budget_left"]
    assert 0 < left.value < most.value
