"""Code of a change runs in the checks and decides what tests are called, why a command could not run, and what it
prints. No secret reaches GitHub that way, as none does in a diff."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from tests.stories.repository_settings import settings
from tests.stories.world import World, a_world, bash, finish, text_of, writes

# Put together here and in the repositories below, so that no file holds what looks like a secret.
TOKEN = "".join(("ghp_", "k3VqLw9XbT5m", "Rz8NcY2hJd7F", "sGaP4uE6oQ1i"))
AWS_KEY = "AK" + "IA" + "QX7ZK4WNTB2MVJ5L"
NPM_TOKEN = "".join(("npm_", "u8KdZ2rWqVb6", "XtY4mNc9HsLf", "3GjP7aE5oTiQ"))
CREDENTIAL = "winter-of-the-registry-77"

OLD_TESTS = """import unittest
class Clock(unittest.TestCase):
    def test_noon(self): pass
"""
TESTS = f"""{OLD_TESTS}
def runs(self): pass
def add(*parts): setattr(Clock, "test_" + "".join(parts), runs)
add("gh", "p_", "k3VqLw9XbT5mRz8NcY2hJd7FsGaP4uE6oQ1i")
add("AK", "IA", "QX7ZK4WNTB2MVJ5L")
"""
PRINTS_KEY = "k=QX7ZK4WNTB2MVJ5L; echo the key is AK''IA$k; exit 1\n"
CANNOT_FIND = """k=u8KdZ2rWqVb6XtY4mNc9HsLf3GjP7aE5oTiQ; echo "Cannot find module 'np""m_$k'"; exit 1\n"""
REPEATS = """
echo denied: winter-of-''the-registry-77, d2ludGVyLW9mLXRo''ZS1yZWdpc3RyeS03Nw==
exit 7
"""


def all_texts(world: World, issue: IssueRef) -> str:
    """Everything that GitHub shows of a task."""
    pulls = [f"{pull.title}\n{text_of(pull)}" for pull in world.pull_requests()]
    comments = [comment.body for comment in world.github.comments(issue.repository, issue.number)]
    return "\n".join([*pulls, *comments, *world.labels(issue)])


def test_names_obstacles_and_outputs_of_checks_are_masked(world: World) -> None:
    """A test named after a token, a failing check that prints a key, a module that is called like one."""
    settings(world, "verify: [python3 -m unittest -v, sh prints.sh, sh finds.sh]\n")
    files = {"test_clock.py": OLD_TESTS, "prints.sh": PRINTS_KEY, "finds.sh": CANNOT_FIND}
    world.github.push_commit("octo/clock", "main", files, by="ada")
    issue = world.label_issue(sessions=[[bash(_writes(TESTS)), finish()]])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    told = all_texts(world, issue)
    with world.services.store.read() as ledger:
        on_the_dashboard = str(ledger.check_results.of(world.task(issue).id))
    assert "***" in on_the_dashboard
    told += on_the_dashboard
    for secret in (TOKEN, AWS_KEY, NPM_TOKEN):
        assert secret not in told
        assert secret[6:] not in told
    assert "- New (2): `***`, `*** (2)`" in told.replace("test_clock.Clock.", "")
    assert "the key is ***" in told
    assert "is not installed" in told


def test_a_check_that_newly_fails_with_a_secret_shows_none(world: World) -> None:
    """In the reason of a failure, and in what the next session reads."""
    settings(world, 'verify: ["sh check.sh"]\n')
    world.github.push_commit("octo/clock", "main", {"check.sh": "exit 0\n"}, by="ada")
    fails = f"cat > check.sh <<'END'\n{PRINTS_KEY}END\ngit add -A && git commit -qm 'Break it'"
    issue = world.label_issue(sessions=[[bash(fails), finish()], [finish(summary="I see nothing wrong.")]])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.VERIFICATION_FAILED
    assert "the key is ***" in all_texts(world, issue)
    assert AWS_KEY not in all_texts(world, issue)
    assert AWS_KEY not in str(world.model.requests[-1].messages)


@pytest.mark.needs("bwrap")
def test_what_a_set_up_prints_of_a_registrys_credential_is_masked(tmp_path: Path) -> None:
    """A server can repeat what it was sent. No detector knows the shape of such a password, so its value counts."""
    registry = {"REGISTRIES": "pypi=https://pypi.example.org/simple", "REGISTRY_CREDENTIALS": f"pypi=bot:{CREDENTIAL}"}
    with a_world(tmp_path, SANDBOX="required", **registry) as world:
        world.github.push_commit("octo/clock", "main", {"set-up.sh": REPEATS}, by="ada")
        settings(world, "setup: [sh set-up.sh]\nverify: [test -f clock.py]\n")
        issue = world.label_issue(sessions=[writes("time.txt", "noon")])

        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW
        told = all_texts(world, issue) + str(world.model.requests[-1].messages)
        assert "denied: ***, ***" in told
        assert CREDENTIAL not in told
        world.check()


def test_a_change_with_one_of_the_operators_secrets_is_refused(tmp_path: Path) -> None:
    """Whatever its shape, and the message names the place alone."""
    with a_world(tmp_path, REGISTRIES="npm=https://npm.example.org", REGISTRY_CREDENTIALS=f"npm={CREDENTIAL}") as world:
        command = "printf '%s%s\\n' winter-of- the-registry-77 > notes.txt && git add -A && git commit -qm 'Add notes'"
        issue = world.label_issue(sessions=[[bash(command), finish()]])

        world.run_until_idle()

        assert world.task(issue).failure is FailureKind.SECRET_DETECTED
        assert "notes.txt, line 1: a secret of Nightshift's own settings" in world.task(issue).detail
        assert CREDENTIAL not in all_texts(world, issue)
        world.check()


def _writes(tests: str) -> str:
    return f"cat > test_clock.py <<'END'\n{tests}END\ngit add -A && git commit -qm 'Test the clock'"
