"""What people read on GitHub, they can follow: no step is named that the reader may not or cannot take.

The table is `docs/messages/`, which shows every sentence (`tests/test_messages_page.py` compares it with the code).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.failure_policy import policy
from bot.core.failures import FailureKind, Turn
from bot.core.final_failures import sentence_of_failed, turn_of_failed
from bot.core.messages import pull_request_body
from tests.core.pull_request_texts import VIEW

PAGES = Path(__file__).parents[2] / "docs/messages"
PAGE = "\n".join((PAGES / name).read_text() for name in ("github.md", "events.md"))
# Their readers have no shell of the host. The other pages are the operator's, or of parts of these texts.
FOR_EVERYONE = (
    *("Status comment", "Status comment after a failure", "Notice", "Reply", "Digest", "Review", "Check run"),
    *("Pull request", "Pause", "Event"),
)
SHELL_COMMAND = re.compile(r"nightshift (?:add|digest|doctor|evidence|gate|list|patch|prune|resume|retry|sync|try)\b")
COMMAND = re.compile(r"(?<![\w`(])`?/(?:retry|go|revise|say|allow|cancel)\b")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*@])|\n+")


def sentences(section: str) -> Iterator[str]:
    """Each sentence of a section of the page. A step behind `Next` belongs to the words that say whose it is."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    assert text, section
    quoted = "\n".join(line[1:].strip() for line in text.splitlines() if line.startswith(">"))
    yield from filter(None, SENTENCE.split(quoted))


@pytest.mark.parametrize("section", FOR_EVERYONE)
def test_a_command_of_the_host_is_the_operators(section: str) -> None:
    """Only the operator can type `nightshift doctor`; to anyone else the sentence says so."""
    assert not [each for each in sentences(section) if SHELL_COMMAND.search(each) and "operator" not in each]


@pytest.mark.parametrize("page", ["github.md", "reasons.md"])
def test_a_reason_on_an_issue_asks_for_no_command_of_the_host(page: str) -> None:
    """A reason stands beside a step that is for another person."""
    lines = re.findall(r"^- (.+)$", (PAGES / page).read_text(), re.MULTILINE)

    assert len(lines) > 100
    assert not [each for each in lines if SHELL_COMMAND.search(each) and "operator" not in each]


@pytest.mark.parametrize("kind", FailureKind)
def test_an_author_is_offered_no_command_that_takes_write_permission(kind: FailureKind) -> None:
    """The issue's author may be a stranger: before each command stands who comments it."""
    if policy(kind).turn is not Turn.AUTHOR:
        return
    step = policy(kind).next_step
    first = COMMAND.search(step)
    assert first is None or "a maintainer then comments" in step[: first.start() + 1]


def test_a_notice_that_mentions_an_author_offers_no_command_either() -> None:
    told = [each for each in sentences("Notice") if "/retry" in each]
    steps = PAGE.partition("\n## Notice\n")[2].partition("\n## ")[0].split("\n### ")
    to_author = [each for each in steps if "@mallory" in each]

    assert told
    assert len(to_author) == sum(policy(kind).turn is Turn.AUTHOR for kind in FailureKind)
    assert not [each for each in to_author if COMMAND.search(each) and "a maintainer then comments" not in each]


@pytest.mark.parametrize("kind", FailureKind)
def test_a_next_step_is_something_to_do(kind: FailureKind) -> None:
    """What was in vain before is part of what happened."""
    assert "did not help" not in policy(kind).next_step
    assert turn_of_failed(kind) is not Turn.NIGHTSHIFT
    assert ("did not help" in sentence_of_failed(kind)) == (policy(kind).turn is Turn.NIGHTSHIFT)


@pytest.mark.parametrize("kind", FailureKind)
def test_a_draft_tells_of_a_failure_as_its_check_run_and_its_notice_do(kind: FailureKind) -> None:
    body = pull_request_body(replace(VIEW, failed=kind))
    assert f"**Failed**: `{kind}`. {sentence_of_failed(kind)} " in body


@pytest.mark.parametrize("kind", FailureKind)
def test_a_step_of_the_operator_names_them(kind: FailureKind) -> None:
    """Its notice mentions the approver, who may not be the operator."""
    assert policy(kind).turn is not Turn.OPERATOR or "the operator of Nightshift" in policy(kind).next_step


def test_one_kind_counts_turns_and_one_counts_time() -> None:
    """Both are called timeouts, so their sentences say which limit it was."""
    assert "turns" in policy(FailureKind.SESSION_TIMEOUT).sentence
    assert "minutes" in policy(FailureKind.WALL_CLOCK_TIMEOUT).sentence


def test_a_notice_that_is_over_asks_for_nothing() -> None:
    over = [each for each in PAGE.split("\n### ") if "afterwards\n" in each]

    assert len(over) >= 5
    assert all("\n> No action is needed any more: " in each for each in over)


@pytest.mark.parametrize("section", FOR_EVERYONE)
def test_the_gate_is_called_the_gate(section: str) -> None:
    """The failure `guards_unproven` has its name from an earlier version."""
    assert not [each for each in sentences(section) if "guards" in each.lower().replace("guards_unproven", "")]
