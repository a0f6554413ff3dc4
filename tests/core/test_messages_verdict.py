"""What the checks said of a change comes first, and nothing that they name leaves its place."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.changes import Note
from bot.core.checks import Check, CheckStanding, Verdict
from bot.core.markdown import tokens
from bot.core.messages import (
    PullRequestView,
    add_no_drafts,
    add_still_draft,
    add_was_open,
    pull_request_body,
    pull_request_marker,
    read_status,
    status_comment,
    status_record,
)
from bot.core.public_verdict import PublicVerdict
from bot.core.ran import Ran, Result, TestResult
from bot.core.short_verdict import ShortVerdict, in_short
from bot.core.tasks import State
from tests.core.pull_request_texts import ANY_TEXT, ATTEMPT, NEXT, QUIET, REFUSED, SAID, VIEW, judged, ran
from tests.core.status_texts import TASK, active_parts, said, with_task

PASSED, FAILED, SKIPPED = TestResult.PASSED, TestResult.FAILED, TestResult.SKIPPED


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        (0, 0, "| passes | `make \\| test` | exit 0 | exit 0 | 3 s |"),
        (1, 0, "| **passes now** | `make \\| test` | exit 1 | exit 0 | 3 s |"),
        (1, 2, "| fails as before | `make \\| test` | exit 1 | exit 2 | 3 s |"),
        (None, 1, "| **fails** | `make \\| test` | stopped at a limit | exit 1 | 3 s |"),
        (1, None, "| **could not run** | `make \\| test` | exit 1 | stopped at a limit | 3 s |"),
        (0, 1, "| **newly fails** | `make \\| test` | exit 0 | exit 1 | 3 s |"),
        (0, None, "| **could not run** | `make \\| test` | exit 0 | stopped at a limit | 3 s |"),
    ],
)
def test_each_check_is_shown_before_and_after(before: int | None, after: int | None, row: str) -> None:
    assert row in judged(Check(command="make | test", before=ran(before), after=ran(after)))


def test_a_check_that_failed_before_does_not_count_against_the_change() -> None:
    told = judged(Check(command="make", before=ran(1), after=ran(1)), Check(command="x", before=ran(0), after=ran(0)))

    assert "does not count against it" in told
    assert "| Checks | 1 of 2 pass |" in told


NOT_RUN = Ran(code=127, seconds=0, obstacle="tox: command not found", output="bash: tox: command not found")


def test_what_is_not_verified_says_so_first_with_what_to_do() -> None:
    told = judged(Check(command="tox", before=NOT_RUN, after=NOT_RUN))

    assert told.startswith(
        "Closes #7\n\n**Not verified**: `tox` could not run (tox: command not found). Say in `.github/nightshift.yml` "
    )
    assert "The operator of Nightshift can see with `nightshift try octo/tools`" in told.split("\n\n")[1]
    assert "| Checks | 0 of 1 pass, 1 could not run |" in told
    assert "does not count against it" not in told


def test_what_fails_as_before_says_whether_it_may_hide_more() -> None:
    """An exit code alone hides what the change breaks besides."""
    by_test = Ran(code=1, seconds=1, tests={"t": FAILED})
    failing = Check(command="make", before=ran(1), after=ran(2))

    assert "\n\n**Fails as before**: `make` fails, as before. Its tests were not reported one by one" in judged(failing)
    compared = judged(replace(failing, before=by_test, after=by_test))
    assert "**Fails as before**: `make` fails, as before (1 test). No test fails that did not" in compared


def test_what_could_not_be_loaded_may_hide_what_the_change_breaks() -> None:
    """So nothing says that no test fails newly."""
    failing = replace(ran(1), tests={"test_a.py": TestResult.NOT_LOADED, "test_b.py::x": PASSED})
    told = judged(Check(command="pytest", before=failing, after=failing))

    assert "The tests of `test_a.py` could not be loaded before or after" in told
    assert "No test fails" not in told


def test_what_is_verified_names_what_was_checked_before_and_after() -> None:
    passes = Check(command="make", before=ran(0), after=ran(0))
    mended = replace(passes, command="lint", before=ran(1))

    assert "\n\n**Verified**: `make` passes, as before.\n\n" in judged(passes)
    assert "\n\n**Verified**: `lint` passes, and failed before.\n\n" in judged(mended)
    assert "**Verified**: `make` and `lint` pass. Did not pass before: `lint`." in judged(passes, mended)
    tested = replace(passes, after=Ran(code=0, seconds=1, tests={"t": PASSED}))
    beside = judged(tested, Check(command="tox", before=NOT_RUN, after=NOT_RUN))
    assert "**Not verified**: `tox` could not run (tox: command not found). The others pass: `make`. Say in" in beside
    failing = judged(replace(passes, before=ran(1), after=ran(1)), Check(command="tox", before=NOT_RUN, after=NOT_RUN))
    assert "**Not verified**: `tox` could not run (tox: command not found). Failing: `make`. Say in" in failing


def test_each_test_that_changed_is_named_under_the_verdict() -> None:
    was = {"a": FAILED, "b": PASSED, "c": PASSED, "d": PASSED}
    now = {"a": PASSED, "b": SKIPPED, "d": PASSED, "e": PASSED, "f": PASSED}
    check = Check(
        command="make",
        before=Ran(code=1, seconds=1, tests=was),
        after=Ran(code=0, seconds=1, tests=now),
        flaky=("d",),
        proves_nothing=("f",),
    )

    assert (
        "**Verified**: `make` passes, and failed before (4 tests). "
        "Look first at what is named below: it may change what this verdict is worth.\n\n"
        "- Newly passing (1): `a`\n"
        "- Newly skipped (1): `b`\n"
        "- Removed (1): `c`\n"
        "- New (2): `e`, `f`\n"
        "- New, but passing on the old code too, so that they prove nothing (1): `f`\n"
        "- Flaky: failed, and passed on the same commit now or earlier (1): `d`\n\n"
        f"{REFUSED}\n\n{NEXT}\n\n{SAID}"
    ) in judged(check)


def test_a_newly_failing_test_is_named_first() -> None:
    """A mend that ran out of budget leaves none, but the list must not depend on that."""
    now = {f"t{number}": FAILED for number in range(20)}
    check = Check(command="make", before=ran(1), after=Ran(code=1, seconds=1, tests=now))

    assert "- Newly failing (20): `t0`, " in judged(replace(check, before=Ran(code=1, seconds=1, tests={})))
    assert "`t5` and 14 more\n" in judged(replace(check, before=Ran(code=1, seconds=1, tests={})))


@given(ANY_TEXT)
def test_the_name_of_a_test_stays_in_its_line(name: str) -> None:
    """It is written by the repository's code, and anything can stand in a parametrized one."""
    after = Ran(code=0, seconds=1, tests={f"x {name}": PASSED}, output=f"x {name}")
    check = Check(command=f"x {name}", before=Ran(code=0, seconds=1, tests={}), after=after, flaky=(f"x {name}",))
    failing = replace(check, before=ran(1), after=replace(after, code=1))

    for each in (check, failing):
        verdict = PublicVerdict(Verdict(checks=(each,), refused_hosts=(f"x {name}",)))
        body = pull_request_body(replace(VIEW, verdict=verdict))
        parsed = tokens(body)
        outline = [token.type for token in parsed if token.level == 0 and token.nesting >= 0]
        output = ["html_block", "paragraph_open", "fence", "html_block"] if each is failing else []
        assert outline[:3] == ["paragraph_open", "paragraph_open", "bullet_list_open"]
        assert outline[6 : 6 + len(output) + 4] == [
            *output,
            "html_block",
            "bullet_list_open",
            "html_block",
            "html_block",
        ]
        spoken = [child.content for token in parsed for child in token.children or [] if child.type == "text"]
        assert re.findall(r"@\w+|#\d+|gh-\d+", "\n".join(spoken), re.IGNORECASE) == ["#7"]


def test_the_output_of_what_does_not_pass_is_folded() -> None:
    """Its last lines, for those that could not run as well; of what passes none."""
    long = "\n".join(f"line {number}" for number in range(2000))
    failing = Check(command="make", before=ran(1), after=Ran(code=1, seconds=1, output=f"{long}\nlast"))
    told = judged(
        failing, Check(command="tox", before=NOT_RUN, after=NOT_RUN), Check(command="x", before=ran(0), after=QUIET)
    )

    shown = told.split("<details><summary>The end of what did not pass</summary>")[1].split("</details>")[0]
    assert "`make`:\n\n```text\nline 1" in shown
    assert shown.index("\nlast\n```") < shown.index("`tox`:\n\n```text\nbash: tox: command not found\n```")
    assert "all went well" not in told


def test_hosts_that_set_up_and_checks_could_not_reach_are_folded() -> None:
    verdict = PublicVerdict(Verdict(refused_hosts=("pypi.org", *["b"] * 30)))
    told = pull_request_body(replace(VIEW, verdict=verdict))

    title = "<details><summary>Hosts that the set-up or the checks asked for and could not reach</summary>"
    assert f"{title}\n\n- `pypi.org`\n" in told
    assert "\n\nand 11 more\n\n</details>" in told


def test_what_differs_from_a_draft_is_said_beside_the_verdict() -> None:
    body = judged(Check(command="tox", before=NOT_RUN, after=NOT_RUN))
    verdict = body.split("\n\n")[1]

    for add in (add_no_drafts, add_was_open, add_still_draft):
        changed = add(body)
        sentence = changed.split("\n\n")[1].removeprefix(f"{verdict} ")
        assert sentence.count(".") == 1
        assert sentence.endswith(".")
        assert changed.replace(f" {sentence}", "") == body


UNVERIFIED, LOOK_FIRST = CheckStanding.NOT_VERIFIED, "look first at what its description names"


@pytest.mark.parametrize(
    ("verdict", "headline"),
    [
        (None, "see #12, whose description shows what was checked"),
        (ShortVerdict(standing=UNVERIFIED), "not verified, #12 is ready for review: no checks were found"),
        (
            ShortVerdict(standing=UNVERIFIED, commands=("tox",), reason="tox: command not found"),
            "not verified, see #12: `tox` could not run (tox: command not found)",
        ),
        (
            ShortVerdict(standing=UNVERIFIED, commands=("a", "b"), fails=True, reason="no network"),
            "not verified, see #12: `a` and `b` fail, and could not run before (no network)",
        ),
        (
            ShortVerdict(standing=CheckStanding.FAILS_AS_BEFORE, commands=("make",), fails=True, tests=1),
            "fails as before, #12 is ready for review: `make` fails, as before (1 test)",
        ),
        (
            ShortVerdict(standing=CheckStanding.VERIFIED, commands=("a",), before=Result.FAILS, flagged=True),
            f"verified, #12 is ready for review: `a` passes, and failed before; {LOOK_FIRST}",
        ),
        (
            ShortVerdict(standing=CheckStanding.VERIFIED, commands=("a",), before=Result.PASSES, flaky=True),
            "verified, #12 is ready for review: `a` passes but for flaky tests, and passed before",
        ),
        (
            ShortVerdict(standing=CheckStanding.VERIFIED, commands=("a", "b", "c"), more=4, tests=12_000),
            "verified, #12 is ready for review: `a`, `b`, `c` and 4 more pass (12,000 tests)",
        ),
    ],
)
def test_the_verdict_is_the_first_that_is_said(verdict: ShortVerdict | None, headline: str) -> None:
    """What is not verified says how it could be."""
    view = replace(with_task(state=State.IN_REVIEW, pull_request=12, verdict=verdict), web_url="")

    told = said(view)

    assert told.startswith(f"**Nightshift**: {headline}\n\n")
    assert ("nightshift try" in told) == (verdict is not None and verdict.standing is UNVERIFIED)


@given(st.text(max_size=300), st.text(alphabet="`~<>!-@#17/[]():&;|*_\\ \n\rab", max_size=120))
def test_what_a_verdict_names_stays_in_its_line(command: str, reason: str) -> None:
    """A check's command is a repository's text, and what kept it from running is the output of its code."""
    check = Check(
        command=f"x{command}", before=Ran(code=1, seconds=1), after=Ran(code=1, seconds=1, obstacle=reason + "x")
    )
    verdict = in_short(Verdict(checks=(check,)))

    body = status_comment(with_task(state=State.IN_REVIEW, detail="", pull_request=12, verdict=verdict))

    outline = [token.type for token in tokens(body) if token.level == 0 and token.nesting >= 0]
    assert outline == ["paragraph_open", "paragraph_open", "paragraph_open", "html_block"]
    assert active_parts(body.replace("#12", "")) == []
    assert read_status(body) == status_record(replace(TASK, state=State.IN_REVIEW, pull_request=12, verdict=verdict))


def hostile_checks(text: str) -> tuple[Check, ...]:
    """Ten checks of each standing, with a hundred tests for each list, all of them named by `text`."""
    names = [f"{text[:3000]}{number}" for number in range(600)]
    was = dict.fromkeys(names[:200], PASSED) | dict.fromkeys(names[200:300], FAILED)
    now = dict.fromkeys(names[:100], SKIPPED) | dict.fromkeys(names[200:400], PASSED) | {names[500]: FAILED}
    shared = {"seconds": 1, "output": text}
    before, after = Ran(code=1, tests=was, **shared), Ran(code=1, tests=now, **shared)  # type: ignore[arg-type]
    stopped = Ran(code=None, obstacle=text, **shared)  # type: ignore[arg-type]
    lists = {"flaky": tuple(names[400:500]), "proves_nothing": tuple(names[300:400])}
    one = Check(command=text, before=before, after=after, **lists)
    return (one, replace(one, after=stopped), replace(one, before=stopped)) * 10


@pytest.mark.parametrize(
    "text",
    [
        *("x" * 70_000, "/a <!--\n```\n" * 9000, "<a>&#35;\n" * 9000, "@a\n" * 30_000),
        *("|`" * 40_000, "🙈" * 70_000, "\n" * 70_000),
    ],
)
def test_the_longest_evidence_fits(text: str) -> None:
    """GitHub refuses a body of more than 65,536 characters; the tag at its end must stay."""
    attempt = replace(ATTEMPT, summary=text, commands=((text, 1),) * 500, refused_commands=(text,) * 500)
    some = text[:3000]
    flags = (Note(text, text), *(Note(f"{path}{some}", f"{what}{some}") for what in range(50) for path in range(50)))
    verdict = Verdict(
        checks=hostile_checks(text), flags=flags, notes=(Note(text, text),) * 500, refused_hosts=(text,) * 500
    )
    view = PullRequestView(task=TASK, attempt=attempt, template="# A\n" + text[:9_990])
    view = replace(view, verdict=PublicVerdict(verdict), refused_hosts=(text,) * 500, gate_logs=("a" * 64,) * 10)
    body = pull_request_body(view)

    assert len(body) < 65_536
    assert "and 460 more" in body
    assert ("<details><summary>The end of what did not pass</summary>" in body) == bool(text.strip())
    assert body.endswith(pull_request_marker(TASK.issue))


def test_a_change_that_makes_a_check_unstable_says_so_first() -> None:
    check = Check(command="make", before=ran(0), after=ran(1), flaky=("",))

    assert "**Verified**: `make` passes but for flaky tests, and passed before." in judged(check)
