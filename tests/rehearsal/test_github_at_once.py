"""The simulated GitHub answers requests at the same time: git holds up the one that needs it, and no other."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from bot.rehearsal.github.bare import GitRefused
from bot.rehearsal.github.lock import WorldLock
from bot.rehearsal.github.pushes import NOTHING
from bot.rehearsal.github.server import SimulatedGitHub

SECONDS = 30


class SlowGit:
    """A `git` that stops at one of its commands, as often as it is asked for it, until `go` is called."""

    def __init__(self, folder: Path, command: str) -> None:
        self._waiting, self._go = folder / "waiting", folder / "go"
        self._waiting.mkdir()
        program = folder / "git"
        program.write_text(
            f'#!/bin/sh\ncase " $* " in *" {command} "*) touch "{self._waiting}/$$"\n'
            f'while [ ! -e "{self._go}" ]; do sleep 0.05; done;; esac\nexec {shutil.which("git")} "$@"\n'
        )
        program.chmod(0o700)

    def wait(self, count: int = 1) -> None:
        """Until so many have stopped there."""
        pause = threading.Event()
        for _ in range(SECONDS * 100):
            if len(list(self._waiting.iterdir())) >= count:
                return
            pause.wait(0.01)
        raise TimeoutError(f"git was not asked {count} times")

    def go(self) -> None:
        self._go.touch()


@pytest.fixture
def slow_log(octo: SimulatedGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowGit]:
    """Git stops at `log`, which opening a pull request needs."""
    octo.push_commit("octo/tools", "auto/1", {"a": "1\n"}, by="bot")
    octo.open_issue("octo/tools", title="x", author="maria")
    folder = tmp_path / "slow"
    folder.mkdir()
    git = SlowGit(folder, "log")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    yield git
    with suppress(OSError):
        git.go()


def opening(octo: SimulatedGitHub, token: str, pool: ThreadPoolExecutor) -> Future[requests.Response]:
    def post() -> requests.Response:
        return requests.post(
            f"{octo.api_url}/repos/octo/tools/pulls",
            json={"title": "x", "head": "auto/1", "base": "main"},
            headers={"Authorization": f"token {token}"},
            timeout=SECONDS,
        )

    return pool.submit(post)


def test_a_request_that_waits_for_git_holds_up_no_other(
    octo: SimulatedGitHub, http: requests.Session, slow_log: SlowGit
) -> None:
    """Reads and writes go on; what they wrote is still there afterwards."""
    token, issue = octo.add_token("bot").value, f"{octo.api_url}/repos/octo/tools/issues/1"
    with ThreadPoolExecutor() as pool:
        opened = opening(octo, token, pool)
        slow_log.wait()

        assert http.get(issue, timeout=SECONDS).json()["title"] == "x"
        assert http.post(f"{issue}/comments", json={"body": "meanwhile"}, timeout=SECONDS).status_code == 201
        assert not opened.done()

        slow_log.go()
        assert opened.result(SECONDS).status_code == 201
    assert [comment.body for comment in octo.comments("octo/tools", 1)] == ["meanwhile"]


def test_of_two_that_open_the_same_pull_request_one_is_refused(octo: SimulatedGitHub, slow_log: SlowGit) -> None:
    """Both have asked whether there is one, and git has not yet answered."""
    token = octo.add_token("bot").value
    with ThreadPoolExecutor() as pool:
        both = [opening(octo, token, pool) for _ in range(2)]
        slow_log.wait(2)
        slow_log.go()
        answers = [each.result(SECONDS) for each in both]

    assert sorted(answer.status_code for answer in answers) == [201, 422]
    (refused,) = [answer for answer in answers if answer.status_code == 422]
    assert "A pull request already exists for octo:auto/1." in refused.text
    assert len(octo.pull_requests("octo/tools")) == 1


def test_a_ref_that_was_moved_meanwhile_is_not_moved_again(octo: SimulatedGitHub) -> None:
    """Git compares with the value that was seen before: of two that move a ref, or make it, one fails."""
    git = octo.world.repository("octo/tools").git
    first = octo.branches("octo/tools")["main"]
    second = octo.push_commit("octo/tools", "main", {"a": "1\n"}, by="maria")
    git.set_ref("refs/heads/once", first, old=NOTHING)
    for seen in (NOTHING, second):
        with pytest.raises(GitRefused):
            git.set_ref("refs/heads/once", second, old=seen)
    with pytest.raises(GitRefused):
        git.delete_ref("refs/heads/once", old=second)
    assert octo.branches("octo/tools")["once"] == first


def test_the_lock_is_released_completely_and_acquired_as_often_again() -> None:
    lock, entered = WorldLock(), threading.Event()

    def enter() -> None:
        with lock:
            entered.set()

    with lock, lock:
        other = threading.Thread(target=enter)
        with lock.released():
            other.start()
            assert entered.wait(SECONDS)
        entered.clear()
        other.join()
        another = threading.Thread(target=enter)
        another.start()
        assert not entered.wait(0.2)
    another.join(SECONDS)
    assert entered.is_set()


def test_a_lock_that_is_not_held_can_be_released() -> None:
    lock = WorldLock()
    with lock.released(), lock:
        pass
