"""The table of planted bugs fits the code of today. `make planted` runs them; here only the table is checked."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import threading
import time
import tomllib
from functools import cache
from pathlib import Path

import psutil
import pytest

from bot.rehearsal.chaos.plan import plan_named
from bot.rehearsal.reading import read_scenario
from tests.conftest import read_nightly
from tests.patience import within
from tests.planted import run
from tests.planted.table import ROOT, DoesNotApply, PlantedBug, TableWrong, read_table
from tests.planted.trial import Stopped, allow_trials, run_catcher, stop_trials

TABLE = read_table()
BUGS = {bug.name: bug for bug in TABLE.bugs}
CATCHERS = {bug.caught_by for bug in TABLE.bugs}


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_it_applies_to_the_code_of_today(bug: PlantedBug) -> None:
    """And what comes of it can be read: a file that cannot be parsed would fail every test, and show nothing."""
    planted = bug.plant_in(ROOT)

    assert planted != (ROOT / bug.file).read_text(encoding="utf-8")
    if bug.file.endswith(".py"):
        ast.parse(planted)
    if bug.file.endswith(".toml"):
        tomllib.loads(planted)


@pytest.mark.parametrize("catcher", sorted(CATCHERS))
def test_what_has_to_catch_it_is_there(catcher: str) -> None:
    """A test by its name, a scenario that can be read, a night with chaos, or simulated seeds."""
    kind, _, name = catcher.partition(" ")
    if kind == "night":
        assert name == "demo" or read_scenario(ROOT / name)
    elif kind == "chaos":
        assert plan_named(name)
    elif kind == "simulate":
        first, _, seeds = name.partition("+")
        assert int(first) >= 0
        assert int(seeds) >= 1
    else:
        path, _, function = catcher.partition("::")
        assert function in functions_of(ROOT / path)


@cache
def functions_of(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("line", read_nightly())
def test_what_runs_once_a_night_is_there_and_catches_no_bug(line: str) -> None:
    """A promise is held by a test that runs with each change; of a table, by the cases that are left."""
    name, is_case, _ = line.partition("[")
    path, _, function = name.partition("::")
    assert line not in CATCHERS
    assert is_case or name not in CATCHERS
    assert function in functions_of(ROOT / path)


def test_every_bug_has_a_unique_name() -> None:
    assert len(BUGS) == len(TABLE.bugs)


def test_there_are_bugs_enough() -> None:
    """One for each promise is the least."""
    assert len(TABLE.bugs) >= 30
    assert {bug.promise for bug in TABLE.bugs} == set(TABLE.promises)


@pytest.mark.parametrize("promise", TABLE.promises.values(), ids=TABLE.promises)
def test_the_readme_makes_the_promise(promise: str) -> None:
    """In these words, however they are broken into lines."""
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert promise in readme


def bug(**changed: str) -> PlantedBug:
    keys = {"name": "x", "promise": "gate", "file": "a.py", "old": "1", "new": "2", "caught_by": "night demo"}
    return PlantedBug(**keys | changed)


@pytest.mark.parametrize(
    ("planted", "text"),
    [
        (bug(), "b = 0\n"),
        (bug(), "a = 1\nb = 1\n"),
        (bug(after="b = "), "a = 1\nb = 2\n"),
        (bug(after="b = "), "b = 1\nb = 1\n"),
        (bug(after="c = "), "a = 1\n"),
    ],
)
def test_a_bug_that_does_not_fit_is_an_error(planted: PlantedBug, text: str) -> None:
    """Missing, ambiguous, or behind words that are missing or ambiguous."""
    with pytest.raises(DoesNotApply, match=r"x: a\.py holds|x: a\.py does not hold"):
        planted.plant(text)


def test_where_the_words_are_now_is_reported(tmp_path: Path) -> None:
    """Code that has moved is found again."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot/b.py").write_text("a = 1\n")
    with pytest.raises(DoesNotApply, match=r"x: there is no a\.py; its words are in bot/b\.py"):
        bug().plant_in(tmp_path)
    (tmp_path / "a.py").write_text("a = 2\n")
    with pytest.raises(DoesNotApply, match=r"does not hold '1'; its words are in bot/b\.py"):
        bug().plant_in(tmp_path)


def test_the_first_place_behind_the_anchor_is_changed() -> None:
    assert bug(after="b = ").plant("a = 1\nb = 1\nc = 1\n") == "a = 1\nb = 2\nc = 1\n"


def test_a_key_that_is_not_known_is_an_error(tmp_path: Path) -> None:
    table = tmp_path / "bugs.toml"
    table.write_text('[promises]\n[[bug]]\nname = "x"\nfiel = "a.py"\n')
    with pytest.raises(TableWrong, match="x: expected the keys"):
        read_table(table)


ONE_PROMISE = '[promises]\nx = "x"\n'
ONE_BUG = '[[bug]]\nname = {!r}\npromise = "x"\nfile = "a.py"\nold = "1"\nnew = "2"\ncaught_by = "night demo"\n'


def folder_with(folder: Path, **tables: str) -> Path:
    for name, text in tables.items():
        (folder / f"{name}.toml").write_text(text)
    return folder


def test_the_files_of_a_folder_are_one_table(tmp_path: Path) -> None:
    table = read_table(folder_with(tmp_path, b=ONE_BUG.format("late"), a=ONE_BUG.format("early"), c=ONE_PROMISE))
    assert table.promises == {"x": "x"}
    assert [bug.name for bug in table.bugs] == ["early", "late"]


def test_a_promise_in_two_files_is_an_error(tmp_path: Path) -> None:
    """Each would hide the words of the other."""
    with pytest.raises(TableWrong, match="x: more than one promise"):
        read_table(folder_with(tmp_path, a=ONE_PROMISE, b=ONE_PROMISE, c=ONE_BUG.format("x")))


@pytest.mark.parametrize(
    "tables", [{}, {"a": ONE_PROMISE}, {"a": ONE_BUG.format("x")}], ids=["nothing", "no bug", "no promise"]
)
def test_a_table_without_promises_or_bugs_is_an_error(tmp_path: Path, tables: dict[str, str]) -> None:
    """A score of 0 of 0 would look like a success."""
    with pytest.raises(TableWrong, match="expected promises and bugs"):
        read_table(folder_with(tmp_path, **tables))


def test_a_name_that_no_bug_has_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--only", "no-such-bug"]) == run.WRONG
    assert "no planted bug is called no-such-bug" in capsys.readouterr().err


LABELS = "tests/core/test_labels.py::test_every_task_has_one_label_until_it_is_merged"
CODES = {"caught": 0, "MISSED": run.MISSED, "BROKEN": run.WRONG}
TRIAL = """\
[promises]
x = "x"
[[bug]]
name = "x"
promise = "x"
file = "bot/core/labels.py"
old = 'State.FAILED: "failed"'
new = {new!r}
caught_by = {catcher!r}
"""


@pytest.mark.parametrize(
    ("new", "catcher", "outcome"),
    [
        ('State.FAILED: "failing"', LABELS, "caught"),
        ('State.FAILED: "fai" "led"', LABELS, "MISSED"),
        ("(", LABELS, "BROKEN"),
        ('State.FAILED: "failing"', f"{LABELS}_or_two", "BROKEN"),
    ],
    ids=["caught", "missed", "no Python", "no such test"],
)
def test_a_trial_ends_as_caught_missed_or_broken(
    new: str, catcher: str, outcome: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a copy: the tree itself stays as it is. A test that could not even begin has caught nothing."""
    table, file = tmp_path / "bugs.toml", ROOT / "bot/core/labels.py"
    table.write_text(TRIAL.format(new=new, catcher=catcher))
    before = file.read_bytes()

    assert run.main(["--json", "--no-baseline", "--table", str(table)]) == CODES[outcome]

    out, err = capsys.readouterr()
    told = json.loads(out)
    (trial,) = told["bugs"]
    assert (trial["outcome"], told["caught"], told["planted"]) == (outcome, int(outcome == "caught"), 1)
    assert f"{told['caught']} of 1 caught" in err
    assert file.read_bytes() == before


def test_a_catcher_that_fails_without_a_bug_has_caught_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = tmp_path / "test_failing.py"
    failing.write_text("def test_it():\n    assert False\n")
    table = tmp_path / "bugs.toml"
    table.write_text(TRIAL.format(new="State.FAILED: 'failing'", catcher=f"{failing}::test_it"))

    assert run.main(["--table", str(table)]) == run.WRONG

    err = capsys.readouterr().err
    assert "without a bug: FAILS" in err
    assert "0 of 1 caught" in err


WAITS = """\
import os, pathlib, threading


def test_it() -> None:
    pathlib.Path({pid!r}).write_text(str(os.getpid()))
    threading.Event().wait(600)
"""


def test_an_interrupt_leaves_no_process_and_no_tree(tmp_path: Path) -> None:
    """However often it is sent: a person who presses Ctrl-C presses it twice."""
    trees, pid = tmp_path / "trees", tmp_path / "pid"
    trees.mkdir()
    (tmp_path / "test_waits.py").write_text(WAITS.format(pid=str(pid)))
    table = tmp_path / "bugs.toml"
    catcher = f"{tmp_path / 'test_waits.py'}::test_it"
    table.write_text(TRIAL.format(new="State.FAILED: 'failing'", catcher=catcher))
    command = [sys.executable, "-m", "tests.planted.run", "--no-baseline", "--table", str(table)]
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(trees)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as trials:
        deadline = time.monotonic() + within(120)
        while not pid.exists() or not pid.read_text():
            assert trials.poll() is None
            assert time.monotonic() < deadline
            threading.Event().wait(0.05)
        for _ in range(3):
            trials.send_signal(signal.SIGINT)
            threading.Event().wait(0.05)
        _, said = trials.communicate(timeout=within(120))

    assert (trials.returncode, said) == (run.INTERRUPTED, b"Stopped.\n")
    assert list(trees.iterdir()) == []
    assert not psutil.pid_exists(int(pid.read_text()))


def test_no_trial_starts_after_all_were_stopped(tmp_path: Path) -> None:
    stop_trials()
    try:
        with pytest.raises(Stopped):
            run_catcher(LABELS, tmp_path / "tree", seconds=1)
    finally:
        allow_trials()
