"""A night passes only if GitHub shows what was expected, and nothing besides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.rehearsal.judge import judge_issue
from bot.rehearsal.observation import CommandSeen, Observation
from bot.rehearsal.scenario import Expect
from tests.rehearsal.as_documented import EVIDENCE, NOTICE, RELAY, pull_request_text, status
from tests.rehearsal.judged import GOOD, PULL, labelled, said

BLOCKED = "failed, `task_blocked`\n\n**Next** (a maintainer): clear what it names, then comment `/retry`."


def with_text(body: str) -> Observation:
    return replace(GOOD, pull_requests=(replace(PULL, body=body),))


def test_a_night_that_went_as_expected_has_nothing_to_say() -> None:
    """State, label, status comment, pull request, evidence, files: all in order."""
    assert said(files={"a.py": "x = 1\n", "b.py": None}, comment=["#4"], attempts=1) == []


def test_another_outcome_is_named_with_its_kind() -> None:
    comment = status("failed", failure="task_blocked", text=BLOCKED)
    seen = replace(labelled("auto", "auto:failed"), comments=(comment,), pull_requests=(), files=None)

    assert said(seen, pull_request=False) == ["expected in_review, found failed (task_blocked)"]
    assert said(seen, state="failed", failure="task_blocked") == []
    assert said(seen, state="failed", failure="needs_info") == ["expected needs_info, found task_blocked"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("failed\n\n**Next** (a maintainer): comment `/retry`.", "does not name the kind of failure"),
        ("failed, `task_blocked`\n\nClaude says that it cannot.", "does not say whose turn it is"),
        ("failed, `task_blocked`\n\n**Next** (a maintainer): ", "does not say whose turn it is"),
    ],
)
def test_a_failure_names_its_kind_and_whose_turn_it_is(text: str, missing: str) -> None:
    comment = status("failed", failure="task_blocked", text=text)
    seen = replace(labelled("auto", "auto:failed"), comments=(comment,), pull_requests=(), files=None)

    assert said(seen, state="failed", failure="task_blocked") == [f"its status comment {missing}"]


def test_a_task_that_waits_for_another_is_labelled_so() -> None:
    """Whether it does, its status comment says."""
    text = "waits for other issues\n\n- waits for #2, which is queued"
    waits = status("queued", blockers=[("octo/clock#1", True), ("octo/clock#2", False)], text=text)
    seen = replace(GOOD, comments=(waits,), pull_requests=(), files=None)
    blocked = replace(seen, issue=replace(GOOD.issue, labels=("auto", "auto:waiting")))

    assert said(blocked, state="queued") == []
    assert said(seen, state="queued") == [
        "expected the state label auto:waiting, found auto:review",
        "expected the verdict's label none, found auto:verified",
    ]


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (("auto", "auto:verified"), "none"),
        (("auto", "auto:running", "auto:verified"), "auto:running"),
        (("auto:review", "auto:running"), "auto:review, auto:running"),
    ],
)
def test_exactly_the_one_state_label_is_on_the_issue(labels: tuple[str, ...], found: str) -> None:
    """None, a wrong one, and one too many are all unexpected."""
    assert said(labelled(*labels)) == [f"expected the state label auto:review, found {found}"]


def test_labels_begin_with_the_trigger_label() -> None:
    renamed = labelled("night", "night:review", "night:verified")
    renamed = replace(renamed, comments=(*renamed.comments, NOTICE))
    assert list(judge_issue(Expect(), renamed, prefix="night")) == []


def test_there_is_one_status_comment_and_it_says_what_it_should() -> None:
    """A second status comment, none, a stale hidden block, and missing words are all unexpected."""
    (only,) = GOOD.comments

    assert said(replace(GOOD, comments=(only, only))) == ["expected one status comment, found 2"]
    assert said(replace(GOOD, comments=())) == ["expected one status comment, found 0"]
    assert said(comment=["no such words"]) == ["its status comment does not say 'no such words'"]
    stale = status("running", text="at work\n\nNothing to do for now.")
    assert said(replace(GOOD, comments=(stale,))) == [
        "expected in_review, found running",
        "expected the state label auto:running, found auto:review",
        "expected the verdict's label none, found auto:verified",
    ]


UNREADABLE = "the hidden block of its status comment is missing, there twice, or cannot be read"


@pytest.mark.parametrize(
    "comment",
    [
        status().partition("<!--")[0],
        status() + status()[status().index("<!--") :],
        status().replace(" -->", ", -->"),
        status().replace("nightshift:status", "nightshift:state"),
    ],
    ids=["missing", "twice", "no JSON", "another name"],
)
def test_a_status_comment_is_known_by_its_shape_and_its_hidden_block_is_needed(comment: str) -> None:
    """The bot finds it again by that block: one that has lost it would be doubled by the next change."""
    assert said(replace(GOOD, comments=(comment,))) == [UNREADABLE]
    assert "expected one status comment, found 2" in said(replace(GOOD, comments=(status(), comment)))


def test_the_hidden_block_is_of_this_issue() -> None:
    other = status(issue="octo/clock#30")
    assert said(replace(GOOD, comments=(other,))) == ["the hidden block of its status comment is of octo/clock#30"]


def test_the_bot_says_nothing_that_was_not_expected() -> None:
    """Silence is the rule: each further comment has to be listed, in its order."""
    talking = replace(GOOD, comments=(*GOOD.comments, "**Nightshift** is at work. Did you mean /retry?"))

    assert said(talking) == ["the bot's comment '**Nightshift** is at work. Did you mean /retry?' was not expected"]
    assert said(talking, replies=["Did you mean"]) == []
    assert said(talking, replies=["other"]) == [
        "the bot's comment '**Nightshift** is at work. Did you mean /retry?' does not say 'other'"
    ]
    assert said(replies=["Did you mean"]) == ["the bot did not comment 'Did you mean'"]


def test_an_answer_in_one_paragraph_is_no_status_comment() -> None:
    answer = (
        "**Nightshift**: #4 is ready for review. Its status comment above tells more.\n\n<!-- nightshift:reply x -->"
    )
    assert said(replace(GOOD, comments=(*GOOD.comments, answer)), replies=["ready for review"]) == []


def test_a_command_gets_its_eyes() -> None:
    """One of somebody who may give it; one of others gets none; nothing is required where a role changed."""

    def commanded(may_write: bool | None, *reactions: str) -> list[str]:
        command = CommandSeen(line="/retry turns=9", author="ada", may_write=may_write, reactions=reactions)
        return said(replace(GOOD, commands=(command,)))

    assert commanded(True, "eyes") == commanded(False) == commanded(None) == commanded(None, "eyes") == []
    assert commanded(True) == commanded(True, "rocket") == ["the command '/retry turns=9' of ada has no 👀"]
    assert commanded(False, "eyes") == ["the command '/retry turns=9' of ada, who may not give any, has a 👀"]


def test_the_pull_request_is_the_issues_own() -> None:
    """Its number, title and closing line; none where none belongs, and never two."""
    assert said(replace(GOOD, pull_requests=())) == ["expected one pull request, found none"]
    assert said(pull_request=False) == ["expected no pull request, found #4"]
    twice = replace(GOOD, pull_requests=(PULL, replace(PULL, number=5)))
    assert said(twice) == ["expected one pull request, found #4, #5"]
    foreign = replace(GOOD, pull_requests=(replace(PULL, title="Other", body=pull_request_text(33)),))
    assert said(foreign) == [
        "pull request #4 is called 'Other', not 'Fix it'",
        "pull request #4 does not say that it closes #3",
        "pull request #4 closes #33 too",
    ]


@pytest.mark.parametrize(
    ("words", "closed"),
    [
        ("Fixes #8", "#8"),
        ("resolved: octo/notes#1", "octo/notes#1"),
        ("It CLOSED #8 and closes #9.", "#8, #9"),
        ("Prefix #8, closes nothing, close # 8, closest #8", ""),
    ],
)
def test_a_merge_closes_no_other_issue(words: str, closed: str) -> None:
    """By each of GitHub's keywords, in the title or the text."""
    expected = [f"pull request #4 closes {closed} too"] if closed else []
    assert said(with_text(f"{pull_request_text()}\n{words}")) == expected


@pytest.mark.parametrize(
    ("evidence", "missing"),
    [
        (EVIDENCE.replace("| Attempt | 1 |\n", ""), "Attempt"),
        (EVIDENCE.replace("granted 2", "granted 3"), "figures of the gate that add up"),
        (EVIDENCE.replace("asked 3, granted 2, refused 1", "asked 0, granted 0, refused 0"), "figures of the gate"),
        (EVIDENCE.replace("The gate's", "A"), "The gate's log, The relay's record"),
        (EVIDENCE.replace(RELAY, "none"), "The relay's record"),
    ],
)
def test_evidence_is_whole(evidence: str, missing: str) -> None:
    (sentence,) = said(with_text(pull_request_text(evidence=evidence)))
    assert sentence.startswith(f"pull request #4 shows evidence without {missing}")


def test_a_pull_request_without_evidence_is_unexpected() -> None:
    assert said(with_text(pull_request_text(evidence=""))) == ["pull request #4 shows no evidence of how it came to be"]


def test_a_title_that_no_pull_request_can_bear_is_compared_as_people_see_it() -> None:
    """Line breaks, characters that show nothing, and what is beyond GitHub's limit do not count."""
    odd = replace(GOOD, issue=replace(GOOD.issue, title="Fix\n\u202e\u200bit" + " now" * 100))
    cut = replace(odd, pull_requests=(replace(PULL, title="Fix it now now…"),))

    assert said(cut) == []


def test_the_branch_holds_the_expected_files() -> None:
    """Content, absence and the branch itself are looked at in git."""
    assert said(files={"a.py": "x = 2\n"}) == ["a.py is not as expected: it holds 'x = 1'"]
    assert said(files={"b.py": ""}) == ["b.py is not as expected: it is not there"]
    assert said(files={"a.py": None}) == ["a.py is not as expected: it holds 'x = 1'"]
    assert said(replace(GOOD, files=None), files={"a.py": ""}) == ["its branch auto/3 was not pushed"]


def test_sessions_and_refusals_are_counted() -> None:
    """Sessions by the model that they asked, refusals by the status comment's hidden block."""
    assert said(attempts=2, refused=1) == [
        "expected 2 sessions, found 1",
        "expected 1 refusals of the gate at least, found 0",
    ]
    assert said(replace(GOOD, sessions=2, comments=(status(refused=2),)), attempts=2, refused=2) == []


def test_an_issue_that_must_start_nothing_is_held_to_that() -> None:
    """A stranger's issue gets its one answer, and nothing else."""
    alone = replace(GOOD, comments=("no write permission",), pull_requests=(), files=None)
    stranger: dict[str, Any] = {"task": False, "replies": ["no write permission"]}
    unwanted = ["it should have been left alone, but has a status comment, a branch or a pull request"]

    assert said(alone, **stranger) == []
    assert said(replace(alone, files={}), **stranger) == unwanted
    assert said(replace(alone, pull_requests=(PULL,)), **stranger) == unwanted
    assert said(replace(alone, comments=(*alone.comments, status())), **stranger) == unwanted
    assert said(replace(alone, comments=())) == [
        "it did not become a task: it has no status comment, no branch and no pull request"
    ]
