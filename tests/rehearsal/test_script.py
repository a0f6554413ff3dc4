"""The scripted model answers each session from the script of its issue and its attempt."""

from __future__ import annotations

import json
from typing import Any

import yaml

from bot.adapters.scripted_model import Drop, Fail, Hang, ModelRequest, Reply, SayText, ToolUse, UseTools
from bot.core.references import IssueRef
from bot.rehearsal.scenario import Turn
from bot.rehearsal.script import OVER, Script, SessionedModel

CLOCK = IssueRef("octo/clock", 1)


def script(issue: IssueRef, text: str) -> Script:
    made = Script()
    made.learn(issue, [[Turn.model_validate(turn) for turn in attempt] for attempt in yaml.safe_load(text)])
    return made


def request(session: str, turn: int = 1, prompt: str = "Issue octo/clock#1: fix it") -> ModelRequest:
    return ModelRequest(key=session, turn=turn, prompt=prompt, system="", tools=("Bash",), messages=())


def test_a_session_plays_its_script_turn_by_turn() -> None:
    """Text, tools with text, and the final word come out as written."""
    made = script(
        CLOCK,
        "[[{say: Hm., tools: [{Bash: {command: ls}}, {Read: {file_path: a}}]}, {say: Wait.}, "
        "{finish: {status: needs_info, summary: 'Which?', questions: ['A or B?']}}]]",
    )

    assert [made.answer(request("s", turn)) for turn in (1, 2, 3)] == [
        UseTools((ToolUse("Bash", {"command": "ls"}), ToolUse("Read", {"file_path": "a"})), "Hm."),
        SayText("Wait."),
        UseTools(
            (ToolUse("StructuredOutput", {"status": "needs_info", "summary": "Which?", "questions": ["A or B?"]}),)
        ),
    ]
    assert made.unexpected == []


def test_a_request_sent_again_gets_the_same_answer() -> None:
    """Claude Code repeats a request whose answer got lost; the script does not run ahead of it."""
    made = script(CLOCK, "[[{say: one}, {say: two}]]")

    assert [made.answer(request("s", turn)) for turn in (1, 1, 2, 2)] == [
        SayText("one"),
        SayText("one"),
        SayText("two"),
        SayText("two"),
    ]


def test_what_is_no_answer_is_used_up() -> None:
    """Errors, hangs and cut connections come before the answer of the same turn, so many times as said."""
    made = script(
        CLOCK,
        "[[{error: {status: 529, type: overloaded_error, message: Busy, headers: {retry-after: '1'}}, times: 2}, "
        "{hang: 3}, {drop: true}, {say: one}]]",
    )
    busy = Fail(529, "overloaded_error", "Busy", {"retry-after": "1"})

    said = SayText("one")
    assert [made.answer(request("s")) for _ in range(6)] == [busy, busy, Hang(3), Drop(), said, said]


def test_the_second_session_plays_the_second_script() -> None:
    """An attempt is a session, however it went: one that only got errors counts as well."""
    made = script(CLOCK, "[[{error: {status: 401}, times: 9}], [{say: second}]]")

    assert isinstance(made.answer(request("a")), Fail)
    assert isinstance(made.answer(request("a")), Fail)
    assert made.answer(request("b")) == SayText("second")


def test_a_session_belongs_to_the_issue_that_its_prompt_names_first() -> None:
    """A brief that mentions other issues is still its own issue's, and #1 is not #12."""
    made = script(CLOCK, "[[{say: one}]]")
    made.learn(IssueRef("octo/clock", 12), [[Turn(say="twelve")]])

    assert made.answer(request("a", prompt="octo/clock#12, blocked by octo/clock#1")) == SayText("twelve")
    assert made.answer(request("b", prompt="octo/clock#1, then octo/clock#12")) == SayText("one")


def test_asking_for_more_than_the_script_has_is_unexpected() -> None:
    """The session gets a plain text and can end; that it asked is recorded, once for each session."""
    made = script(CLOCK, "[[{say: one}]]")

    answers: list[Reply] = [made.answer(request(key, turn)) for key, turn in (("a", 2), ("a", 3), ("b", 1))]

    assert answers == [SayText(OVER)] * 3
    assert made.unexpected == [
        "octo/clock#1: attempt 1 asked for turn 2; its script has 1",
        "octo/clock#1: attempt 2 asked for turn 1; its script has 0",
    ]


def test_a_session_that_names_no_issue_is_unexpected() -> None:
    """A prompt without an issue gets a plain text, and is recorded."""
    made = Script()

    assert made.answer(request("a", prompt="Hello?")) == SayText(OVER)
    assert made.unexpected == ["a session began for no issue at all, which is not in the scenario"]


def test_sessions_are_distinguished_by_the_id_that_claude_code_sends() -> None:
    """All sessions of a night show the same key; the id in the request's metadata tells them apart."""
    made = script(CLOCK, "[[{say: first}], [{say: second}]]")
    with SessionedModel(made.answer) as model:
        said = [model.reply_to(body(session), key="dummy") for session in ("a", "a", "b")]

    assert said == [SayText("first"), SayText("first"), SayText("second")]


def body(session: str) -> dict[str, Any]:
    return {
        "metadata": {"user_id": json.dumps({"session_id": session})},
        "tools": [{"name": "Bash"}],
        "messages": [{"role": "user", "content": "octo/clock#1"}],
    }
