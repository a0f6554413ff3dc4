"""A night is played by the real bot and the real Claude Code CLI, and leaves nothing running."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
import requests

from tests.patience import within
from tests.rehearsal.nights import rehearse, rehearsing
from tests.signals import ignored
from tests.typed import Answer, typed

NIGHT = """\
seconds: 60
people: [{login: ada, roles: {octo/clock: maintain}}]
repositories: [{name: octo/clock, files: {clock.py: "ANSWER = 41\\n"}}]
issues:
  - key: answer
    repository: octo/clock
    title: The answer is off by one
    author: ada
    labeled_by: ada
"""
FIXED = """\
    attempts:
      - - tools: [{Read: {file_path: clock.py}}]
        - tools: [{Edit: {file_path: clock.py, old_string: "41", new_string: "42"}}]
        - finish: {status: complete, summary: The answer is 42 now.}
    expect: {attempts: 1, files: {clock.py: "ANSWER = 42\\n"}}
"""
STUCK = "    attempts: [[{hang: 600}]]\n"


def refuse(tmp_path: Path, text: str) -> Answer:
    (tmp_path / "night.yml").write_text(text)
    return typed("rehearse", "--scenario", "night.yml", "--folder", "left", cwd=tmp_path, environment={})


def processes_of(folder: Path) -> list[str]:
    """The commands of all processes that work in a folder or name it."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(folder) in " ".join([process.cwd(), *process.cmdline(), *process.environ().values()]):
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def test_a_night_that_goes_well(tmp_path: Path) -> None:
    """One issue becomes one pull request; the object on standard output says so, and the exit code is 0."""
    code, out, err = rehearse(tmp_path, NIGHT + FIXED, "--json")

    told = json.loads(out)
    assert told["unexpected"] == [], err
    assert code == 0
    (task,) = told["tasks"]
    assert (task["state"], task["branch"], task["pull_request"], task["turns"]) == ("in_review", "auto/1", 2, 3)
    assert told["github"]["pull_requests"] == 1
    assert 0 <= task["overhead_seconds"] < task["seconds"]
    assert "octo/clock#1" in err
    assert list(tmp_path.rglob("octo-clock-issues-1.html"))
    assert processes_of(tmp_path) == []


def test_a_person_can_look_around_until_they_are_done(tmp_path: Path) -> None:
    """With --keep in a terminal the simulated GitHub answers until Ctrl-C; the night's own exit code stays."""
    terminal, theirs = os.openpty()
    night = rehearsing(tmp_path, NIGHT + FIXED, "--keep", out=theirs)
    with os.fdopen(terminal, "rb", buffering=0) as screen, night as process:
        os.close(theirs)
        shown = b""
        while b"Ctrl-C ends it" not in shown:
            shown += screen.read(4096)
        (address,) = re.findall(rb"issue octo/clock#1 +(http://127\.0\.0\.1:\d+/octo/clock/issues/1)", shown)
        assert "The answer is off by one" in requests.get(address.decode(), timeout=10).text
        process.send_signal(signal.SIGINT)
        assert process.wait(within(60)) == 0

    assert processes_of(tmp_path) == []


def test_a_rough_night_ends_as_it_should(tmp_path: Path) -> None:
    """Lost webhooks and answers, a declined push, a stranger, a cycle, a cancelled session: each task ends once."""
    rough = Path(__file__).with_name("rough_night.yml").read_text()
    code, out, err = rehearse(tmp_path, rough, "--json")

    assert json.loads(out)["unexpected"] == [], err
    assert code == 0


def test_an_outcome_that_was_not_expected_fails_the_night_and_its_pages_stay(tmp_path: Path) -> None:
    """The table is shown all the same, with what was unexpected under it. The issue and its pull request stay as plain
    files that link to each other; the rest is gone."""
    code, out, _ = rehearse(tmp_path, NIGHT + FIXED.replace("ANSWER = 42", "ANSWER = 43"))

    assert code == 1
    assert "unexpected: octo/clock#1: clock.py is not as expected: it holds 'ANSWER = 42'" in out
    pages = tmp_path / "left" / "pages"
    issue = (pages / "octo-clock-issues-1.html").read_text()
    assert "The answer is off by one" in issue
    assert 'href="octo-clock-pull-2.html"' in issue
    assert (pages / "octo-clock-issues-1.html").as_uri() in out
    assert {path.name for path in (tmp_path / "left").iterdir()} == {"pages", "bot.log"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_night_that_is_interrupted_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C in the middle of a session ends the bot, Claude Code and the simulation."""
    with rehearsing(tmp_path, NIGHT + STUCK) as process:
        assert process.stdout is not None
        while "running" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        process.communicate(timeout=within(60))

    assert process.returncode == 130
    assert processes_of(tmp_path) == []


def test_a_night_in_the_background_is_interrupted_too(tmp_path: Path) -> None:
    """A shell without job control starts what runs in the background with SIGINT ignored."""
    with ExitStack() as ended:
        with ignored(signal.SIGINT):
            process = ended.enter_context(rehearsing(tmp_path, NIGHT + STUCK))
        assert process.stdout is not None
        while "running" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=within(60))

    assert process.returncode == 130
    assert processes_of(tmp_path) == []


def test_a_night_that_is_killed_leaves_nothing_running(tmp_path: Path) -> None:
    """Even where the rehearsal itself gets no chance to tidy up."""
    with rehearsing(tmp_path, NIGHT + STUCK) as process:
        assert process.stdout is not None
        while "running" not in process.stdout.readline():
            assert process.poll() is None
        process.kill()
        process.communicate(timeout=within(60))

    deadline = time.monotonic() + within(60)
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(tmp_path) == []


def test_a_night_that_does_not_end_in_time_is_ended(tmp_path: Path) -> None:
    """The time limit of the scenario is unexpected, and says what was still running."""
    code, out, _ = rehearse(tmp_path, NIGHT.replace("seconds: 60", "seconds: 5") + STUCK)

    assert code == 1
    assert "the night's 5 s were over before octo/clock#1 had come to an end" in out


def test_a_scenario_with_mistakes_starts_nothing(tmp_path: Path) -> None:
    """All mistakes are named on standard error, and the exit code is 2."""
    refused = refuse(tmp_path, NIGHT + "    exect: {}\n    labeled_by: bob\n")

    assert (refused.code, refused.out) == (2, "")
    assert "night.yml:10: issues[1].exect: unknown key; did you mean expect?" in refused.err
    assert not (tmp_path / "left").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    """A night does not mix with what is there already."""
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "mine.txt").write_text("precious")
    refused = refuse(tmp_path, NIGHT + FIXED)

    assert refused.code == 2
    assert "is not empty: name an empty or a new folder" in refused.err
    assert (tmp_path / "left" / "mine.txt").read_text() == "precious"
