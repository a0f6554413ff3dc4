"""What GitHub shows of checks has been masked, and still says the same of the change."""

from __future__ import annotations

import re
from pathlib import Path

from bot.core.changes import Note
from bot.core.checks import Check, FailedSetUp, Verdict
from bot.core.public_verdict import make_public
from bot.core.ran import Ran, TestResult

ROOT = Path(__file__).parents[2]
FAILED, PASSED, SKIPPED = TestResult.FAILED, TestResult.PASSED, TestResult.SKIPPED
LISTS = ("newly_failing_tests", "newly_passing_tests", "newly_skipped_tests", "removed_tests", "new_tests")


def mask(text: str) -> str:
    return re.sub(r"key\d+", "***", text)


def ran(code: int, tests: dict[str, TestResult] | None = None) -> Ran:
    return Ran(code=code, seconds=1, tests=tests)


BEFORE = {"a key1": PASSED, "b key2": FAILED, "c key3": PASSED, "d key4": PASSED, "same key5": PASSED, "old": FAILED}
AFTER = {"a key1": FAILED, "b key2": PASSED, "c key3": SKIPPED, "e key6": PASSED, "same key5": PASSED, "old": FAILED}
CHECK = Check(command="make", before=ran(1, BEFORE), after=ran(1, AFTER), proves_nothing=("e key6", "tests/key7.py"))


def test_every_list_has_as_many_tests_as_before_and_no_secret() -> None:
    (shown,) = make_public(Verdict(checks=(CHECK,)), mask).checks

    for name in LISTS:
        assert len(getattr(shown, name)) == len(getattr(CHECK, name)) == 1
    assert shown.newly_failing_tests == ("a ***",)
    assert shown.proves_nothing == ("e ***", "tests/***.py")
    assert (shown.newly_failing, shown.passes) == (CHECK.newly_failing, CHECK.passes)
    assert "key" not in str(shown)


def test_tests_whose_names_are_masked_to_the_same_stay_two() -> None:
    """Otherwise one that failed before would hide one that fails now."""
    before = ran(1, {"test key1": FAILED, "test key2": PASSED})
    check = Check(command="make", before=before, after=ran(1, {"test key1": FAILED, "test key2": FAILED}))

    (shown,) = make_public(Verdict(checks=(check,)), mask).checks

    assert shown.newly_failing_tests == ("test *** (2)",)


def test_a_flaky_test_is_found_again_under_its_shown_name() -> None:
    """Else it would count as broken in what GitHub shows. An empty name is the command itself."""
    check = Check(
        command="make", before=ran(0, {"a key1": PASSED}), after=ran(1, {"a key1": FAILED}), flaky=("a key1",)
    )
    whole = Check(command="make", before=ran(0), after=ran(1), flaky=("",))

    (shown, shown_whole) = make_public(Verdict(checks=(check, whole)), mask).checks

    assert (shown.flaky, shown.newly_failing, shown.passes) == (("a ***",), False, True)
    assert (shown_whole.flaky, shown_whole.newly_failing, shown_whole.passes) == (("",), False, True)


def test_all_other_texts_of_a_verdict_are_masked() -> None:
    stopped = Ran(code=None, seconds=1, output="says key1", obstacle="no key2")
    verdict = Verdict(
        checks=(Check(command="make", before=stopped, after=stopped),),
        flags=(Note("key3.py", "was key4"),),
        notes=(Note("key5.py", "was key6"),),
        refused_hosts=("key7.example.org", "key8.example.org"),
        failed_set_up=FailedSetUp(command="make", reason="setup", ran=stopped),
    )

    shown = make_public(verdict, mask)

    assert "key" not in str(shown)
    assert shown.refused_hosts == ("***.example.org",)
    assert shown.failed_set_up is not None
    assert shown.failed_set_up.ran.output == "says ***"


def test_a_public_verdict_is_made_in_one_place() -> None:
    """Messages take no other, so nothing of a cell reaches them unmasked."""
    makers = [path for path in sorted((ROOT / "bot").rglob("*.py")) if "PublicVerdict(" in path.read_text()]

    assert [path.name for path in makers] == ["public_verdict.py"]
