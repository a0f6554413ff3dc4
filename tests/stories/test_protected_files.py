"""Files that only people change: they are not published, or named first."""

from __future__ import annotations

import textwrap

import pytest

from bot.core.failures import FailureKind
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from tests.stories.repository_settings import commits, settings
from tests.stories.world import World, bash, finish, text_of


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
    assert branch_of(issue.number) not in world.github.branches("octo/clock")


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
    assert branch_of(issue.number) not in world.github.branches("octo/clock")


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
    """Its checks pass whatever they test; so the verdict says that the reviewer has to look there first."""
    tests = "import unittest\n\nclass T(unittest.TestCase):\n    def test_a(self): self.assertEqual(1, 1)\n"
    world.github.push_commit("octo/clock", "main", {"test_clock.py": tests}, by="ada")
    settings(world, "verify: ['python3 -m unittest test_clock']\n")
    code = "open('unittest.py', 'w').write('print(1)')\nopen('test_clock.py', 'w').write('1 / 0')\n"
    world.label_issue(sessions=[does(world, code)])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "| Checks | 1 of 1 pass |" in text_of(pull)
    closes, said, figures, title, first = text_of(pull).split("\n\n")[:5]
    assert closes == "Closes #1"
    assert said == (
        "**Verified**: `python3 -m unittest test_clock` passes, as before. Look first at what is named "
        "below: it may change what this verdict is worth."
    )
    assert figures.endswith("files, named below")
    assert title == "**This change touches files that people should look at first:**"
    assert first.startswith("- `unittest.py`: takes the place of the test runner or tool unittest\n")


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
