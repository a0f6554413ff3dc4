"""The pull request: a title on one line, and a body that shows how the change came to be."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.changes import Note
from bot.core.checks import Verdict
from bot.core.failures import FailureKind
from bot.core.markdown import tokens
from bot.core.messages import (
    PullRequestView,
    is_ours,
    pull_request_body,
    pull_request_title,
)
from bot.core.public_verdict import PublicVerdict
from bot.core.ran import TestResult
from tests.core.pull_request_texts import ANY_TEXT, ATTEMPT, NEXT, REFUSED, SAID, TASK, VIEW, judged

PASSED, FAILED, SKIPPED = TestResult.PASSED, TestResult.FAILED, TestResult.SKIPPED
UNVERIFIED = (
    "**Not verified**: no checks were found. Name them in `.github/nightshift.yml`, such as "
    '`verify: ["make test"]`. The operator of Nightshift can see with `nightshift try octo/tools` what is missing.'
)


def titled(title: str) -> str:
    return pull_request_title(replace(TASK, snapshot=replace(TASK.snapshot, title=title)))


def summed_up(summary: str) -> str:
    return pull_request_body(replace(VIEW, attempt=replace(ATTEMPT, summary=summary)))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Fix the clock", "Fix the clock"),
        (" Fix\r\nthe\tclock\n", "Fix the clock"),
        ("Fix \u202ethe\u200b clock\x00", "Fix the clock"),
        ("$(reboot) `id` && <b>", "$(reboot) `id` && <b>"),
        ("שלום 👩‍💻", "שלום 👩‍💻"),
        ("\u200b\n", "Work on #7"),
        ("x" * 300, "x" * 255 + "…"),
    ],
)
def test_the_title_is_the_issues_on_one_line(title: str, expected: str) -> None:
    """At most 256 characters, and never empty."""
    assert titled(title) == expected


@pytest.mark.parametrize(
    "title",
    [
        "Fix #8: the clock",
        "fixes: octo/other#8",
        "Resolves GH-8",
        "closed https://github.com/o/r/issues/8",
        "a, FIXED #8",
    ],
)
def test_a_title_closes_no_other_issue(title: str) -> None:
    """It becomes a commit's message where a pull request is squashed."""
    assert re.search(r"(?:#|gh-|/issues/)\d", titled(title), re.IGNORECASE) is None


@given(st.text(max_size=400))
def test_any_title_is_one_line(title: str) -> None:
    """GitHub refuses others."""
    assert 0 < len(titled(title)) <= 256
    assert titled(title).splitlines() == [titled(title)]


def test_the_body_closes_the_issue_and_shows_the_evidence() -> None:
    """What a reviewer wants to know before reading the change."""
    body = pull_request_body(VIEW)

    assert body.startswith(f"Closes #7\n\n{UNVERIFIED}\n\n{REFUSED}\n\n{NEXT}\n\n{SAID}\n\n<details><summary>")
    for row in (
        "| Attempt | 2 |",
        "| Turns | 7 of 30 |",
        "| Cost | $0.42 |",
        "| Time | 1 min 35 s, of which Claude 1 min 30 s |",
        "| Gate | asked 9, granted 8, refused 1 |",
        "| Finished | Claude reported it complete |",
        "| Uncommitted changes | none |",
        "| Approved by | `ada` |",
        "| 0 | `pytest -q \\| tail` |",
        "| 2 | `make` |",
        "| ? | `sleep 1` |",
        "- `git push`",
    ):
        assert f"{row}\n" in body
    assert "Sandbox" not in body
    assert body.endswith("\n\n<!-- nightshift:pull-request octo/tools#7 -->")
    assert is_ours(body)


@pytest.mark.parametrize(("completion", "fallback"), [("structured", False), ("words", True), ("commits", True)])
def test_a_fallback_is_marked_as_one(completion: str, fallback: bool) -> None:
    """Only the structured answer is the rule."""
    body = pull_request_body(replace(VIEW, attempt=replace(ATTEMPT, completion=completion)))

    assert ("(fallback) |" in body) == fallback


def test_what_is_out_of_the_ordinary_is_said() -> None:
    """No sandbox, leftovers, no commands, no summary."""
    bare = replace(ATTEMPT, commands=(), refused_commands=(), summary="", completion="")

    body = pull_request_body(PullRequestView(task=TASK, attempt=bare, leftovers=True, sandboxed=False))

    assert "| Sandbox | **off**" in body
    assert "| Uncommitted changes | committed by Nightshift in a separate commit |" in body
    assert "No shell commands were run." in body
    assert "> Claude left no summary." in body
    assert "Refused by the gate" not in body


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("## Description\n<!-- what? -->\n\n## Tests\n- [ ] ran", f"## Description\n\n{SAID}\n\n## Tests\n- [ ] ran"),
        (
            "# Hello\nThanks.\r\n\r\n## What changed\r\n\r\nText\r\n",
            f"# Hello\nThanks.\n\n## What changed\n\n{SAID}\n\nText",
        ),
        ("## First\n\n## Second", f"## First\n\n{SAID}\n\n## Second"),
        ("<!-- what? -->\n- [ ] ran", f"{SAID}\n\n- [ ] ran"),
        ("- [ ] ran", f"{SAID}\n\n- [ ] ran"),
        ("Fixes # (issue)\n\n## Summary", f"Fixes #7\n\n## Summary\n\n{SAID}"),
        ("- Closes: #\n\n## Summary", f"- Closes: #7\n\n## Summary\n\n{SAID}"),
        ("  \n", SAID),
        ("x" * 30_000, SAID),
    ],
)
def test_the_repositorys_template_is_filled(template: str, filled: str) -> None:
    """The summary stands where the template asks for it; boxes are for the person who reviews."""
    body = pull_request_body(replace(VIEW, template=template))

    assert body.startswith(f"Closes #7\n\n{UNVERIFIED}\n\n{REFUSED}\n\n{NEXT}\n\n{filled}\n\n<details>")


@given(ANY_TEXT, ANY_TEXT)
def test_claudes_words_stay_in_their_place(summary: str, command: str) -> None:
    """They close no other issue, mention no person, and leave the evidence as it is."""
    attempt = replace(
        ATTEMPT, summary=f"x {summary}", commands=((f"x {command}", 0),), refused_commands=(f"x {command}",)
    )

    body = pull_request_body(replace(VIEW, attempt=attempt))

    parsed = tokens(body)
    outline = [token.type for token in parsed if token.level == 0 and token.nesting >= 0]
    assert outline == [
        *(
            "paragraph_open",
            "paragraph_open",
            "bullet_list_open",
            "paragraph_open",
            "paragraph_open",
            "blockquote_open",
            "html_block",
            "table_open",
            "table_open",
        ),
        *("paragraph_open", "bullet_list_open", "html_block", "html_block", "html_block"),
    ]
    assert sum(token.type == "td_open" for token in parsed) == 2 * 9 + 2
    spoken = [child.content for token in parsed for child in token.children or [] if child.type == "text"]
    assert re.findall(r"@\w+|#\d+|gh-\d+", "\n".join(spoken), re.IGNORECASE) == ["#7"]


@pytest.mark.parametrize(
    "summary", ["Closes #8", "fixes octo/other#8", "resolves https://github.com/o/r/issues/8", "Fixes GH-8", "&#35;8"]
)
def test_claude_closes_no_other_issue(summary: str) -> None:
    """A word in its summary would, when the pull request is merged."""
    body = summed_up(summary)

    assert re.findall(r"(?:#|gh-|/issues/)\d+", body.split("<details>")[0], re.IGNORECASE) == ["#7"]


def test_that_there_are_no_checks_is_said() -> None:
    assert "| Checks | none found" in judged()


def test_what_the_reviewer_should_look_at_is_named() -> None:
    """No name of a file mentions a person."""
    told = judged(notes=(Note("tests/@sam`/test_a.py", "deleted"), *[Note("a", "b")] * 30))

    assert "``tests/@sam`/test_a.py``: deleted" in told
    assert "and 11 more" in told


def test_what_people_should_look_at_first_stands_at_the_top() -> None:
    """Right after the issue and the verdict; files with the same reason share a line."""
    flags = (Note("AGENTS.md", "coding agents obey it"), *[Note(f"{n}/conftest.py", "steers") for n in range(5)])

    told = pull_request_body(replace(VIEW, verdict=PublicVerdict(Verdict(flags=flags))))

    assert told.startswith(
        f"Closes #7\n\n{UNVERIFIED}\n\n{REFUSED}\n- **Look first**: 6 files, named below\n\n"
        "**This change touches files that people should look at first:**\n\n"
        "- `AGENTS.md`: coding agents obey it\n"
        "- `0/conftest.py`, `1/conftest.py`, `2/conftest.py` and 2 more: steers\n\n"
        f"{NEXT}\n\nWhat was done"
    )


def test_many_harmless_flags_hide_no_other() -> None:
    """A session could change a hundred files to push one out of the list."""
    flags = (*[Note(f"{n}/conftest.py", "steers") for n in range(100)], Note("pytest.py", "shadows"))

    assert "- `pytest.py`: shadows\n" in pull_request_body(replace(VIEW, verdict=PublicVerdict(Verdict(flags=flags))))


@given(ANY_TEXT, ANY_TEXT)
def test_a_flagged_file_stays_in_its_line(path: str, what: str) -> None:
    """Whatever a file or a dependency is called: one list of one line, and no other issue closed."""
    flags = (Note(f"x {path}", f"x {what}"),)
    body = pull_request_body(replace(VIEW, verdict=PublicVerdict(Verdict(flags=flags))))

    parsed = tokens(body)
    outline = [token.type for token in parsed if token.level == 0 and token.nesting >= 0][:5]
    assert outline == [
        *("paragraph_open", "paragraph_open", "bullet_list_open"),
        *("paragraph_open", "bullet_list_open"),
    ]
    spoken = [child.content for token in parsed for child in token.children or [] if child.type == "text"]
    assert re.findall(r"@\w+|#\d+|gh-\d+", "\n".join(spoken), re.IGNORECASE) == ["#7"]


def test_what_git_has_put_on_another_base_shows_whose_work_it_is() -> None:
    body = pull_request_body(replace(VIEW, rebased_in=3))
    assert f"| Attempt | {ATTEMPT.number} |" in body
    assert "| Rebased | by git alone, in attempt 3 |" in body
    assert "Rebased" not in pull_request_body(VIEW)


def test_a_session_that_was_stopped_did_not_finish() -> None:
    """It could not say so itself."""
    stopped = replace(ATTEMPT, completion="")

    failed = pull_request_body(replace(VIEW, attempt=stopped, failed=FailureKind.SESSION_TIMEOUT))
    assert "| Finished | no: `session_timeout` |" in failed
    assert "| Finished | Claude did not say |" in pull_request_body(replace(VIEW, attempt=stopped))
