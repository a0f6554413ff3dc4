"""A scenario's repository begins with a real history, and its files may be links, bytes and executable."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.judge import judge_issue
from bot.rehearsal.observation import Observation
from bot.rehearsal.player import Player
from bot.rehearsal.reading import ScenarioRefused, parse_scenario, read_scenario
from bot.rehearsal.repositories import SourceRefused
from bot.rehearsal.scenario import Expect, Scenario
from bot.rehearsal.script import Script
from tests.git_host import create_repository, run_git

AROUND = """\
people: [{login: ada, roles: {octo/clock: maintain}}]
issues: [{key: fix, repository: octo/clock, title: Fix it, author: ada}]
repositories:
"""
FILES = """\
  - name: octo/clock
    files:
      plain.txt: "text\\n"
      by-its-first-line: "#!/bin/sh\\n"
      tool: {text: "echo\\n", executable: true}
      template: {text: "#!/bin/sh\\n", executable: false}
      data.bin: {base64: AAEC/w==}
      latest: {link: releases/2}
"""


def begun(github: SimulatedGitHub, scenario: Scenario) -> Player:
    player = Player(scenario, github, Script())
    player.set_up()
    assert player.open_first_issues() == []
    return player


def test_files_have_their_kind_and_mode(tmp_path: Path) -> None:
    with SimulatedGitHub(tmp_path) as github:
        begun(github, parse_scenario(AROUND + FILES))
        files, modes = github.files("octo/clock", "main"), github.modes("octo/clock", "main")
    assert {path: modes[path] for path in files} == {
        "plain.txt": b"100644",
        "by-its-first-line": b"100755",
        "tool": b"100755",
        "template": b"100644",
        "data.bin": b"100644",
        "latest": b"120000",
    }
    assert (files["data.bin"], files["latest"]) == (b"\0\1\2\xff", b"releases/2")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{}", "expected exactly one of text, base64, link; found none"),
        ('{text: "", link: x}', "found text and link"),
        ("{link: x, executable: true}", "a link is not executable"),
        ("{base64: 'no'}", "base64"),
        ("{txt: x}", "unknown key; did you mean text?"),
        ("[x]", "expected a mapping"),
    ],
)
def test_a_file_is_one_kind(content: str, told: str) -> None:
    with pytest.raises(ScenarioRefused) as refused:
        parse_scenario(AROUND + "  - {name: octo/clock, files: {a: " + content + "}}\n", "night.yml")
    assert told in str(refused.value)


def test_what_is_expected_of_files_is_judged_by_kind(tmp_path: Path) -> None:
    """Where the scenario says more than the text, the mode has to agree too."""
    wanted = {
        "a": {"text": "x", "executable": True},
        "b": {"link": "y"},
        "c": "#!z",
        "d": {"base64": "AA=="},
        "e": None,
    }
    expect = Expect.model_validate({"files": wanted})
    with SimulatedGitHub(tmp_path) as github:
        begun(github, parse_scenario(AROUND + FILES))
        issue = github.issue("octo/clock", 1)
    files = {"a": b"x", "b": b"y", "c": b"#!z", "d": b"\0"}
    modes = {"a": b"100755", "b": b"120000", "c": b"100644", "d": b"100644"}

    def about_files(**changed: bytes) -> list[str]:
        seen = Observation(issue=issue, files=files, modes={**modes, **changed})
        return [each for each in judge_issue(expect, seen) if "is not as expected" in each]

    assert about_files() == []
    assert about_files(a=b"100644") == ["a is not as expected: its mode is 100644"]
    assert about_files(b=b"100644") == ["b is not as expected: its mode is 100644"]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A bare repository with two commits on `trunk`, a second branch and a tag."""
    bare = create_repository(tmp_path / "from", "x/y", {"a.txt": "1\n"}, branch="trunk")
    run_git("branch", "other", "trunk", cwd=bare)
    run_git("tag", "v1", "trunk", cwd=bare)
    return bare


@pytest.mark.parametrize("form", ["bare", "work tree", "bundle"])
@pytest.mark.parametrize("more", ["", "files: {b.txt: more}, ", "default_branch: other, "])
def test_a_repository_begins_with_a_history(tmp_path: Path, history: Path, form: str, more: str) -> None:
    """Of a bare repository, a clone or a bundle, by a path that is relative to the scenario's file."""
    if form == "bundle":
        run_git("bundle", "create", str(tmp_path / "source"), "--all", "HEAD", cwd=history)
    elif form == "work tree":
        run_git("clone", "-q", str(history), str(tmp_path / "source"))
        run_git("branch", "other", cwd=tmp_path / "source")
    else:
        history.rename(tmp_path / "source")
    (tmp_path / "night.yml").write_text(f"{AROUND}  - {{name: octo/clock, {more}source: source}}\n")
    head = run_git("rev-parse", "HEAD", cwd=tmp_path / "source") if form != "bundle" else ""

    with SimulatedGitHub(tmp_path / "github") as github:
        begun(github, read_scenario(tmp_path / "night.yml"))
        repository = github.world.repository("octo/clock")
        # A bundle does not say which of two branches of one commit is checked out.
        assert repository.default_branch == ("other" if "other" in more or form == "bundle" else "trunk")
        assert {"trunk", "other"} <= set(github.branches("octo/clock"))
        assert "refs/tags/v1" in repository.git.refs()
        files = github.files("octo/clock", repository.default_branch)
        assert set(files) == ({"a.txt", "b.txt"} if "files" in more else {"a.txt"})
        assert run_git("symbolic-ref", "HEAD", cwd=repository.git.path) == f"refs/heads/{repository.default_branch}"
        assert head in {"", *run_git("rev-list", "--all", cwd=repository.git.path).split()}


@pytest.mark.parametrize("spoil", ["missing", "empty folder", "text"])
def test_a_source_that_is_none_is_named(tmp_path: Path, spoil: str) -> None:
    if spoil == "empty folder":
        (tmp_path / "source").mkdir()
    elif spoil == "text":
        (tmp_path / "source").write_text("no bundle\n")
    scenario = parse_scenario(f"{AROUND}  - {{name: octo/clock, source: {tmp_path}/source}}\n")
    with (
        SimulatedGitHub(tmp_path / "github") as github,
        pytest.raises(SourceRefused, match=r"octo/clock cannot begin with .*source"),
    ):
        Player(scenario, github, Script()).set_up()
