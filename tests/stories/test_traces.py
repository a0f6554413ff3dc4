"""Traces: what an OpenTelemetry collector gets of a task, read with the protocol's own definitions."""

from __future__ import annotations

import gzip
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bot.core.tasks import State
from bot.processes import trace_work
from tests.receivers import Got, a_webhook
from tests.stories.world import a_world, bash, finish

WORDS = "the hands of the clock"


def read_spans(got: Got) -> list[Span]:
    spans = []
    for headers, body in got.requests:
        text = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
        request = ExportTraceServiceRequest.FromString(text)
        spans += [span for each in request.resource_spans for scope in each.scope_spans for span in scope.spans]
    return spans


def attributes(span: Span) -> dict[str, str | int]:
    return {
        each.key: each.value.string_value if each.value.HasField("string_value") else each.value.int_value
        for each in span.attributes
    }


def test_one_trace_leads_from_the_delivery_to_the_publication(tmp_path: Path) -> None:
    """Also over two processes: the second attempt's is another one."""
    with a_webhook() as collector:
        address = collector.address.removesuffix("/hook")
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a-secret-of-it,x-b=c"}
        with a_world(tmp_path, **settings) as world:
            session = [bash("echo noon > time.txt"), finish()]
            with trace_work(world.services):
                issue = world.label_issue(WORDS, sessions=[[finish("blocked", summary=WORDS)], session])
                world.run_until_idle()
            with trace_work(world.services):
                world.comment(issue, "/retry")
                world.run_until_idle()
            assert world.state(issue) is State.IN_REVIEW
    spans = read_spans(collector)
    of_task = [span for span in spans if attributes(span).get("nightshift.task") == str(issue)]
    by_id = {span.span_id: span for span in spans}

    assert {headers.get("x-key") for headers, _ in collector.requests} == {"a-secret-of-it"}
    assert len({span.trace_id for span in of_task}) == 1
    (published,) = [span for span in of_task if span.name == "publication"]
    path, above = [published.name], published.parent_span_id
    while above:
        path.append(by_id[above].name)
        above = by_id[above].parent_span_id
    assert path == ["publication", "attempt", "task", "delivery"]
    assert [attributes(span)["nightshift.attempt"] for span in of_task if span.name == "session"] == [1, 2]
    outcomes = [attributes(span)["nightshift.outcome"] for span in of_task if span.name == "attempt"]
    assert outcomes == [State.FAILED, State.IN_REVIEW]
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in spans)
    assert not any(WORDS in str(span) or "noon" in str(span) for span in spans)
