"""The runner of git: a built environment, a time limit that ends all, and errors that tell."""

from __future__ import annotations

import contextlib
import errno
import time

import psutil
import pytest

from bot.adapters.git import git
from bot.adapters.process import CommandFailed
from bot.core.failures import FailureKind
from tests.patience import within


def shell(script: str) -> dict[str, str]:
    """Settings with which `git do` runs a script: a command whose behaviour a test can choose."""
    return {"alias.do": f"!{script}"}


def ends(pid: int) -> bool:
    """Whether a killed process is gone, which may come a moment after the kernel has closed its files."""
    deadline = time.monotonic() + within(30)
    with contextlib.suppress(psutil.NoSuchProcess):
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
    return True


def test_nothing_of_our_own_environment_reaches_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither secrets nor the variables by which git could be led elsewhere."""
    for name in ("GITHUB_TOKEN", "GIT_DIR", "GIT_SSH_COMMAND", "SSH_ASKPASS", "https_proxy", "GIT_CONFIG_COUNT"):
        monkeypatch.setenv(name, "leaked")
    shown = git("do", settings=shell("env")).text
    assert "leaked" not in shown
    names = {line.split("=")[0] for line in shown.splitlines() if "=" in line}
    assert {name for name in names if not name.startswith("GIT_")} <= {"PATH", "HOME", "LC_ALL", "PWD", "SHLVL", "_"}


def test_what_was_committed_is_on_the_disk_when_git_has_ended() -> None:
    """Single objects too, which git by itself leaves to the kernel."""
    assert git("config", "core.fsync").text == "committed"


def test_relative_folders_of_the_path_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `.` in PATH would run a program that an agent put into its workspace."""
    monkeypatch.setenv("PATH", ".:/usr/local/bin:bin::/usr/bin:/bin")
    path = next(line for line in git("do", settings=shell("env")).text.splitlines() if line.startswith("PATH="))
    assert all(folder.startswith("/") for folder in path.removeprefix("PATH=").split(":"))


def test_at_its_time_limit_a_command_ends_with_its_children() -> None:
    """What it started goes with it, and the error says that time ran out."""
    with pytest.raises(CommandFailed) as failed:
        git("do", settings=shell("sleep 60 & echo $!; wait"), timeout=0.5)
    assert failed.value.completed.code is None
    assert "`git do` did not end in time" in failed.value.detail
    child = int(failed.value.completed.text)
    assert ends(child)


def test_a_failure_tells_the_command_the_code_and_both_outputs() -> None:
    """Without the settings, which are always the same; the kind is one that the operator acts on."""
    with pytest.raises(CommandFailed) as failed:
        git("do", "it now", settings=shell("echo said; echo meant >&2; exit 7 #"))
    assert failed.value.kind is FailureKind.SETUP_FAILED
    assert failed.value.detail == "`git do 'it now'` exited with 7\nstderr: meant\nstdout: said"


def test_a_failures_output_is_cut_from_its_start() -> None:
    """The end of an output says what went wrong."""
    with pytest.raises(CommandFailed) as failed:
        git("do", settings=shell("yes | head -n 100000; echo last; exit 1"))
    assert len(failed.value.detail) < 3000
    assert failed.value.detail.endswith("last")


def test_a_secret_is_masked_in_what_git_says() -> None:
    """In both outputs."""
    done = git("do", settings=shell("echo a s3cret b; echo c s3cret d >&2"), secrets=["s3cret"])
    assert (done.text, done.stderr.strip()) == ("a *** b", "c *** d")


def test_a_full_disk_is_no_failure_of_the_task() -> None:
    """It is an OSError, on which the worker puts the task back and stops."""
    with pytest.raises(OSError, match="no space left on device") as full:
        git("do", settings=shell("echo 'fatal: cannot create x: No space left on device' >&2; exit 128"), codes=None)
    assert full.value.errno == errno.ENOSPC


def test_output_that_is_no_text_is_no_failure() -> None:
    """Names and messages may be any bytes."""
    done = git("do", settings=shell("printf '\\377'; printf '\\376' >&2"))
    assert (done.stdout, done.text, done.stderr) == (b"\xff", "�", "�")


@pytest.mark.parametrize("url", ["ext::sh -c touch% x", "file:///etc", "ssh://localhost/x", "http://127.0.0.1:1/x"])
def test_no_transport_is_open_unless_asked_for(url: str) -> None:
    """A command that names no protocol reaches nothing, however it is led to a URL."""
    done = git("ls-remote", url, codes=None)
    assert done.code != 0
    assert "not allowed" in done.stderr
