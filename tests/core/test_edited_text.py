"""What a person changed in a pull request's text stays when the bot writes its own parts anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.change_size import ChangeSize
from bot.core.messages import (
    KeyFacts,
    add_wanted_draft,
    keep_edits,
    pull_request_body,
    read_verdict,
    with_base_moved,
    with_conflicts,
    with_stack_line,
)
from bot.core.messages.pressure import CONFLICTS_MARKER
from bot.core.messages.stack_line import StackPlace, stack_line
from tests.core.pull_request_texts import ANY_TEXT, ATTEMPT, VIEW

TEMPLATE = "## What\n\n## Checklist\n\n- [ ] I ran it\n- [ ] I read it"


def text(commit: str, summary: str = "The clock is on time.") -> str:
    facts = KeyFacts(size=ChangeSize(files=1, added=2, removed=0), base=("main", commit * 10))
    attempt = replace(ATTEMPT, summary=summary, turns=ord(commit))
    return pull_request_body(replace(VIEW, template=TEMPLATE, facts=facts, attempt=attempt))


FIRST, SECOND = keep_edits(text("a")), keep_edits(text("b"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- [ ] I ran it", "- [x] I ran it"),
        ("Closes #7", "See #7"),
        ("Closes #7", "Please look at the clock first.\n\nCloses #7"),
        ("- [ ] I read it", "- [ ] I read it\n\nTried on a ship:\n\n```\ntick\n\n- **Base**: tock\n```"),
        ("## Checklist", "## What I did"),
        ("> The clock is on time.", "The clock is on time, says ada."),
        ("**Next** (a maintainer): ", "Later. "),
    ],
)
def test_what_a_person_changed_stays(old: str, new: str) -> None:
    edited = FIRST.replace(old, new, 1).replace("\n", "\r\n")

    merged = keep_edits(text("b"), edited)

    assert merged == SECOND.replace(old, new, 1)
    assert keep_edits(text("b"), merged) == merged


@pytest.mark.parametrize("removed", ["Closes #7\n\n", "## Checklist\n\n- [ ] I ran it\n- [ ] I read it\n\n"])
def test_what_a_person_removed_stays_removed(removed: str) -> None:
    assert keep_edits(text("b"), FIRST.replace(removed, "", 1)) == SECOND.replace(removed, "", 1)


def test_where_both_changed_a_paragraph_the_new_one_stands_before_the_edited_one() -> None:
    edited = FIRST.replace("| Attempt | 2 |", "| Attempt | 2, on my ship |")

    merged = keep_edits(text("b"), edited)

    assert merged.index("| Turns | 98") < merged.index("| Attempt | 2, on my ship |")
    assert keep_edits(text("c"), merged).count("on my ship") == 1


def test_a_text_without_edits_gets_the_new_parts() -> None:
    assert keep_edits(text("b"), FIRST) == SECOND
    assert keep_edits(text("b", "It strikes."), FIRST) == keep_edits(text("b", "It strikes."))


def test_what_the_bot_itself_edited_between_two_attempts_is_no_persons() -> None:
    line = stack_line(StackPlace(part=2, parts=3, below=[4]))
    moved = with_base_moved(with_stack_line(FIRST, line), source="auto/3", target="main")
    shown = with_conflicts(moved, f"- **Conflicts with**: #9 (`a.py`) {CONFLICTS_MARKER}")

    assert keep_edits(text("b"), shown) == SECOND
    assert keep_edits(with_stack_line(text("b"), line), shown) == with_stack_line(SECOND, line)


def test_a_sentence_beside_the_verdict_of_a_part_of_a_stack_stands_beside_the_verdict() -> None:
    line = stack_line(StackPlace(part=2, parts=3, below=[4]))

    body = add_wanted_draft(with_stack_line(text("a"), line))

    assert body == with_stack_line(add_wanted_draft(text("a")), line)


def test_a_text_that_a_person_wrote_from_the_start_stands_before_the_bots() -> None:
    assert keep_edits(text("b"), "This is mine.\n\n```\nwithout an end") == (
        f"This is mine.\n\n```\nwithout an end\n\n{SECOND}"
    )


def test_a_text_of_an_earlier_version_is_folded_under_the_new_one() -> None:
    merged = keep_edits(text("b"), text("a").replace("Closes #7", "See #7"))

    assert merged.startswith(SECOND[: SECOND.index("<!-- nightshift:parts")].rstrip())
    assert "<details><summary>The text before</summary>\n\nSee #7\n\n" in merged


def test_a_text_that_would_become_too_long_loses_the_evidence_first() -> None:
    edited = FIRST.replace("## Checklist", "x" * 63_900)

    merged = keep_edits(text("b"), edited)

    assert "x" * 63_900 in merged
    assert "I ran it" in merged
    assert "| Turns |" not in merged
    assert keep_edits(text("b"), "x" * 65_000) == "x" * 65_000


@given(ANY_TEXT, st.integers(min_value=0, max_value=2000))
def test_no_word_of_a_person_is_lost_and_the_markers_stay_at_the_end(said: str, at: int) -> None:
    edited = f"{FIRST[:at]}\n\nsaid: {said.strip()}\n\n{FIRST[at:]}"

    merged = keep_edits(text("b"), edited)

    assert set(said.split()) <= set(merged.split())
    assert read_verdict(merged) == read_verdict(SECOND)
