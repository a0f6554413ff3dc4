"""The one runner of git: a built environment, fixed settings, limits, and one error that tells all.

The settings are a second layer. What keeps an agent's config, hooks and filters from running is that no command here
is ever given a git directory that an agent can write.
"""

from __future__ import annotations

import errno
import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.bounds import LOCAL, Bounds, were_hit
from bot.adapters.git.reading import LARGEST_OUTPUT, Flooded, read_to_end
from bot.core.failures import FailureKind, TaskFailed

LOCAL_SECONDS = 120.0  # for what reads and writes this machine's disk alone
NETWORK_SECONDS = 900.0  # for what moves a repository over the network
PACKED_REFS_SECONDS = 10.0  # for which it waits for the lock on all refs together
_TAIL = 2000  # characters of an output that an error repeats

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.fsync": "committed",  # what the ledger says is there survives a power cut as the ledger does
    "core.attributesFile": os.devnull,
    "core.bigFileThreshold": "64m",  # larger ones are streamed, not held in memory
    "core.excludesFile": os.devnull,
    "core.sshCommand": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.packedGitLimit": "256m",
    "core.packedGitWindowSize": "32m",
    "core.packedRefsTimeout": str(int(PACKED_REFS_SECONDS * 1000)),
    "advice.detachedHead": "false",
    "checkout.workers": "4",
    "commit.gpgSign": "false",
    "credential.helper": "",
    "diff.external": "",
    "diff.ignoreSubmodules": "all",
    "fetch.fsckObjects": "true",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "pack.threads": "2",
    "pack.windowMemory": "128m",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "100",
    "http.lowSpeedTime": "120",
    "http.proxy": "",
    "protocol.ext.allow": "never",
    "submodule.recurse": "false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A command that ended. `code` is None if it had to be stopped, at its time limit or because of what it wrote.
    `over_limit`: what it used up, empty if it ended for another reason."""

    command: str
    code: int | None
    stdout: bytes
    stderr: str
    over_limit: str = ""

    @property
    def text(self) -> str:
        return self.stdout.decode(errors="replace").strip()


class GitFailed(TaskFailed):
    """A command of the host failed in a way that nobody foresaw. Its message: the command, the code, the output."""

    def __init__(self, completed: Completed) -> None:
        self.completed = completed
        how = completed.over_limit or f"exited with {completed.code}"
        lines = [f"`{completed.command}` {how}"]
        for name, said in (("stderr", completed.stderr), ("stdout", completed.text)):
            if said.strip():
                lines.append(f"{name}: {said.strip()[-_TAIL:]}")
        super().__init__(FailureKind.SETUP_FAILED, "\n".join(lines))


def base_environment() -> dict[str, str]:
    """The environment of every command here: a PATH of absolute folders, and nothing of whoever started us."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return {
        "PATH": os.pathsep.join(folder for folder in folders if folder.startswith("/")),
        "HOME": "/nonexistent",
        "LC_ALL": "C",  # the messages that we read are the untranslated ones
    }


def git_environment(protocols: str) -> dict[str, str]:
    return base_environment() | {
        "GIT_ALLOW_PROTOCOL": protocols,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_EDITOR": "false",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PAGER": "cat",
        "GIT_TERMINAL_PROMPT": "0",
    }


def git(
    *arguments: str,
    gitdir: Path | None = None,
    work_tree: Path | None = None,
    protocols: str = "none",
    settings: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    secrets: Sequence[str] = (),
    stdin: bytes = b"",
    timeout: float = LOCAL_SECONDS,
    codes: Collection[int] | None = (0,),
    keep: Sequence[int] = (),
    bounds: Bounds = LOCAL,
    largest: int = LARGEST_OUTPUT,
    stopping: Callable[[], bool] = lambda: False,
) -> Completed:
    """Run git on `gitdir`. `protocols` are the transports that it may use, joined by colons; `secrets` are masked in
    what it says; `codes` are the exit codes that are no failure (None: any ending, the time limit's too); `keep` are
    descriptors that it inherits; `bounds` and `largest` are what it may use, and write; it is ended as if its time
    were up once `stopping`. Raises GitFailed, and OSError if the disk is full."""
    return run(
        command_line(*arguments, gitdir=gitdir, work_tree=work_tree, settings=settings),
        name=shlex.join(["git", *arguments]),
        cwd=work_tree or Path("/"),
        environment=git_environment(protocols) | dict(environment or {}),
        secrets=secrets,
        stdin=stdin,
        timeout=timeout,
        codes=codes,
        keep=keep,
        bounds=bounds,
        largest=largest,
        stopping=stopping,
    )


def command_line(
    *arguments: str,
    gitdir: Path | None = None,
    work_tree: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> list[str]:
    command = ["git"]
    for name, value in (_SETTINGS | dict(settings or {})).items():
        command += ["-c", f"{name}={value}"]
    if gitdir is not None:
        command.append(f"--git-dir={gitdir}")
    if work_tree is not None:
        command.append(f"--work-tree={work_tree}")
    return [*command, *arguments]


def run(
    command: Sequence[str],
    *,
    name: str = "",
    cwd: Path = Path("/"),
    environment: Mapping[str, str] | None = None,
    secrets: Sequence[str] = (),
    stdin: bytes = b"",
    timeout: float = LOCAL_SECONDS,
    codes: Collection[int] | None = (0,),
    keep: Sequence[int] = (),
    bounds: Bounds = LOCAL,
    largest: int = LARGEST_OUTPUT,
    stopping: Callable[[], bool] = lambda: False,
) -> Completed:
    """Run one command to its end, or to its limits, when its whole process group is killed."""
    with subprocess.Popen(
        bounds.wrap(command),
        cwd=cwd,
        env=base_environment() if environment is None else environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=keep,
    ) as process:
        code, stdout, stderr, over_limit = _communicate(process, stdin, timeout, largest, stopping)
    said = stderr.decode(errors="replace")
    for secret in secrets:
        stdout, said = stdout.replace(secret.encode(), b"***"), said.replace(secret, "***")
    if were_hit(code, said):
        over_limit = f"needed more than its limits allow ({bounds})"
    completed = Completed(
        command=name or shlex.join(command), code=code, stdout=stdout, stderr=said, over_limit=over_limit
    )
    if code != 0 and "No space left on device" in said:
        raise OSError(errno.ENOSPC, f"no space left on device: `{completed.command}`")
    if codes is not None and code not in codes:
        raise GitFailed(completed)
    return completed


def _communicate(
    process: subprocess.Popen[bytes], stdin: bytes, timeout: float, largest: int, stopping: Callable[[], bool]
) -> tuple[int | None, bytes, bytes, str]:
    try:
        stdout, stderr = read_to_end(process, stdin, timeout, largest, stopping)
    except (subprocess.TimeoutExpired, Flooded) as stopped:
        kill(process)
        over_limit = "wrote too much" if isinstance(stopped, Flooded) else "did not end in time"
        return None, stopped.output or b"", stopped.stderr or b"", over_limit
    except BaseException:  # whoever interrupts us does not want git to go on
        kill(process)
        raise
    return process.returncode, stdout, stderr, ""


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the group, unless its leader is reaped: its number may then belong to somebody else."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
