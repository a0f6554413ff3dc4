"""How the endings of real sessions are read. `tests/data/claude` holds what CLI 2.1.330 streamed in each case."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.failures import FailureKind
from bot.core.session import Progress, SessionResult
from bot.core.transcript import Transcript, input_digest
from bot.core.untrusted import one_line

SAMPLES = Path(__file__).parent.parent / "data" / "claude"


def read(sample: str, exit_code: int | None = 1, stopped: FailureKind | None = None) -> SessionResult:
    transcript = Transcript()
    for line in (SAMPLES / sample).read_bytes().splitlines(keepends=True):
        transcript.feed(line)
    return transcript.result(exit_code, stopped)


def stream(*events: dict[str, Any], exit_code: int | None = 0, stderr: str = "") -> SessionResult:
    transcript = Transcript()
    for event in events:
        transcript.feed(json.dumps(event))
    return transcript.result(exit_code, None, stderr=stderr)


def init(**more: Any) -> dict[str, Any]:
    return {"type": "system", "subtype": "init", "cwd": "/ws", "claude_code_version": "2.1.330", **more}


def says(text: str, message: str = "msg_1") -> dict[str, Any]:
    return {"type": "assistant", "message": {"id": message, "content": [{"type": "text", "text": text}]}}


def calls(tool: str, call: str = "toolu_1", message: str = "msg_1", **tool_input: Any) -> dict[str, Any]:
    block = {"type": "tool_use", "id": call, "name": tool, "input": tool_input}
    return {"type": "assistant", "message": {"id": message, "content": [block]}}


def answer(content: str, call: str = "toolu_1", *, is_error: bool = False, **more: Any) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": call, "content": content, "is_error": is_error}
    return {"type": "user", "message": {"content": [block]}, **more}


def permitted(call: str = "toolu_1", source: str = "hook", decision: str = "accept") -> dict[str, Any]:
    verdict = {"decision": decision, "source": source, "reason_type": source}
    return {"tool_result_meta": [{"id": call, "permission_decision": verdict}]}


def ends(**more: Any) -> dict[str, Any]:
    return {"type": "result", "subtype": "success", "is_error": False, "terminal_reason": "completed", **more}


@pytest.mark.parametrize(
    ("sample", "kind"),
    [
        ("401.stream.jsonl", FailureKind.AUTH_FAILED),
        ("403.stream.jsonl", FailureKind.AUTH_FAILED),
        ("429.stream.jsonl", FailureKind.API_UNAVAILABLE),
        ("429_usage_limit_subscription.stream.jsonl", FailureKind.USAGE_LIMIT),
        ("500.stream.jsonl", FailureKind.API_UNAVAILABLE),
        ("529.stream.jsonl", FailureKind.API_UNAVAILABLE),
        ("conn_refused.stream.jsonl", FailureKind.API_UNAVAILABLE),
        ("cut_late.stream.jsonl", FailureKind.API_UNAVAILABLE),
        ("budget.json", FailureKind.BUDGET_EXHAUSTED),
        ("max_turns.json", FailureKind.SESSION_TIMEOUT),
        ("blocked.json", FailureKind.TASK_BLOCKED),
    ],
)
def test_each_measured_ending_has_its_failure_kind(sample: str, kind: FailureKind) -> None:
    """Although every API failure calls itself a success."""
    exit_code = 0 if kind == FailureKind.TASK_BLOCKED else 1

    assert read(sample, exit_code).failure == kind


@pytest.mark.parametrize(
    ("text", "more", "kind"),
    [
        ("Credit balance is too low", {"api_error_status": 400}, FailureKind.CREDIT_EXHAUSTED),
        ("Not logged in · Please run /login", {}, FailureKind.AUTH_FAILED),
        ("Prompt is too long", {"terminal_reason": "prompt_too_long"}, FailureKind.PROMPT_TOO_LONG),
        ("API Error: Connection dropped (ECONNRESET)", {}, FailureKind.API_UNAVAILABLE),
        ("API Error: 502", {"api_error_status": 502}, FailureKind.API_UNAVAILABLE),
        ("API Error: 400 what is this", {"api_error_status": 400}, FailureKind.AGENT_CRASHED),
        ("There's an issue with the selected model (x)", {"api_error_status": 404}, FailureKind.SETUP_FAILED),
    ],
)
def test_other_errors_are_known_by_their_fields(text: str, more: dict[str, Any], kind: FailureKind) -> None:
    """Fields come first; the text is only read where the CLI gives nothing else."""
    result = stream(
        init(), ends(**{"is_error": True, "terminal_reason": "api_error", "result": text, **more}), exit_code=1
    )

    assert result.failure == kind
    assert text in result.detail


def test_a_model_that_talks_about_errors_has_not_failed() -> None:
    """The words of an error in an ordinary answer mean nothing."""
    result = stream(says("x"), ends(result="Not logged in. Credit balance is too low. ECONNREFUSED"))

    assert result.failure is None


def test_a_usage_limit_says_when_it_ends() -> None:
    """So that the queue can go on by itself."""
    result = read("429_usage_limit_subscription.stream.jsonl")

    assert result.resets_at == datetime.fromtimestamp(1795333779, UTC)


def test_a_completed_session_tells_what_it_did() -> None:
    """Summary, turns, cost, identity, version and commands come out of the stream."""
    lines = (SAMPLES / "structured_output.stream.jsonl").read_text().replace('"done"', '"complete"')
    transcript = Transcript()
    for line in lines.splitlines():
        transcript.feed(line)

    result = transcript.result(0, None)

    assert (result.failure, result.status, result.completion) == (None, "complete", "structured")
    assert (result.summary, result.turns, result.cost_usd) == ("made it", 2, 0.0028)
    assert (result.claude_version, result.session_id[:8]) == ("2.1.330", "a091d1e5")
    assert result.commands == (("true", 0),)


def test_questions_are_numbered() -> None:
    """What a person has to answer reads as a list; a session that asks nothing in particular asks its summary."""
    asked = {"status": "needs_info", "summary": "Unclear.", "questions": ["Which  colour?", " ", "How\nmany?"]}

    result = stream(ends(structured_output=asked))
    vague = stream(ends(structured_output={"status": "needs_info", "summary": "Which one?"}))

    assert result.failure == FailureKind.NEEDS_INFO
    assert result.questions == ("Which colour?", "How many?")
    assert result.detail == "1. Which colour?\n2. How many?"
    assert vague.questions == ("Which one?",)


def test_a_delivered_obstacle_says_what_is_in_the_way() -> None:
    result = stream(ends(structured_output={"status": "blocked", "summary": "No network."}))

    assert (result.failure, result.summary, result.completion) == (
        FailureKind.TASK_BLOCKED,
        "No network.",
        "structured",
    )


@pytest.mark.parametrize(
    ("text", "status", "summary"),
    [
        ("TASK_COMPLETE", "complete", ""),
        ("All tests pass.\nTASK_COMPLETE", "complete", "All tests pass."),
        ("**TASK_COMPLETE**: fixed the clock", "complete", "fixed the clock"),
        ("TASK_BLOCKED: no such file", "blocked", "no such file"),
        ("TASK_COMPLETE\nno, wait\nTASK_BLOCKED: no network", "blocked", "no network"),
    ],
)
def test_without_structured_output_the_predecessors_words_count(text: str, status: str, summary: str) -> None:
    """Marked as words, to tell them from a delivered result."""
    result = stream(says(text), ends(result=text))

    assert (result.status, result.completion, result.summary) == (status, "words", summary)
    assert (result.failure == FailureKind.TASK_BLOCKED) == (status == "blocked")


@pytest.mark.parametrize("text", ["I will say TASK_COMPLETE when done", "TASK_COMPLETED", "TASK_BLOCKEDish", ""])
def test_words_inside_a_sentence_are_no_signal(text: str) -> None:
    """Then nothing is claimed, and the commits decide."""
    result = stream(says(text), ends(result=text))

    assert (result.failure, result.status, result.completion) == (None, None, "")


def test_words_before_the_last_tool_call_are_no_signal() -> None:
    """A plan that is announced is not a task that is done."""
    result = stream(says("TASK_COMPLETE"), calls("Bash", command="ls"), answer("x", **permitted()), ends())

    assert result.status is None


def test_a_session_that_never_met_the_schema_may_still_have_spoken() -> None:
    """Exit code 1 and an error subtype there mean only that the form was missed."""
    failed = {"subtype": "error_max_structured_output_retries", "is_error": True}

    result = stream(
        says("TASK_COMPLETE"), ends(**failed, terminal_reason="structured_output_retry_exhausted"), exit_code=1
    )

    assert (result.failure, result.status, result.completion) == (None, "complete", "words")


@pytest.mark.parametrize(
    ("last", "exit_code"),
    [
        (ends(terminal_reason="hook_stopped"), 0),
        (ends(terminal_reason="tool_deferred"), 0),
        (ends(structured_output={"status": "complete", "summary": "x"}), 143),
        (ends(subtype="error_during_execution", is_error=True, terminal_reason="aborted_streaming"), 1),
    ],
)
def test_an_ending_that_is_not_understood_is_a_crash_with_evidence(last: dict[str, Any], exit_code: int) -> None:
    """Never a guess: the exit code, the last event and stderr are shown."""
    result = stream(init(), last, exit_code=exit_code, stderr="panic: oh\x1b[2J\x00no")

    assert result.failure == FailureKind.AGENT_CRASHED
    assert f"exit code {exit_code}" in result.detail
    assert "last event result/success" in result.detail or "last event result/error" in result.detail
    assert "panic: oh[2Jno" in result.detail


def test_a_stream_that_breaks_off_is_a_crash() -> None:
    """No result, no success, whatever the exit code says (SIGINT gives 0)."""
    assert stream(init(), says("working"), exit_code=0).failure == FailureKind.AGENT_CRASHED


def test_a_conversation_that_is_gone_cannot_be_resumed() -> None:
    """It is a matter of set-up: another try as it is would fail in the same way."""
    result = stream(exit_code=1, stderr="No conversation found with session ID: 1-2-3")

    assert result.failure == FailureKind.SETUP_FAILED


def test_why_a_session_was_stopped_wins_over_what_it_said() -> None:
    """A cancelled session that delivered in its last second is still cancelled."""
    assert read("blocked.json", None, FailureKind.CANCELLED).failure == FailureKind.CANCELLED


def test_several_results_are_one_session() -> None:
    """The cost of each result includes that of the results before it; the last one says how the session ended."""
    first = ends(total_cost_usd=0.5)
    last = ends(structured_output={"status": "complete", "summary": "ok"}, total_cost_usd=0.7)

    result = stream(calls("Bash", command="make"), first, last)

    assert (result.cost_usd, result.status) == (0.7, "complete")


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
def test_exit_codes_are_told_as_far_as_the_stream_tells(
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

    assert transcript.result(0, None).calls[0].input_digest == input_digest({"file_path": judged})


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
        Progress(turn=1, tool="Bash", subject="make test"),
        Progress(turn=2, tool="Write", subject="a[2J.py"),
        Progress(turn=2, tool="API", subject="overloaded, retry 1 of 3"),
    ]


def test_a_twice_refused_credential_ends_the_wait() -> None:
    """The CLI would go on asking for minutes."""
    transcript = Transcript()
    early = []
    for line in (SAMPLES / "401.stream.jsonl").read_bytes().splitlines():
        transcript.feed(line)
        early.append(transcript.early)

    assert early[:3] == [None, None, FailureKind.AUTH_FAILED]


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
