"""How the tool calls of a session are read from its stream, and that no line or event of any shape raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.forms import json_digest
from bot.core.session import SessionProgress
from bot.core.transcript import Transcript
from bot.core.untrusted import one_line
from tests.core.streams import answer, calls, ends, init, permitted, read, stream


def test_denied_calls_did_not_run_and_unasked_ones_show_their_source() -> None:
    """From a measured session in which a hook denied some calls, and crashed or was too slow for others."""
    result = read("denied.stream.jsonl", 0)

    executed = {call.id: (call.executed, call.source) for call in result.calls}
    assert executed["toolu_A"] == executed["toolu_C"] == (False, "hook")
    assert executed["toolu_D"] == executed["toolu_E"] == executed["toolu_F"] == (True, "config")
    assert result.commands == (("echo fine", 0), ("echo crash", 0), ("echo hookslow", 0))


@pytest.mark.parametrize(
    ("content", "is_error", "more", "code"),
    [
        ("fine", False, {}, 0),
        ("Exit code 3\nfailed", True, {}, 3),
        ("Exit code 143\nCommand timed out after 1s", True, {}, 143),
        ("", False, {"tool_use_result": {"returnCodeInterpretation": "No matches found"}}, None),
        ("something broke", True, {}, None),
        (f"Exit code {'9' * 5000}", True, {}, None),
        ("Exit code 9 is what I print", False, {}, 0),
    ],
)
def test_exit_codes_are_reported_as_far_as_the_stream_tells(
    content: str, is_error: bool, more: dict[str, Any], code: int | None
) -> None:
    """None where it does not: never a made-up 0."""
    result = stream(calls("Bash", command="x"), answer(content, is_error=is_error, **more, **permitted()), ends())

    assert result.commands == (("x", code),)


def test_a_call_with_an_invalid_input_did_not_run() -> None:
    """The CLI refuses it before it asks anyone: no grant is needed."""
    refused = answer("<tool_use_error>InputValidationError: …</tool_use_error>", is_error=True)

    assert not stream(calls("Bash", command=5), refused, ends()).calls[0].executed


def test_a_result_that_does_not_say_who_permitted_it_counts_as_executed() -> None:
    """Doubt counts against the session: the proof then asks for a source and finds none."""
    call = stream(calls("Bash", command="x"), answer("done"), ends()).calls[0]

    assert (call.executed, call.source) == (True, None)


def test_an_unanswered_call_counts_as_executed_only_if_the_session_completed() -> None:
    """One that was cut short, or ran out of its budget, leaves calls behind that never began."""
    spent = {"is_error": True, "terminal_reason": "budget_exhausted"}

    assert stream(calls("Bash", command="x"), ends()).calls[0].executed
    assert not stream(calls("Bash", command="x"), ends(**spent)).calls[0].executed
    assert not stream(calls("Bash", command="x")).calls[0].executed


@pytest.mark.parametrize(
    ("path", "judged"),
    [("a.py", "/ws/a.py"), ("./b/../a.py", "/ws/a.py"), (" a.py ", "/ws/a.py"), ("~/x", "/home/x"), ("/ws/a", "/ws/a")],
)
def test_the_digest_is_of_the_input_that_the_gate_saw(path: str, judged: str) -> None:
    """Between the stream and the hooks the CLI makes a file's path absolute."""
    transcript = Transcript(home="/home")
    for event in (init(), calls("Read", file_path=path)):
        transcript.feed(json.dumps(event))

    assert transcript.result(0, None).calls[0].input_digest == json_digest({"file_path": judged})


def test_progress_tells_turn_tool_and_subject() -> None:
    """One line each, relative to the workspace, and nothing that a terminal would obey."""
    transcript = Transcript()
    events = [
        init(),
        calls("Bash", command="make test\nrm x"),
        calls("Write", message="msg_2", file_path="/ws/a\x1b[2J.py"),
        {"type": "system", "subtype": "api_retry", "attempt": 1, "max_retries": 3, "error": "overloaded"},
    ]

    shown = [progress for event in events if (progress := transcript.feed(json.dumps(event)))]

    assert shown == [
        SessionProgress(turn=1, tool="Bash", subject="make test"),
        SessionProgress(turn=2, tool="Write", subject="a[2J.py"),
        SessionProgress(turn=2, tool="API", subject="overloaded, retry 1 of 3"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"\n", b"not json", b'{"type": "resu', b"\xff\xfe\x00", b"[1, 2]", b"null", b"[" * 100_000),
        *(b'{"type": "assistant"}', b'{"type": ["x"]}', b'{"type": "assistant", "message": {"content": "text"}}'),
        *(b'{"type": "user", "message": {"content": [5, null]}}', b'{"type": "user", "tool_result_meta": 5}'),
        *(b'{"type": "result", "errors": 5, "result": [], "total_cost_usd": "x"}', b"9" * 10_000),
        b'{"type": "rate_limit_event", "rate_limit_info": {"status": "rejected", "resetsAt": 1e300}}',
        b'{"type": "result", "total_cost_usd": 1' + b"0" * 400 + b"}",
        b'{"type": "result", "total_cost_usd": NaN}',
        b'{"type": "x", "pad": "' + b"x" * (33 << 20) + b'"}',
    ],
    ids=range(19),
)
def test_no_line_raises(line: bytes) -> None:
    """Whatever it is: the session is judged by what could be read."""
    transcript = Transcript()
    transcript.feed(line)

    result = transcript.result(0, None)
    assert result.failure is not None or transcript.finished
    assert result.cost_usd == 0.0


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["message", "content", "id", "type"]), inner),
    ),
    st.sampled_from(["system", "assistant", "user", "rate_limit_event", "result"]),
)
def test_no_event_of_any_shape_raises(value: Any, kind: str) -> None:
    """Each field may be missing, or be anything."""
    transcript = Transcript()
    keys = ("message", "tool_result_meta", "rate_limit_info", "permission_denials", "structured_output", "subtype")
    transcript.feed(json.dumps({"type": kind, **dict.fromkeys(keys, value)}))

    result = transcript.result(0, None)

    json.dumps([result.detail, result.summary]).encode()


@given(st.text())
def test_a_line_for_a_terminal_is_one_line(text: str) -> None:
    """And holds nothing that does not print."""
    assert one_line(text).isprintable() or not one_line(text).isascii()
    assert len(one_line(text).splitlines()) <= 1
