"""The settings that a trial prints can be pasted: they are valid, and say what was found and nothing else."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as texts

from bot.core.environment.python import PYTHON, make_with
from bot.core.environment.values import Command, Origin
from bot.core.proposed_settings import proposed_settings
from bot.core.repository_settings import RepositorySettings, read_repository_settings
from bot.core.trial import Trial, TriedSetUp
from bot.core.wrong_settings import LARGEST
from tests.core.trials import a_check, a_set_up, a_trial, ran

EVERYTHING = """
protected: [deploy/**]
flagged: [docs/conf.py]
setup: [npm ci]
network: [maven.example.org, 'maven.example.org:8443']
packages_older_than: 36h
services: [postgresql, redis]
submodules: [vendor/x]
verify: [npm test, "make lint\\nmake types"]
limits: {files: 7, check_minutes: 2, setup_minutes: 1.5}
gate: {refuse: [{command: terraform apply, reason: it deploys}], allow: [scp]}
lint: true
strict: true
dependencies: merge
mirror_dependencies: true
claim_branch: true
runs_on: [gpu]
max_open_pull_requests: 4
assignees: [ada]
reviewers: [grace, octo-org/maintainers]
labels: [nightshift, "needs review"]
draft: true
sign_off: true
"""
HOSTILE = (
    "a\nverify: [true]",
    "a: b",
    "- a",
    "#",
    "true",
    "null",
    "1.0",
    "'",
    '"',
    "{a: b}",
    "[a]",
    "&a",
    "*a",
    "!!python/object:os.system",
    "a #b",
    "%",
    "@a",
    "`a`",
    "| a",
    "> a",
    "? a",
    "\x1b[2J",
    "\x85verify: []",
    "\u2028verify: []",
    "\u202egnol",
    "\ufeff",
    "\U0001f600",
    "tab\there",
    "---",
    "...",
    "<<",
)


def read(trial: Trial) -> RepositorySettings:
    text = proposed_settings(trial)
    assert not any(char in text for char in "\x1b\x85\u2028\u202e\ufeff\x00"), "it reaches a terminal"
    return read_repository_settings(text.encode())


def test_what_was_found_is_what_the_file_says() -> None:
    found = read(
        a_trial(a_check("npm test"), a_check("make lint"), set_up=a_set_up("npm ci", "npm run build --locked"))
    )

    assert found.setup == ("npm ci", "npm run build --locked")
    assert found.verify == ("npm test", "make lint")


def test_what_the_repository_says_already_stays() -> None:
    """Whatever it says: the file takes the place of the one that is there."""
    before = read_repository_settings(EVERYTHING.encode())
    after = read(a_trial(a_check("npm test"), set_up=a_set_up("npm ci", origin=Origin.DECLARED), says=EVERYTHING))

    assert after == before
    assert after.model_fields_set == before.model_fields_set == set(RepositorySettings.model_fields)


@pytest.mark.parametrize("age", ["0d", "1h", "24h", "3d", "36h"])
def test_an_age_stays_the_same(age: str) -> None:
    says = f"packages_older_than: {age}"

    assert read(a_trial(says=says)).packages_older_than == read_repository_settings(says.encode()).packages_older_than


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_adds_nothing_to_the_file(name: str) -> None:
    """As a command, as the reason of one, as an obstacle, and as a host."""
    command = f"cd {name} && make"
    set_up = a_set_up("npm ci", command, origin=Origin.WORKFLOW, refused=(f"{name}:443",))
    for trial in (
        a_trial(a_check(command, reason=name), set_up=set_up),
        a_trial(a_check(command, 1, reason=name, obstacle=name), set_up=set_up),
    ):
        found = read(trial)
        assert found.verify == (command.strip(),)
        assert found.setup == ("npm ci", command.strip())
        assert found.model_fields_set == {"setup", "verify"}


@given(texts.text(min_size=1), texts.text(string.printable))
def test_any_command_and_any_reason_leave_a_valid_file(command: str, reason: str) -> None:
    found = read_repository_settings(proposed_settings(a_trial(a_check(command, reason=reason))).encode())

    assert found.verify in {(command.strip(),), None}


def test_more_than_the_file_may_hold_is_left_out() -> None:
    """And said so: a list without it would look whole."""
    long = "echo " + "\U0001f600" * 400
    text = proposed_settings(a_trial(a_check("x" * 4001), *(a_check(f"{long}{each}") for each in range(40))))
    found = read_repository_settings(text.encode())

    assert len(text) < LARGEST
    assert found.verify == tuple(f"{long}{each}" for each in range(5))
    assert "# verify: 36 more" in text


def test_checks_that_do_not_fit_at_all_are_not_a_list_without_checks() -> None:
    """That would say that the repository has none."""
    assert read(a_trial(a_check("x" * 4001))).verify is None


@pytest.mark.parametrize(
    "command",
    [
        Command(text='python -m pip install -r "$NIGHTSHIFT_SETUP/groups.txt"', reason="uv.lock", pinned=True),
        Command(text='python -m pip install -r "$NIGHTSHIFT_SETUP/tox.txt"', reason="tox.ini", pinned=False),
        Command(text="python -m pip install -r hashed.txt", reason="hashed.txt", pinned=True),
        Command(text="npm ci", reason="package-lock.json", pinned=False),
    ],
)
def test_a_set_up_that_a_list_of_commands_cannot_repeat_stays_detected(command: Command) -> None:
    """It needs texts that are made for it, or would get other versions."""
    set_up = TriedSetUp(origin=Origin.DETECTED, commands=((command, ran()),))
    trial = a_trial(a_check(), set_up=set_up)

    assert read(trial).setup is None
    assert f"#   {command.text}\n" in proposed_settings(trial)


def test_the_environment_for_python_is_made_without_being_named() -> None:
    assert read(a_trial(set_up=a_set_up(make_with(PYTHON), "uv sync --frozen"))).setup == ("uv sync --frozen",)


def test_a_set_up_that_failed_is_not_proposed() -> None:
    assert read(a_trial(a_check(), set_up=a_set_up("npm ci", code=1))).setup is None


def test_a_refused_host_is_named_and_not_allowed() -> None:
    """A maintainer decides about it."""
    refused = ("maven.example.org:443", "x.example.org:8443", "10.0.0.1:443", "pypi.org:443 (in a private network)")
    trial = a_trial(a_check(), set_up=a_set_up("mvn", refused=refused))

    assert read(trial).network == ()
    assert "# network: [maven.example.org, x.example.org:8443]" in proposed_settings(trial)
