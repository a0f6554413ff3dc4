"""A session's commit messages do nothing on GitHub but what the task's own issue allows, and can still be read."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.commit_messages import neutral, neutral_subject, sign_off, signed_off
from bot.core.references import IssueRef

OWN = IssueRef("octo/clock", 2)

KEYWORDS = ["close", "Closes", "closed:", "fix", "FIXES:", "fixed", "resolve", "Resolves", "resolved:"]
TARGETS = [
    *("#1", "octo/other#3", "octo/clock#1", "GH-7", "gh-7", "https://github.com/octo/clock/issues/1"),
    *("http://github.com/octo/other/pull/5", "https://ghe.example.com/octo/other/issues/9", "octo/clock#2"),
]
PARTS = [
    *KEYWORDS,
    *TARGETS,
    *(
        "#2",
        "#",
        "@",
        "[",
        "]",
        "*",
        "***NO_CI***",
        "skip ci",
        "[skip ci]",
        "[ci skip]",
        "[no ci]",
        "skip-checks: true",
    ),
    *("Signed-off-by: A <a@b.c>", "Co-authored-by: X <x@y.z>", "Change-Id: I1", "---", "\n", "\n\n", " ", "\t", "\r"),
    *("\u200b", "\u202e", "\0", "\x1b[31m", "\u2028", "https://", "www.", "://", "word", "1", "21", "é", "-", "/", ":"),
]

# What GitHub and CI systems look for, told apart from how it is made inert.
MENTION = re.compile(r"@[A-Za-z0-9]")
LINKED = re.compile(r"#([0-9]+)\b|\bgh-[0-9]+|https?://|\bwww\.", re.IGNORECASE)
SKIPS = re.compile(
    r"\[(?:(?:skip|no)[ -](?:ci|cd|actions|travis|circle|netlify|render|azp)|\w+[ -]skip)\]"
    r"|\*\*\*NO_CI\*\*\*|^skip-checks:",
    re.IGNORECASE | re.MULTILINE,
)
TRAILER = re.compile(r"^[A-Za-z0-9-]+\s*:\s", re.MULTILINE)


def check(message: str) -> None:
    made = neutral(message, OWN)
    assert not MENTION.search(made)
    assert {found[0] for found in LINKED.finditer(made)} <= {"#2"}
    assert not SKIPS.search(made)
    assert not TRAILER.search(made.partition("\n")[2])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]", made)
    assert made.strip()
    assert made.endswith("\n")
    assert len(made.split("\n")[0]) <= 200
    assert neutral(made, OWN) == made


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
@example("[[skip ci]]")
@example("fi\u200bxes #\u200b1")
@example("@" * 500)
@example("#21," * 100)
@example("hhttps://ttps://github.com/a/b/issues/1")
@example("wwwww..www.x")
def test_github_finds_nothing_but_the_tasks_own_issue(message: str) -> None:
    """Of whatever parts a message is put together."""
    check(message)


@given(st.text(max_size=300))
def test_any_text_becomes_a_message(message: str) -> None:
    check(message)


@given(st.lists(st.sampled_from(PARTS), max_size=20).map("".join))
def test_a_title_closes_and_mentions_nothing(title: str) -> None:
    made = neutral_subject(title, OWN)
    assert not MENTION.search(made)
    assert {found[0] for found in LINKED.finditer(made)} <= {"#2"}
    assert not SKIPS.search(made)


@pytest.mark.parametrize(
    ("message", "made"),
    [
        ("Add a file\n", "Add a file\n"),
        ("Fix the clock\n\nIt was late.\n\n- by an hour\n- and more: much\n", None),
        ("fix(parser): read #2\n", None),
        ("[parser] Read lists [1, 2]\n", None),
        ("[ci] Run on main\n", None),
        ("[build] No new tests\n", None),
        ("Mend it. Fixes #1", "Mend it. Fixes issue 1\n"),
        ("Fixes #2, closes octo/other#3", "Fixes #2, closes issue 3 of octo/other\n"),
        ("Resolves: GH-12", "Resolves: issue 12\n"),
        ("Fixes https://github.com/octo/clock/issues/1.", "Fixes issue 1 of octo/clock\n"),
        ("See octo/other@0123abc", "See octo/other(at)0123abc\n"),
        ("Thanks @octo/everyone", "Thanks (at)octo/everyone\n"),
        ("Do it [skip ci]", "Do it skip-ci\n"),
        ("Do it ***NO_CI***", "Do it no-ci\n"),
        ("Do it\n\nskip-checks: true", "Do it\n\nskip-checks is true\n"),
        (
            "Do it\n\nSigned-off-by: Ada <ada@example.com>\nReviewed-by: Sam",
            "Do it\n\nSigned-off-by — Ada <ada(at)example.com>\nReviewed-by — Sam\n",
        ),
        ("Co-authored-by: Ada <a@b.c>", "Co-authored-by — Ada <a(at)b.c>\n"),
        ("one\ntwo\n\n\n\nthree  ", "one\n\ntwo\n\nthree\n"),
        ("", "Work on #2\n"),
        ("\u200b\n\0", "Work on #2\n"),
        ("x" * 300, "x" * 199 + "…\n"),
    ],
)
def test_what_becomes_of_a_message(message: str, made: str | None) -> None:
    """None: it stays as it is. What an honest session writes keeps its words."""
    assert neutral(message, OWN) == (message if made is None else made)


@pytest.mark.parametrize(
    "word",
    [
        *("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]", "[skip-ci]", "[ci-skip]"),
        *("[skip travis]", "[travis skip]", "[skip circle]", "[skip netlify]", "[netlify skip]", "[vercel skip]"),
        *("[skip azurepipelines]", "[skip azp]", "[azp skip]", "[skip appveyor]", "[CF-Pages-Skip]", "[skip cd]"),
        *("[skip render]", "[skip release]", "[SKIP  CI]", "[[skip ci]]", "[no-ci]", "[skip preview]", "[skip-cd]"),
    ],
)
def test_checks_cannot_be_skipped(word: str) -> None:
    """By the words of any CI system that looks into messages; the words stay, the brackets go."""
    made = neutral(f"Do it {word}\n", OWN)
    assert not re.search(r"[\[\]]", made)
    assert re.search("skip|no-ci", made)


@pytest.mark.parametrize(
    "message",
    [
        "S\n\nSigned-off-by: A\nFixes: abc\n",
        "S\n\nbody\n\nA: b\n  and more\nC: d\n",
        "S\n\nA: b\n---\nC: d\n",
        "S\n\n(cherry picked from commit 0123)\nSigned-off-by: A\n",
        "S\n\nSigned-off-by : A\n# comment\n",
        "S\nSigned-off-by: A\n",
        "S\n\nhttps://a: b\nX: y\n",
    ],
)
def test_git_finds_no_trailer(message: str) -> None:
    asked = ["git", "interpret-trailers", "--parse"]
    found = subprocess.run(asked, input=neutral(message, OWN), capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout == ""


def test_a_long_message_is_cut() -> None:
    assert len(neutral("S\n\n" + "word @x #1\n" * 100_000, OWN)) < 40_000


def test_a_title_is_one_line() -> None:
    assert neutral_subject("Fixes #1 for @ada", OWN) == "Fixes issue 1 for (at)ada"
    assert neutral_subject("Say 👩\u200d💻 [skip ci]", OWN) == "Say 👩\u200d💻 skip-ci"


@given(st.lists(st.sampled_from(PARTS), max_size=20).map("".join))
def test_a_sign_off_is_there_once_however_often_it_is_added(message: str) -> None:
    trailer = sign_off("Nightshift", "7+n@users.noreply.github.com")

    once = signed_off(message, trailer, lambda text: neutral(text, OWN))
    assert once == f"{neutral(message, OWN).rstrip()}\n\n{trailer}\n"
    assert signed_off(once, trailer, lambda text: neutral(text, OWN)) == once
