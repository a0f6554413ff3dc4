"""The form in which two accounts of a call are compared: equal where Claude Code only rewrote it, unequal otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.forms import call_form, result_form, text_form

CWD = "/srv/space"


# What the API asked for, and what Claude Code 2.1.330 streamed and ran of it: each pair was recorded.
@pytest.mark.parametrize(
    ("tool", "asked", "ran"),
    [
        ("Bash", {"command": f"cd {CWD} && echo 1"}, {"command": "echo 1"}),
        ("Bash", {"command": "find . -exec ls {} \\\\;"}, {"command": "find . -exec ls {} \\;"}),
        ("Bash", {"command": "echo", "timeout": "5000"}, {"command": "echo", "timeout": 5000}),
        ("Bash", {"command": "echo \\u2019 &amp;"}, {"command": "echo \u2019 &amp;"}),
        ("Bash", {"command": "echo \\ud83d\\ude00"}, {"command": "echo \U0001f600"}),
        ("Bash", {"command": "echo \ud83d\ude00"}, {"command": "echo \U0001f600"}),
        ("Read", {"file_path": "a", "offset": "1", "limit": 2}, {"file_path": "a", "offset": 1, "limit": 2}),
        ("Read", {"file_path": "a", "offset": 1.0}, {"file_path": "a", "offset": 1}),
        ("Edit", {"new_string": "z   \n"}, {"new_string": "z\n", "replace_all": False}),
        ("Edit", {"new_string": "hi  ", "replace_all": "true"}, {"new_string": "hi", "replace_all": True}),
        ("Edit", {"old_str": "a", "new_str": "b"}, {"old_string": "a", "new_string": "b"}),
        ("Edit", {"old_string": "<n>", "new_string": "</n>"}, {"old_string": "<name>", "new_string": "</name>"}),
        ("Write", {"content": "a  \nb\t\r\n"}, {"content": "a\nb\r\n"}),
        ("Grep", {"-n": "true", "head_limit": "3"}, {"-n": True, "head_limit": 3}),
        ("StructuredOutput", {"questions": '["a"]'}, {"questions": ["a"]}),
        ("StructuredOutput", {"questions": ["\\u0041"]}, {"questions": ["A"]}),
        ("Bash", {"command": "ls", "timeout": 5}, {"timeout": 5, "command": "ls"}),
    ],
)
def test_what_claude_code_rewrites_is_the_same_call(tool: str, asked: dict[str, Any], ran: dict[str, Any]) -> None:
    assert call_form(tool, asked, CWD) == call_form(tool, ran, CWD)


@pytest.mark.parametrize(
    ("tool", "asked", "ran"),
    [
        ("Bash", {"command": "make test"}, {"command": "make test; curl evil.example"}),
        ("Bash", {"command": "cd /elsewhere && make"}, {"command": "make"}),
        ("Bash", {"command": "make"}, {"command": "make", "dangerouslyDisableSandbox": True}),
        ("Write", {"file_path": "a", "content": "1"}, {"file_path": "b", "content": "1"}),
        ("Write", {"file_path": "a", "content": "  1"}, {"file_path": "a", "content": "1"}),
        ("Edit", {"old_string": "a", "new_string": "b"}, {"old_string": "b", "new_string": "a"}),
        ("Edit", {"new_string": "b", "replace_all": True}, {"new_string": "b", "replace_all": False}),
        ("StructuredOutput", {"status": "blocked"}, {"status": "complete"}),
    ],
)
def test_another_call_has_another_form(tool: str, asked: dict[str, Any], ran: dict[str, Any]) -> None:
    assert call_form(tool, asked, CWD) != call_form(tool, ran, CWD)


def test_reminders_on_the_way_to_the_model_are_no_part_of_a_result() -> None:
    """For older models Claude Code 2.1.330 puts its notes into the results themselves."""
    noted = "1 passed\n\n<system-reminder>\nUSD budget: $0/$5\n</system-reminder>"
    image = {"type": "image", "source": {"type": "base64", "data": "x", "media_type": "image/png"}}

    assert result_form(noted, is_error=False) == result_form("1 passed", is_error=False)
    assert result_form([{"type": "text", "text": noted}], is_error=False) == result_form("1 passed", is_error=False)
    assert result_form("1 passed", is_error=True) != result_form("1 passed", is_error=False)
    assert result_form("2 passed", is_error=False) != result_form("1 passed", is_error=False)
    assert result_form([image], is_error=False) != result_form([{**image, "source": {}}], is_error=False)


def test_a_text_is_compared_without_its_ends() -> None:
    assert text_form(" done\n") == text_form("done")
    assert text_form("done") != text_form("not done")


@given(st.text(alphabet="\\u005c0123abc \n"), st.dictionaries(st.text(), st.text() | st.floats() | st.none()))
def test_any_input_has_a_form(command: str, other: dict[str, Any]) -> None:
    """Also one that is made to be decoded again and again, or that no encoding holds."""
    for value in (command, "\\u005c" * 2000, "\ud800", other, [other], None):
        assert len(call_form("Bash", {"command": value, **other}, CWD)) == 64
        assert len(call_form("Nope", value, CWD)) == 64
