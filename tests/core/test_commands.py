"""Commands in comments: what is one, what nearly is one, and what belongs to somebody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commands import Cancel, Command, Go, Help, Mistyped, Retry, Revise, Say, Status, parse_command
from bot.core.tasks import Overrides

ALLOW = "`/allow` expects the 16 characters that stand behind `/allow` in Nightshift's status comment"


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("/retry", Retry()),
        ("/cancel", Cancel()),
        ("/status", Status()),
        ("/help", Help()),
        ("  /Help  \r\n", Help()),
        ("Answers:\n1. yes\n2. no\n/retry", Retry()),
        ("> you said\n/retry", Retry()),
        ("Thanks.\n\n/retry\n/cancel", Retry()),
        ("/lgtm\n/retry", Retry()),
        ("/retry\n---\nSent from my phone", Retry()),
        ("/retry turns=20", Retry(Overrides(turns=20))),
        (
            "/retry fresh model=claude-opus-4.1:x budget=2.50 turns=1",
            Retry(Overrides(turns=1, budget_usd=2.5, model="claude-opus-4.1:x", fresh=True)),
        ),
        ("/RETRY Turns=500 FRESH", Retry(Overrides(turns=500, fresh=True))),
        ("/retry budget=0.01", Retry(Overrides(budget_usd=0.01))),
        ("/retry budget=1000", Retry(Overrides(budget_usd=1000.0))),
        ("/retry model=my_model_2", Retry(Overrides(model="my_model_2"))),
        ("/allow 0123456789abcdef", Retry(Overrides(allow=("0123456789abcdef",)))),
        ("A sample.\n/Allow `0123456789ABCDEF`,", Retry(Overrides(allow=("0123456789abcdef",)))),
        (
            "/allow (ffffffffffffffff) aaaaaaaaaaaaaaaa.",
            Retry(Overrides(allow=("ffffffffffffffff", "aaaaaaaaaaaaaaaa"))),
        ),
        ("/allow aaaaaaaaaaaaaaaa aaaaaaaaaaaaaaaa", Retry(Overrides(allow=("aaaaaaaaaaaaaaaa",)))),
        ("/retry.", Retry()),
        ("/retry, turns=4", Retry(Overrides(turns=4))),
        ("/go!", Go()),
        ("/cancel…", Cancel()),
        ("/status?!", Status()),
        ("/revise: say it shorter", Revise("say it shorter")),
        ("/say, use the old format", Say("use the old format")),
    ],
)
def test_a_command_is_a_whole_line(body: str, command: Command) -> None:
    """The first one counts, wherever it stands in the comment, with its arguments in any order."""
    assert parse_command(body) == command


@pytest.mark.parametrize(
    "body",
    [
        "",
        "please /retry",
        "- /retry",
        "> /retry",
        "`/retry`",
        "`\n/retry\n`",
        "```\n/retry\n```",
        "    /retry",
        "<!--\n/retry\n-->",
        "a <!--\n/retry\n--> b",
        "<div>\n/retry\n</div>",
        "//retry",
        "/retry/now",
        "/retry.py",
        "/go:8080",
        "/",
    ],
)
def test_a_command_that_is_only_reported_of_is_none(body: str) -> None:
    """Code, quotes and HTML are not said by the person who comments."""
    assert parse_command(body) is None


@pytest.mark.parametrize("body", ["/lgtm", "/assign @ada", "/usr/bin/env", "/close", "/restart", "/retest", "/hold x"])
def test_other_bots_commands_are_left_to_them(body: str) -> None:
    """An answer to each of them would be noise."""
    assert parse_command(body) is None


@pytest.mark.parametrize(
    ("body", "problem", "suggestion"),
    [
        ("/retyr", "there is no command `/retyr`", "/retry"),
        ("/retyr turns=3", "there is no command `/retyr`", "/retry turns=3"),
        ("/cancle now", "there is no command `/cancle`", "/cancel"),
        ("/cancel now", "`/cancel` takes no arguments", "/cancel"),
        ("/retry turn=20 fresh", "`/retry` has no argument `turn`", "/retry turns=20 fresh"),
        ("/retry frehs", "`/retry` has no argument `frehs`", "/retry fresh"),
        ("/retry please turns=2", "`/retry` knows `turns=`, `budget=`, `model=` and `fresh` only", "/retry turns=2"),
        ("/retry with more tests", "`/retry` knows `turns=`, `budget=`, `model=` and `fresh` only", "/retry"),
        ("/retry turns=2 turns=3", "`turns` is given twice", "/retry turns=2"),
        ("/retry fresh fresh", "`fresh` is given twice", "/retry fresh"),
        ("/retry fresh=no", "`fresh` takes no value", "/retry fresh"),
        ("/allow", ALLOW, ""),
        ("/allow all", ALLOW, ""),
        ("/allow 0123456789abcdef0", ALLOW, ""),
        ("/allow please aaaaaaaaaaaaaaaa", ALLOW, "/allow aaaaaaaaaaaaaaaa"),
        ("/allowed aaaaaaaaaaaaaaaa", "there is no command `/allowed`", "/allow aaaaaaaaaaaaaaaa"),
        ("/retry turns", "`turns` expects a whole number from 1 to 500, such as `turns=40`", "/retry turns=40"),
    ],
)
def test_what_is_nearly_right_is_answered_with_what_is(body: str, problem: str, suggestion: str) -> None:
    """The person can copy the suggestion as it stands; there is none where it would be a guess."""
    assert parse_command(body) == Mistyped(text=body, problem=problem, suggestion=suggestion)


@pytest.mark.parametrize(
    "argument",
    [
        *("turns=0", "turns=501", "turns=-1", "turns=2.5", "turns=٣", "turns=1e2", "turns=", "turns=999999999999"),
        *("budget=0", "budget=0.001", "budget=1001", "budget=nan", "budget=inf", "budget=-1", "budget=$5", "budget="),
        *("model=", "model=a/b", "model=--help;rm", "model=$(id)", "model=`id`", "model=" + "x" * 101, "model=é"),
    ],
)
def test_values_out_of_bounds_are_refused(argument: str) -> None:
    """And the suggestion is a command that works."""
    command = parse_command(f"/retry {argument}")

    assert isinstance(command, Mistyped)
    assert isinstance(parse_command(command.suggestion), Retry)


@given(st.text(max_size=300) | st.text(alphabet="/retyucanlshp =\n`<!->", max_size=80))
def test_any_comment_is_read(body: str) -> None:
    """What is said back about it stays short and inside of its code span."""
    command = parse_command(f"/retry {body}")

    if isinstance(command, Mistyped):
        assert "`" not in command.text + command.suggestion
        assert max(map(len, (command.text, command.problem, command.suggestion))) < 500
