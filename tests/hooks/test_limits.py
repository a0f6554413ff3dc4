"""Input that is no call, and commands that are more than can be judged, are refused and say why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hooks.policy import Context, judge
from hooks.policy.shell.work import FOLDERS_LIMIT, LINKS_LIMIT

DEEP = 100
TOO_MUCH = {
    "NUL": ("ls \0", "holds NUL"),
    "half a surrogate pair": ("ls \ud800", "holds NUL"),
    "brackets in a text": (f"echo '{'(' * 500}'", "nested too deeply"),
    "backticks": (f"echo {'`ls` ' * DEEP}", "nested too deeply"),
    "negations": (f"{'! ' * 450}ls", "nested too deeply"),
    "commands": ("true\n" * 2000, "asks for more than"),
    "a text that grows": ("x=aaaaaaaaaaaaaaaa; " + "x=$x$x; " * 20 + "echo $x", "too long to be judged"),
    "brackets": (f"{'(' * DEEP}ls{')' * DEEP}", "nested too deeply"),
    "wrappers": (f"{'env ' * DEEP}ls", "nested too deeply"),
    "links": ("; ".join(f"ln -s a link-{number}" for number in range(LINKS_LIMIT + 2)), "more links than"),
    "folders": ("; ".join(f"cd x{number}" for number in range(FOLDERS_LIMIT + 2)), "more folders than"),
    "functions": (
        "; ".join(f"{name}() {{ {after}; }}" for name, after in zip("abcdefghi", "bcdefghij", strict=True)) + "; a",
        "functions call each other too deeply",
    ),
    "a text that is left open": ("echo 'x", "without closing quote"),
}


@pytest.mark.parametrize("tool_input", [None, [], "ls", 7, ["ls"]])
@pytest.mark.parametrize("tool", ["Bash", "Read"])
def test_input_is_an_object(tool: str, tool_input: object, shared_context: Context) -> None:
    ruling = judge(tool, tool_input, shared_context)

    assert (ruling.rule, ruling.subject) == ("unresolved.input", f"{tool} takes an object")


@pytest.mark.parametrize("tool_input", [{}, {"command": None}, {"command": 7}, {"command": ""}, {"command": " \n"}])
def test_a_command_is_a_text(tool_input: dict[str, object], shared_context: Context) -> None:
    assert judge("Bash", tool_input, shared_context).rule == "unresolved.input"


@pytest.mark.parametrize("what", TOO_MUCH)
def test_the_refusal_says_what_is_too_much(what: str, shared_context: Context) -> None:
    command, reason = TOO_MUCH[what]
    ruling = judge("Bash", {"command": command}, shared_context)

    assert ruling.rule == "unresolved.shell"
    assert reason in ruling.subject


def test_a_long_script_of_the_session_is_not_run(a_context: Context) -> None:
    """Parsing holds up all calls, so a script is parsed up to the length of a command."""
    script = f"# {'x' * 70_000}\necho done\n"
    written = judge("Write", {"file_path": "long.sh", "content": script}, a_context)
    ruling = judge("Bash", {"command": "bash long.sh"}, replace(a_context, written=written.wrote))

    assert ruling.rule == "unresolved.shell"
    assert "longer than" in ruling.subject


def test_a_program_that_is_too_long_to_be_read_at_once_is_not_run(shared_context: Context) -> None:
    command = "python3 - <<'END'\n" + "x = 1\n" * 9000 + "END"

    assert judge("Bash", {"command": command}, shared_context).rule == "unresolved.code"


def test_a_document_without_its_end_ends_with_the_text(shared_context: Context) -> None:
    assert judge("Bash", {"command": "cat <<A\nhello"}, shared_context).granted


def test_a_template_with_more_code_than_can_be_judged_is_not_run(a_context: Context) -> None:
    """`.rspec` is expanded by ERB; other patterns than those that find its tags read the code."""
    template = f"<%= {'x' * 70_000} %>"
    written = judge("Write", {"file_path": ".rspec", "content": template}, a_context)
    ruling = judge("Bash", {"command": "rspec"}, replace(a_context, written=written.wrote))

    assert ruling.rule == "unresolved.code"
