"""A maintainer's first step: `nightshift try` shows whether a change could be verified, and costs nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.layers import Layers
from bot.core.repository_settings import RepositorySettings, read_repository_settings
from bot.core.tasks import State
from tests.git_host import commit_files, run_git
from tests.patience import within
from tests.signals import ignored
from tests.stories.command_line import PATH, settings_of
from tests.stories.repository_settings import settings
from tests.stories.trials import UNITTEST, clone, tried
from tests.stories.world import World, a_world, bash, finish
from tests.typed import Answer, typed

pytestmark = pytest.mark.needs("bwrap")

NODE = """
const test = require('node:test');
const assert = require('node:assert');
test('noon', () => assert.strictEqual(12, 12));
test('midnight', { skip: true }, () => assert.strictEqual(0, 1));
"""
ENDLESS = "yes \"$(printf '\\033[2J\\033]0;owned\\007verified: a change')\" | head -c 30000000; exit 3"


def proposed(answer: Answer) -> RepositorySettings:
    """The end of the output, as a maintainer pastes it."""
    return read_repository_settings(answer.out[answer.out.index("\n# .github/nightshift.yml") :].encode())


@pytest.mark.usefixtures("folder_of_trials")
def test_a_clone_whose_checks_pass_is_verified_without_settings(tmp_path: Path) -> None:
    answer = tried({"test_clock.py": UNITTEST.format(midnight=0)}, tmp_path)

    assert answer.code == 0, answer
    assert "verified: a change to this repository can be verified\n" in answer.out
    assert re.search(r"^  passes +python3 -m unittest.* \(.*test_clock\.py.*\): .*\d\.\d s$", answer.out, re.MULTILINE)
    assert re.fullmatch(r"check: python3 -m unittest.* … \d+\.\d s\n", answer.err)
    assert proposed(answer).verify is not None


def test_what_it_proposes_is_what_it_finds_there_again(folder_of_trials: Path, tmp_path: Path) -> None:
    """With the printed file committed, the same commands run, since the file says so."""
    package = '{"scripts": {"test": "node --test"}}'
    answer = tried({"package.json": package, "clock.test.js": NODE, ".nvmrc": "1.2.3\n"}, tmp_path)
    found = proposed(answer)
    commit_files(
        tmp_path / "octo/clock.git", "main", {".github/nightshift.yml": answer.out[answer.out.index("\n# .") :]}, "x"
    )
    run_git("pull", "-q", cwd=tmp_path / "clone")
    again = typed("try", "clone", "--json", cwd=tmp_path, environment={"TMPDIR": str(folder_of_trials)})
    document = json.loads(again.out)

    assert answer.code == again.code == 0
    assert "missing: node 1.2.3 (`.nvmrc`) is not installed here" in answer.out
    assert [check["command"] for check in document["checks"]] == list(found.verify or ())
    assert document["checks"][0]["reason"] == "verify in .github/nightshift.yml"
    assert document["checks"][0]["tests"] == {"passed": 1, "skipped": 1}
    assert read_repository_settings(document["settings"].encode()) == found
    assert document["standing"] == "verified"


@pytest.mark.usefixtures("folder_of_trials")
def test_tests_that_fail_are_shown_with_their_last_lines(tmp_path: Path) -> None:
    answer = tried({"test_clock.py": UNITTEST.format(midnight=1)}, tmp_path)

    assert answer.code == 1
    assert "      | AssertionError: 0 != 1" in answer.out
    assert "not verified: `python3 -m unittest" in answer.out
    assert "to do: fix what fails" in answer.out
    assert answer.err.endswith(" s, fails\n")


@pytest.mark.usefixtures("folder_of_trials")
def test_what_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    """A program and a service that this host has not: nothing is said to fail."""
    says = "verify: [no-such-runner --all]\n"
    answer = tried({".github/nightshift.yml": says}, tmp_path)

    assert answer.code == 1
    assert "not verified: `no-such-runner --all` could not run (no-such-runner: command not found)" in answer.out
    assert "to do: install the program on this host, or have `setup:` install it" in answer.out
    assert proposed(answer).verify == ("no-such-runner --all",)


@pytest.mark.usefixtures("folder_of_trials")
def test_a_set_up_that_misbehaves_changes_neither_terminal_nor_file(tmp_path: Path) -> None:
    """It prints without end, and control characters; the names of files try to add lines to the printed settings."""
    says = {
        "setup": [ENDLESS],
        "verify": ["printf 'a\\033[2Jb'; true # \nverify: [true]"],
        "protected": ["a: b # c/**"],
    }
    answer = tried({".github/nightshift.yml": json.dumps(says), "a\u2028verify: []/test_x.py": "x"}, tmp_path)

    assert answer.code == 1
    assert not [char for char in answer.out + answer.err if char != "\n" and not char.isprintable()]
    assert not re.search("^verified", answer.out, re.MULTILINE)
    assert len(answer.out) < 20_000
    assert proposed(answer) == read_repository_settings(json.dumps(says).encode())


def test_an_older_commit_can_be_tried(folder_of_trials: Path, tmp_path: Path) -> None:
    folder = clone(tmp_path, {"test_clock.py": UNITTEST.format(midnight=0)})
    (folder / "test_clock.py").write_text(UNITTEST.format(midnight=1))
    run_git("commit", "-qam", "Break it", cwd=folder)
    environment = {"TMPDIR": str(folder_of_trials)}

    assert typed("try", ".", cwd=folder, environment=environment).code == 1
    assert typed("try", ".", "--at", "HEAD~1", cwd=folder, environment=environment).code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "nothing is not a folder: name a clone"),
        (["folder"], "folder is not a git repository"),
        (["empty"], "empty has no commit yet"),
        (["clone", "--at", "no-such"], "clone has no commit 'no-such'"),
        (["octo/elsewhere"], "REPOSITORIES"),
        ([], "Missing argument"),
        (["clone", "--att", "x"], "No such option"),
    ],
)
def test_wrong_usage_is_one_sentence_and_starts_nothing(tmp_path: Path, arguments: list[str], words: str) -> None:
    clone(tmp_path, {"x": "x"})
    (tmp_path / "folder").mkdir()
    run_git("init", "-q", str(tmp_path / "empty"))
    before = sorted(tmp_path.iterdir())
    answer = typed("try", *arguments, cwd=tmp_path, environment={})

    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert sorted(tmp_path.iterdir()) == before


def test_without_bubblewrap_nothing_runs(tmp_path: Path, folder_of_trials: Path) -> None:
    folder = clone(tmp_path, {".github/nightshift.yml": f"verify: ['touch {tmp_path}/ran']"})
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("git", "rm", "sh", "prlimit"):
        (programs / name).symlink_to(shutil.which(name) or f"/usr/bin/{name}")
    answer = typed(
        "try", str(folder), cwd=tmp_path, environment={"PATH": str(programs), "TMPDIR": str(folder_of_trials)}
    )

    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert "the sandbox needs `bwrap`, which is not on PATH: apt-get install bubblewrap" in answer.err
    assert not (tmp_path / "ran").exists()
    assert list(folder_of_trials.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_process_and_no_folder(
    tmp_path: Path, folder_of_trials: Path, number: signal.Signals
) -> None:
    """Also where it was started with that signal ignored."""
    mark = f"3{os.getpid()}.5"
    clone(tmp_path, {".github/nightshift.yml": f"verify: ['setsid sleep {mark} & sleep {mark}']"})
    with ignored(number):
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "try", "clone"],
            cwd=tmp_path,
            env={"PATH": PATH, "HOME": str(tmp_path), "TMPDIR": str(folder_of_trials)},
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
    with process:
        assert process.stderr is not None
        assert process.stderr.read(len("check: ")) == b"check: "
        while not running(mark):
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=within(60))

    assert (process.returncode, out) == (1, b"")
    assert b"Traceback" not in err
    assert not running(mark)
    assert list(folder_of_trials.iterdir()) == []


def running(mark: str) -> list[str]:
    """The command lines of `sleep` with this number."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        found += [str(path)] if words[:2] == [b"sleep", mark.encode()] else []
    return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, SANDBOX="required") as made:
        yield made
        made.check()


SETTINGS = 'setup: [\'echo ran >> "$HOME/runs"\']\nverify: [\'test "$(cat "$HOME/runs")" = ran\']\n'


def of(world: World) -> dict[str, str]:
    """With the same tools as the world's own worker: a layer depends on them."""
    return {**settings_of(world), "TOOLS": ",".join(world.services.settings.tools or ()) or "none"}


def layers(world: World) -> list[Path]:
    return [layer for layer, _ in Layers.of(world.services.settings.data_dir.absolute()).all()]


def test_a_repository_on_github_is_tried_and_its_first_task_finds_the_set_up(world: World, tmp_path: Path) -> None:
    """The trial makes the layer that attempts use, asks no model, and writes nothing on GitHub."""
    settings(world, SETTINGS)
    first = typed("try", "octo/clock", cwd=tmp_path, environment=of(world))
    (made,) = layers(world)
    again = typed("try", "OCTO/clock", "--json", cwd=tmp_path, environment=of(world))

    assert (first.code, again.code) == (0, 0), first
    assert "kept from before" not in first.out
    assert "fetching octo/clock\n" in first.err
    assert not world.model.requests
    assert "set-up: echo ran" in first.err
    assert "set-up: echo ran" not in again.err
    assert json.loads(again.out)["set_up"]["is_kept"] is True

    work = "echo noon > time.txt && git add -A && git commit -qm 'Add the time'"
    issue = world.label_issue(sessions=[[bash(work), finish()]])
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert layers(world) == [made]
    assert list((world.services.settings.data_dir / "trials").iterdir()) == []


def test_a_commit_that_is_not_of_the_default_branch_makes_no_layer_for_attempts(world: World, tmp_path: Path) -> None:
    """Else a stranger's commit could write what the sessions of a maintainer's task use."""
    settings(world, SETTINGS)
    typed("try", "octo/clock", cwd=tmp_path, environment=of(world))
    before = layers(world)
    mirror = world.services.settings.data_dir / "mirrors/octo/clock.git"
    other = commit_files(mirror, "other", {".github/nightshift.yml": SETTINGS.replace("ran", "other")}, "Other")
    answer = typed("try", "octo/clock", "--at", other, cwd=tmp_path, environment=of(world))

    assert answer.code == 0, answer
    assert "set-up: echo other" in answer.err
    assert layers(world) == before


def test_a_commit_that_the_mirror_lacks_is_wrong_usage(world: World, tmp_path: Path) -> None:
    answer = typed("try", "octo/clock", "--at", "1" * 40, cwd=tmp_path, environment=of(world))

    assert (answer.code, answer.out) == (2, "")
    assert "name one of main by its hash" in answer.err
