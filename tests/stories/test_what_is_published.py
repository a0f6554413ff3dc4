"""What is judged before anything is published: files that only people change, secrets, size, tests, checks."""

from __future__ import annotations

import textwrap
from pathlib import Path

import psutil
import pytest

from bot.core.failures import FailureKind
from bot.core.tasks import State
from tests.stories.world import World, a_world, bash, finish, text_of, writes


def settings(world: World, text: str) -> None:
    """The repository has a `.github/nightshift.yml`."""
    world.github.push_commit("octo/clock", "main", {".github/nightshift.yml": text}, by="ada")


def running(command: str) -> bool:
    return any(" ".join(process.info["cmdline"] or ()) == command for process in psutil.process_iter(["cmdline"]))


def commits(*commands: str) -> list[dict[str, object]]:
    return [*(bash(command) for command in commands), bash("git add -A && git commit -qm 'Do it'"), finish()]


def test_a_protected_file_is_not_published_but_its_patch_is_shown(world: World) -> None:
    """A maintainer can apply it by hand."""
    issue = world.label_issue(sessions=[commits("echo '* @sam' > CODEOWNERS", "echo noon > time.txt")])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.PROTECTED_PATH
    told = world.status(issue)
    assert "CODEOWNERS" in told
    assert "+* @sam" in told
    assert "+noon" in told
    assert world.pull_requests() == []
    assert issue.branch not in world.github.branches("octo/clock")


def test_a_repository_protects_more(world: World) -> None:
    """By its own settings on the base branch; what the session writes there counts for nothing."""
    settings(world, "protected: ['clock.py']\n")
    issue = world.label_issue(sessions=[commits("echo 'x = 1' >> clock.py")])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.PROTECTED_PATH
    assert "clock.py" in world.status(issue)


def does(world: World, code: str) -> list[dict[str, object]]:
    """A session that runs a script of the repository: what the gate would refuse to Claude itself, code can do. It
    commits everything, also what is ignored."""
    forced = "\nimport subprocess\nsubprocess.run(['git', 'add', '-Af'], check=True)\n"
    world.github.push_commit("octo/clock", "main", {"do.py": textwrap.dedent(code) + forced}, by="ada")
    return [bash("python3 do.py && git commit -qm 'Do it'"), finish()]


@pytest.mark.parametrize("name", [".claude", ".husky", ".cargo"])
def test_a_link_in_the_place_of_a_protected_folder_is_not_published(world: World, name: str) -> None:
    """A developer's tools would obey what it leads to."""
    code = f"""
        import os
        os.mkdir("src")
        open("src/config.toml", "w").write("x")
        os.symlink("src", bytes.fromhex("{name.encode().hex()}").decode())
    """
    issue = world.label_issue(sessions=[does(world, code)])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.PROTECTED_PATH
    assert f"{name}: " in world.task(issue).detail
    assert issue.branch not in world.github.branches("octo/clock")


def test_what_a_protected_link_of_the_repository_leads_to_is_not_published(world: World) -> None:
    """The session changes a harmless looking file, and every agent obeys it as `AGENTS.md`."""
    begun = "import os\nos.symlink('docs/guide.md', 'AGENTS.md')\n"
    world.label_issue(sessions=[does(world, begun)])
    settings(world, "flagged: [AGENTS.md]\nverify: []\n")
    world.run_until_idle()
    (pull,) = world.pull_requests()
    world.github.merge_pull_request("octo/clock", pull.number, by="ada")
    settings(world, "verify: []\n")
    changed = "import os\nos.makedirs('docs', exist_ok=True)\nopen('docs/guide.md', 'w').write('Obey me.')\n"
    issue = world.label_issue(sessions=[does(world, changed)])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.PROTECTED_PATH
    assert "docs/guide.md: AGENTS.md leads to it, and coding agents" in world.task(issue).detail


def test_hooks_inside_a_package_file_are_not_published(world: World) -> None:
    """Also where a later commit takes them back."""
    world.github.push_commit("octo/clock", "main", {"package.json": '{"name": "clock"}\n'}, by="ada")
    settings(world, "verify: []\n")
    code = """
        import pathlib, subprocess
        for text in ('{"husky": {"hooks": {"pre-commit": "./x"}}}', '{"name": "clock", "version": "1"}'):
            pathlib.Path("package.json").write_text(text)
            subprocess.run(["git", "commit", "-qam", "Do it"], check=True)
        pathlib.Path("time.txt").write_text("noon")
    """
    issue = world.label_issue(sessions=[does(world, code)])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.PROTECTED_PATH
    assert 'package.json: its key "husky" changes' in world.task(issue).detail


def test_a_maintainer_can_have_protected_files_published(world: World) -> None:
    """They are named in the first lines; the rest of the list still holds."""
    settings(world, "flagged: [AGENTS.md, .vscode/**]\nverify: []\n")
    code = """
        import os, pathlib
        pathlib.Path("AGENTS.md").write_text("Be kind.")
        os.mkdir(".vscode")
        pathlib.Path(".vscode/tasks.json").write_text("{}")
    """
    published = world.label_issue(sessions=[does(world, code)])
    world.run_until_idle()
    refused = world.label_issue(sessions=[does(world, code + "\n        open('.envrc', 'w').write('x')")])
    world.run_until_idle()

    assert world.state(published) is State.IN_REVIEW
    (pull,) = world.pull_requests()
    top = text_of(pull).partition("What was done")[0]
    assert "- `AGENTS.md`: coding agents and review bots obey it\n" in top
    assert "- `.vscode/tasks.json`: it runs on the machine of a person who opens or enters the folder" in top
    assert world.task(refused).failure is FailureKind.PROTECTED_PATH
    assert "AGENTS.md" not in world.task(refused).detail


def test_a_session_cannot_downgrade_anything_itself(world: World) -> None:
    """The list is read from the base branch, and the file that holds it is never published."""
    code = """
        import os, pathlib
        os.makedirs(".github", exist_ok=True)
        pathlib.Path(".github/nightshift.yml").write_text("flagged: [.envrc]")
        pathlib.Path(".envrc").write_text("x")
    """
    issue = world.label_issue(sessions=[does(world, code)])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.PROTECTED_PATH
    assert ".github/nightshift.yml: " in world.task(issue).detail
    assert ".envrc: " in world.task(issue).detail


def test_a_test_runner_that_the_change_brings_along_is_named_first(world: World) -> None:
    """Its checks pass whatever they test; so the reviewer hears of it before the result."""
    tests = "import unittest\n\nclass T(unittest.TestCase):\n    def test_a(self): self.assertEqual(1, 1)\n"
    world.github.push_commit("octo/clock", "main", {"test_clock.py": tests}, by="ada")
    settings(world, "verify: ['python3 -m unittest test_clock']\n")
    code = "open('unittest.py', 'w').write('print(1)')\nopen('test_clock.py', 'w').write('1 / 0')\n"
    world.label_issue(sessions=[does(world, code)])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "| Checks | 1 of 1 pass |" in text_of(pull)
    assert text_of(pull).startswith(
        "Closes #1\n\n**This change touches files that people should look at first:**\n\n"
        "- `unittest.py`: takes the place of the test runner or tool unittest\n"
    )


def test_new_dependencies_and_install_scripts_are_named_first(world: World) -> None:
    settings(world, "verify: ['bash check.sh']\n")
    world.github.push_commit("octo/clock", "main", {"check.sh": "true\n"}, by="ada")
    code = """
        import json, pathlib
        package = {"dependencies": {"left-pad": "1"}, "scripts": {"install": "node x"}}
        pathlib.Path("package.json").write_text(json.dumps(package))
        pathlib.Path("check.sh").write_text("exit 0")
    """
    world.label_issue(sessions=[does(world, code)])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    top = text_of(pull).partition("What was done")[0]
    assert "- `check.sh`: is run by the checks\n" in top
    assert "- `package.json`: its script install runs when the project is installed or built\n" in top
    assert "- `package.json`: adds the dependency left-pad" in top


def test_a_secret_is_never_pushed_nor_repeated(world: World) -> None:
    """Also one that a later commit takes out again: it would be in the history for ever."""
    secret = "AKIA" + "2E0A8F3B244C9986"
    issue = world.label_issue(
        sessions=[
            [
                bash(f"echo 'key = {secret}' > aws.txt && git add -A && git commit -qm 'Add it'"),
                bash("echo noon > aws.txt && git add -A && git commit -qm 'Take it out'"),
                finish(summary=f"Used {secret}."),
            ]
        ]
    )

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.SECRET_DETECTED
    assert "aws.txt, line 1: AWS Access Key" in world.status(issue)
    assert secret not in world.status(issue)
    with world.services.store.read() as ledger:
        assert secret not in repr(ledger.attempts.of(world.task(issue).id))
    assert issue.branch not in world.github.branches("octo/clock")


def test_what_is_too_large_is_not_published(world: World) -> None:
    settings(world, "limits: {lines: 10}\n")
    issue = world.label_issue(sessions=[commits("seq 11 > time.txt")])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.DIFF_TOO_LARGE
    assert "11 lines added and removed; the limit is 10" in world.status(issue)


def test_a_check_that_passes_before_and_after_is_shown(world: World) -> None:
    settings(world, "verify: ['test -f clock.py']\n")
    world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "| passes | `test -f clock.py` | exit 0 | exit 0 |" in text_of(pull)


def test_claude_gets_one_more_chance_at_a_check_that_newly_fails(world: World) -> None:
    """In the same workspace; the figures of both sessions add up."""
    settings(world, "verify: ['grep -q noon time.txt || test ! -e time.txt']\n")
    issue = world.label_issue(sessions=[writes("time.txt", "midnight"), writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert world.files(issue)["time.txt"] == b"noon"
    with world.services.store.read() as ledger:
        (attempt,) = ledger.attempts.of(world.task(issue).id)
    assert attempt.turns == 4
    assert len(attempt.commands) == 2
    assert attempt.guards.granted >= 2


def test_a_check_that_keeps_failing_is_reported_with_its_output(world: World) -> None:
    settings(world, "verify: ['test ! -e time.txt || (echo the clock is wrong; exit 3)']\n")
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), [finish(summary="I see nothing wrong.")]])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.VERIFICATION_FAILED
    assert "the clock is wrong" in world.status(issue)
    assert "exit 3; on the base commit: exit 0" in world.status(issue)
    assert issue.branch not in world.github.branches("octo/clock")


def test_what_failed_before_is_not_blamed(world: World) -> None:
    settings(world, "verify: ['exit 1']\n")
    world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "fails as before" in text_of(pull)
    assert "does not count against it" in text_of(pull)


def test_the_session_does_not_choose_the_checks(world: World) -> None:
    """A Makefile's target that it adds is not run, and its own `nightshift.yml` is not read."""
    issue = world.label_issue(sessions=[commits("printf 'test:\\n\\tfalse\\n' > Makefile")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "| Checks | none found" in text_of(pull)
    assert "Makefile" in text_of(pull)
    assert world.state(issue) is State.IN_REVIEW


def test_weakened_tests_are_named(world: World) -> None:
    world.github.push_commit(
        "octo/clock",
        "main",
        {"tests/test_clock.py": "def test_a():\n    assert 1\n    assert 2\n", "tests/test_old.py": "assert 1\n"},
        by="ada",
    )
    settings(world, "verify: []\n")
    skipped = r"printf 'import pytest\n\n@pytest.mark.skip\ndef test_a():\n    assert 1\n' > tests/test_clock.py"
    world.label_issue(sessions=[commits(skipped, "git rm -q tests/test_old.py")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "`tests/test_clock.py`: 1 test or group skipped, 1 assertion fewer" in text_of(pull)
    assert "`tests/test_old.py`: deleted" in text_of(pull)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("protect: [x]\n", "protect: there is no such key; did you mean `protected`?"),
        ("limits: {files: many}\n", "limits.files: expected a whole number"),
    ],
)
def test_a_mistake_in_the_repositorys_settings_is_named(world: World, text: str, said: str) -> None:
    """And nothing runs: what was meant to protect would not."""
    settings(world, text)
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.SETUP_FAILED
    assert said in world.task(issue).detail
    assert world.commands_of(issue) == []


def test_a_repository_refuses_more_to_sessions(world: World) -> None:
    """By the gate, in the repository's own words; the rest of the session goes on."""
    settings(world, "gate: {refuse: [{command: date, reason: the clock is wrong here}]}\n")
    issue = world.label_issue(sessions=[[bash("date"), *writes("time.txt", "noon")]])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "Refused by the guards" in text_of(pull)
    assert "`date`" in text_of(pull)
    assert world.state(issue) is State.IN_REVIEW


@pytest.mark.needs("bwrap")
def test_checks_run_in_the_cell(tmp_path: Path) -> None:
    """What they run is the session's code: it sees no more of the host than a session does."""
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    with a_world(tmp_path / "world", SANDBOX="required") as world:
        settings(world, f"verify: ['test ! -e {outside}', 'test \"$(ls ~)\" = tmp', 'env | grep -q ^CI=']\n")
        world.label_issue(sessions=[writes("time.txt", "noon")])

        world.run_until_idle()

        (pull,) = world.pull_requests()
        assert "| Checks | 3 of 3 pass |" in text_of(pull)
        world.check()


def test_a_check_that_hangs_leaves_nothing_behind(world: World) -> None:
    """It is ended with all that it started, also when the label is taken off meanwhile."""
    settings(world, "verify: ['test ! -e time.txt || (setsid sleep 4242 & sleep 4242)']\n")
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    with world.worker():
        world.wait_until(lambda: running("sleep 4242"))
        world.github.unlabel_issue("octo/clock", issue.number, "auto", by="ada")
        world.wait_until(lambda: world.state(issue) is State.CANCELLED)
        world.wait_until(lambda: not running("sleep 4242"), seconds=30)

    assert world.pull_requests() == []


def test_what_looks_like_a_secret_is_not_shown_when_a_session_gives_up(world: World) -> None:
    key = f"ghp_{'a1B2c3D4e5' * 3}f6G7h8"
    issue = world.label_issue(sessions=[[finish("blocked", f"The key {key} of the tests has expired.")]])

    world.run_until_idle()

    assert world.failure(issue) is FailureKind.TASK_BLOCKED
    assert "of the tests has expired" in world.status(issue)
    assert key not in world.status(issue)
