"""Traces by OpenTelemetry (OTEL_EXPORTER_OTLP_ENDPOINT): one for each task, from the delivery that queued it to its
last publication, whichever process worked on it and when.

That is possible because the ids of the trace, of the task and of its delivery follow from what the ledger has of them.
A trace shows where time went and how it ended; no text of an issue, of a session or of code is in it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, StatusCode, TraceFlags, set_span_in_context

from bot.adapters.store import Store
from bot.core.references import parse_issue
from bot.core.tasks import Task
from bot.core.work_context import Work

_SHOWN_WORK = frozenset({"delivery", "attempt", "session", "checks", "publication"})
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_NANOSECONDS = 1_000_000_000
_PATIENCE = 3.0  # seconds with a collector that does not answer: a worker that stops waits for it


class _ChosenIds(RandomIdGenerator):
    """Random ids, but for the next span of this thread where one is chosen."""

    def __init__(self) -> None:
        self._chosen = threading.local()

    def choose(self, context: SpanContext | None) -> None:
        self._chosen.context = context

    def generate_trace_id(self) -> int:
        chosen: SpanContext | None = getattr(self._chosen, "context", None)
        return chosen.trace_id if chosen is not None else super().generate_trace_id()

    def generate_span_id(self) -> int:
        chosen: SpanContext | None = getattr(self._chosen, "context", None)
        return chosen.span_id if chosen is not None else super().generate_span_id()


@dataclass(slots=True)
class Traces:
    """Sends in its own thread, in batches; what a collector does not take is dropped. `close` sends the rest."""

    store: Store
    clock: Callable[[], datetime]
    exporter: SpanExporter
    _ids: _ChosenIds = field(default_factory=_ChosenIds)
    _began: dict[Work, datetime] = field(default_factory=dict)
    _spans: dict[Work, Span] = field(default_factory=dict)
    _provider: TracerProvider = field(init=False)

    def __post_init__(self) -> None:
        resource = Resource({SERVICE_NAME: "nightshift"})
        self._provider = TracerProvider(resource=resource, id_generator=self._ids, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self.exporter))

    def begin(self, work: Work) -> None:
        if work.what not in _SHOWN_WORK:
            return
        self._began[work] = self.clock()
        if work.what == "delivery":  # which task it is about shows later
            return
        if (above := self._find_above(work)) is not None:
            self._spans[work] = self._start(work.what, self._began[work], above)

    def end(self, work: Work, *, failed: bool) -> None:
        if (began := self._began.pop(work, None)) is None:
            return
        span = self._start_delivery(work, began) if work.what == "delivery" else self._spans.pop(work, None)
        if span is None:
            return
        span.set_attributes({f"nightshift.{name}": value for name, value in work.fields.items()})
        if failed:
            span.set_status(StatusCode.ERROR)
        span.end(_in_nanoseconds(self.clock()))

    def close(self) -> None:
        self._provider.shutdown()

    def _find_above(self, work: Work) -> SpanContext | None:
        """What it is shown within: the work around it; for an attempt its task, which the first one shows as well."""
        if work.what != "attempt":
            around = self._spans.get(work.within) if work.within is not None else None
            return around.get_span_context() if around is not None else None
        with self.store.read() as ledger:
            task = ledger.tasks.find(parse_issue(str(work.fields["task"])))
            guid = ledger.deliveries.find_done(task.created_at) if task is not None else None
        if task is None:
            return None
        context = _context_of(task, "task", str(task.id))
        if task.attempts == 1:
            above = _context_of(task, "delivery", guid) if guid is not None else None
            waited = self._start("task", task.created_at, above, chosen=context)
            waited.set_attribute("nightshift.task", str(task.issue))
            waited.end(_in_nanoseconds(self._began[work]))
        return context

    def _start_delivery(self, work: Work, began: datetime) -> Span | None:
        """In the trace of its task, None without one. The one that queued it is the root; those that followed are
        roots, too."""
        if (about := work.fields.get("task")) is None:
            return None
        with self.store.read() as ledger:
            task = ledger.tasks.find(parse_issue(str(about)))
        if task is None:
            return None
        return self._start("delivery", began, None, chosen=_context_of(task, "delivery", str(work.fields["delivery"])))

    def _start(self, name: str, began: datetime, above: SpanContext | None, chosen: SpanContext | None = None) -> Span:
        context = Context() if above is None else set_span_in_context(NonRecordingSpan(above), Context())
        self._ids.choose(chosen)
        try:
            return self._provider.get_tracer("nightshift").start_span(name, context, start_time=_in_nanoseconds(began))
        finally:
            self._ids.choose(None)


def traces_to(endpoint: str, headers: Mapping[str, str], store: Store, clock: Callable[[], datetime]) -> Traces:
    address = f"{endpoint.rstrip('/')}/v1/traces"
    return Traces(store, clock, OTLPSpanExporter(endpoint=address, headers=headers, timeout=_PATIENCE))


def _context_of(task: Task, kind: str, name: str) -> SpanContext:
    """The same in each process."""
    trace_id, span_id = _number(f"{task.issue} {task.created_at.timestamp()}", 16), _number(f"{kind} {name}", 8)
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=_SAMPLED)


def _number(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size]) or 1


def _in_nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * _NANOSECONDS)
