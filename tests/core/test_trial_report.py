"""What a trial prints: everything that a maintainer needs, and no character that a terminal obeys."""

from __future__ import annotations

import json

from bot.core.checks import FailedSetUp, GivenUp
from bot.core.ran import TestResult
from bot.core.trial import Trial
from bot.core.trial_report import report_document, report_lines
from tests.core.trials import a_check, a_set_up, a_trial, ran

BAD = "x\x1b]0;owned\x07\x9b2J\u202e\rverified: yes\nverified: a change\u2028here"
TESTS = {"a": TestResult.PASSED, "b": TestResult.FAILED, "c": TestResult.SKIPPED}


def printed(trial: Trial) -> str:
    return "\n".join(report_lines(trial))


def test_everything_that_was_found_is_there() -> None:
    set_up = a_set_up(
        "npm ci",
        reachable=("registry.npmjs.org",),
        sources=("github.com/own/x",),
        refused=("example.org:443",),
        packages=("left-pad==1.3.0",),
    )
    text = printed(
        a_trial(
            a_check("npm test", 1, reason="package.json", tests=TESTS, output="one\n  two\n"),
            set_up=set_up,
            tools_here=("node 20 (.nvmrc)",),
            tools_missing=("python 3.9 (`.python-version`) is not installed here",),
            services_here=("postgresql",),
            services_missing=("redis",),
            refused=("api.example.org:443",),
            notes=("vendor/x is a submodule of another owner",),
        )
    )
    lines = text.splitlines()

    assert lines[0] == "octo/clock at 1234567890"
    assert "tools: node 20 (.nvmrc)" in lines
    assert "services: PostgreSQL" in lines
    assert "missing: python 3.9 (`.python-version`) is not installed here, Redis is named under" in text
    assert "  passes         npm ci (package-lock.json): exit 0, 1.5 s" in lines
    assert "  may reach: registry.npmjs.org" in lines
    assert "  may fetch with git: github.com/own/x" in lines
    assert "  was refused: example.org:443" in lines
    assert "  installed without a lockfile: left-pad==1.3.0" in lines
    assert "  fails          npm test (package.json): 1 passed, 1 failed, 1 skipped, exit 1, 1.5 s" in lines
    assert "      |   two" in lines
    assert "  were refused: api.example.org:443" in lines
    assert "note: vendor/x is a submodule of another owner" in lines
    assert any(line.startswith("not verified: ") for line in lines)


def test_a_set_up_that_was_given_up_is_named_with_its_reason() -> None:
    failed = FailedSetUp(
        command="make dev",
        reason="postCreateCommand in .devcontainer/devcontainer.json",
        ran=ran(2, output="proxy: ENOTFOUND pip.example.org\n"),
        refused=("pip.example.org:443",),
    )
    given_up = GivenUp(origin="the devcontainer's commands", failed=failed)
    trial = a_trial(a_check(), set_up=a_set_up("npm ci", instead_of=given_up))
    lines = printed(trial).splitlines()

    assert "set-up by the devcontainer's commands was tried first, as the repository has it, and given up:" in lines
    assert "  fails          make dev (postCreateCommand in .devcontainer/devcontainer.json): exit 2, 1.5 s" in lines
    assert "      the network could not be reached: pip.example.org" in lines
    assert "      | proxy: ENOTFOUND pip.example.org" in lines
    assert report_document(trial)["set_up"]["instead_of"]["text"] == "make dev"


def hostile() -> Trial:
    return a_trial(
        a_check(BAD, 1, reason=BAD, output=f"{BAD}\n" * 1000, obstacle=BAD),
        set_up=a_set_up(BAD, code=1, reachable=(BAD,), refused=(BAD,), packages=(BAD,) * 500),
        tools_here=(BAD,),
        tools_missing=(BAD,),
        refused=(BAD,),
        notes=(BAD,),
    )


def test_no_text_of_others_controls_the_terminal_or_looks_like_the_conclusion() -> None:
    text = printed(hostile())

    assert not [char for char in text if char != "\n" and not char.isprintable()]
    assert not [line for line in text.splitlines() if line.startswith("verified")]
    assert len(text.splitlines()) < 100
    assert max(map(len, text.splitlines())) < 7000


def test_json_has_the_same_without_control_characters() -> None:
    text = json.dumps(report_document(hostile()), ensure_ascii=False)

    assert not [char for char in text if char in "\x1b\x07\x9b\r"]
    assert json.loads(text)["checks"][0]["result"] == "could not run"


def test_the_output_of_a_failed_set_up_stands_there_once() -> None:
    set_up = a_set_up("npm ci", code=1)
    assert set_up.failed is not None
    obstacle = set_up.failed.obstacle
    text = printed(a_trial(a_check(code=None, obstacle=obstacle, output="no such package"), set_up=set_up))

    assert "no such package" not in text


def test_what_was_taken_from_an_earlier_set_up_says_so() -> None:
    assert "lockfiles, kept from before" in printed(a_trial(set_up=a_set_up("npm ci", is_kept=True)))
