"""`/metrics` for Prometheus, computed from the ledger when it is asked for.

It names repositories, so it is there only with METRICS_TOKEN, for who shows that. Sums over attempts go down when old
tasks are removed (KEEP_TASKS_DAYS), which Prometheus reads as a restart of the counter.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from bot.adapters.store import Ledger, Store
from bot.adapters.store.statistics import DURATIONS, AttemptFigures, Backlog
from bot.core.pauses import Cause
from bot.steps.monitored import RELAY_ANSWERS, RELAY_REFUSED, RELAY_TOKENS
from bot.steps.queue import Queue


def metrics(store: Store, queue: Queue, clock: Callable[[], datetime], token: str) -> Blueprint:
    pages = Blueprint("metrics", __name__)
    expected = f"Bearer {token}".encode()

    @pages.get("/metrics")
    def page() -> Response:
        shown = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(expected, shown):
            return Response("expected METRICS_TOKEN as a bearer token\n", 401, {"WWW-Authenticate": "Bearer"})
        return Response(find_figures(store, queue, clock), content_type=CONTENT_TYPE_LATEST)

    return pages


def find_figures(store: Store, queue: Queue, clock: Callable[[], datetime]) -> bytes:
    """In Prometheus's text format: https://prometheus.io/docs/instrumenting/exposition_formats/"""
    registry = CollectorRegistry()
    registry.register(_LedgerCollector(store, queue, clock))
    return generate_latest(registry)


@dataclass(frozen=True, slots=True)
class _LedgerCollector(Collector):
    store: Store
    queue: Queue
    clock: Callable[[], datetime]

    def describe(self) -> Iterable[Metric]:
        """Empty, so that nothing is read when it is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        now = self.clock()
        with self.store.read() as ledger:
            found = [
                *_show_tasks(ledger),
                *_show_waiting("queue", "queued tasks, by why they do not run", "reason", ledger.figures.queue(now)),
                *_show_waiting("outbox", "unsent messages, by kind", "kind", ledger.figures.outbox(now)),
                *_show_counts(ledger, now),
                _show_pause(self.queue, ledger, now),
                *_show_attempts(ledger.figures.attempts()),
                *_show_relay(ledger),
                *_show_budgets(ledger, now),
            ]
        yield from found


def _show_tasks(ledger: Ledger) -> Iterator[Metric]:
    tasks = GaugeMetricFamily("nightshift_tasks", "Tasks.", labels=["repository", "state"])
    for names, count in ledger.figures.tasks().items():
        tasks.add_metric(names, count)
    yield tasks


def _show_waiting(name: str, what: str, label: str, waiting: dict[str, Backlog]) -> Iterator[Metric]:
    many = GaugeMetricFamily(f"nightshift_{name}", f"How many {what}.", labels=[label])
    oldest = GaugeMetricFamily(f"nightshift_{name}_oldest_seconds", f"Age of the oldest {what}.", labels=[label])
    for value, found in waiting.items():
        many.add_metric([value], found.count)
        oldest.add_metric([value], found.oldest)
    yield from (many, oldest)


def _show_counts(ledger: Ledger, now: datetime) -> Iterator[Metric]:
    leases = GaugeMetricFamily("nightshift_leases", "Tasks that run, by the lease of their worker.", labels=["lease"])
    for name, count in ledger.figures.leases(now).items():
        leases.add_metric([name], count)
    yield leases
    deliveries, writes = ledger.figures.deliveries(), ledger.figures.writes(now)
    refused = len(ledger.outbox.given_up())
    yield GaugeMetricFamily("nightshift_deliveries", "Webhooks that were not processed yet.", value=deliveries)
    yield GaugeMetricFamily("nightshift_outbox_refused", "Messages that GitHub refused for good.", value=refused)
    yield GaugeMetricFamily("nightshift_github_writes", "Writes to GitHub in the last hour.", value=writes)


def _show_pause(queue: Queue, ledger: Ledger, now: datetime) -> Metric:
    pause = queue.pause(ledger, now)
    paused = GaugeMetricFamily("nightshift_paused", "1 for what pauses the queue now.", labels=["cause"])
    for cause in Cause:
        paused.add_metric([cause.value], int(pause is not None and pause.cause is cause))
    return paused


def _show_attempts(attempts: list[AttemptFigures]) -> Iterator[Metric]:
    ended = CounterMetricFamily("nightshift_attempts", "Ended attempts.", labels=["outcome", "failure"])
    took = HistogramMetricFamily("nightshift_attempt_seconds", "What attempts took.", labels=["outcome", "failure"])
    for each in attempts:
        names = [each.outcome, each.failure]
        ended.add_metric(names, each.count)
        groups = [*zip(map(str, map(float, DURATIONS)), each.within, strict=True), ("+Inf", each.count)]
        took.add_metric(names, buckets=groups, sum_value=each.sums["seconds"])
    yield from (ended, took, *_show_sums(attempts))


def _show_relay(ledger: Ledger) -> Iterator[Metric]:
    passed = CounterMetricFamily(
        "nightshift_relay_requests", "Requests to the model that the relay passed on.", labels=["answer"]
    )
    for answer, count in sorted(ledger.counters.of(RELAY_ANSWERS).items()):
        passed.add_metric([answer], count)
    refused = sum(ledger.counters.of(RELAY_REFUSED).values())
    tokens = CounterMetricFamily("nightshift_relay_tokens", "Tokens, as the model's API counted them.", labels=["kind"])
    for kind, count in sorted(ledger.counters.of(RELAY_TOKENS).items()):
        tokens.add_metric([kind], count)
    yield from (passed, tokens)
    yield CounterMetricFamily("nightshift_relay_refused", "Requests that the relay did not pass on.", value=refused)


def _show_budgets(ledger: Ledger, now: datetime) -> Iterator[Metric]:
    most = GaugeMetricFamily("nightshift_github_budget", "GitHub's requests in an hour.", labels=["account"])
    left = GaugeMetricFamily("nightshift_github_budget_left", "Those that are left of them.", labels=["account"])
    resets = GaugeMetricFamily("nightshift_github_budget_reset_seconds", "Until there are all.", labels=["account"])
    for account, budget in sorted(ledger.github_budgets.all(now).items()):
        most.add_metric([account], budget.most)
        left.add_metric([account], budget.remaining)
        resets.add_metric([account], max((budget.resets_at - now).total_seconds(), 0.0))
    yield from (most, left, resets)


def _show_sums(attempts: list[AttemptFigures]) -> Iterator[Metric]:
    def total(name: str) -> float:
        return sum(each.sums[name] for each in attempts)

    yield CounterMetricFamily("nightshift_cost_usd", "What attempts cost.", value=total("cost_usd"))
    yield CounterMetricFamily("nightshift_turns", "Turns of the model.", value=total("turns"))
    yield CounterMetricFamily("nightshift_claude_seconds", "What Claude Code took.", value=total("claude_seconds"))
    gate = CounterMetricFamily("nightshift_gate_calls", "Calls that the gate was asked about.", labels=["ruling"])
    for ruling in ("granted", "refused"):
        gate.add_metric([ruling], total(ruling))
    yield gate
