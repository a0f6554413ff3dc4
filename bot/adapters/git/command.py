"""Run git: a built environment, fixed settings and limits.

The settings are a second layer. What keeps an agent's config, hooks and filters from running is that no command here
is ever given a git directory that an agent can write.
"""

from __future__ import annotations

import errno
import os
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bot.adapters import process
from bot.adapters.git.bounds import LOCAL, Bounds, were_hit
from bot.adapters.output import LARGEST_OUTPUT
from bot.adapters.process import Completed

LOCAL_SECONDS = 120.0  # for what reads and writes this machine's disk alone
NETWORK_SECONDS = 900.0  # for what moves a repository over the network
PACKED_REFS_SECONDS = 10.0  # for which it waits for the lock on all refs together

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.fsync": "committed",  # an object that the ledger names survives a power cut as the ledger does
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
    "fetch.fsckObjects": "true",  # else git 2.39.5 accepts a tree with an entry `.git`
    "gc.auto": "0",
    "maintenance.auto": "false",
    "pack.threads": "2",
    "pack.windowMemory": "128m",
    "http.followRedirects": "false",  # git 2.39.5 asks the same askpass for a token for the other host
    "http.lowSpeedLimit": "100",
    "http.lowSpeedTime": "120",
    "protocol.ext.allow": "never",
    "submodule.recurse": "false",
}


def base_environment() -> dict[str, str]:
    """The environment of every command here: a PATH of absolute folders, and nothing of the bot's own environment."""
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
        "GIT_NO_LAZY_FETCH": "1",  # else `cat-file` in a partial clone runs the program that its config names
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
    its output; `codes` are the exit codes that are no failure (None: any ending, the time limit's too); `keep` are
    descriptors that it inherits; `bounds` and `largest` are what it may use, and write; it is ended as if its time
    were up once `stopping`. Raises CommandFailed, and OSError if the disk is full."""
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
    """Run one command, within its bounds, as `git` does."""
    ended = process.run(
        bounds.wrap(command),
        name=name or shlex.join(command),
        cwd=cwd,
        env=base_environment() if environment is None else environment,
        seconds=timeout,
        stdin=stdin,
        secrets=secrets,
        codes=None,
        keep_open=keep,
        largest=largest,
        stopping=stopping,
        supervised=False,
    )
    if were_hit(ended.code, ended.stderr):
        ended = replace(ended, over_limit=f"needed more than its limits allow ({bounds})")
    if ended.code != 0 and "No space left on device" in ended.stderr:
        raise OSError(errno.ENOSPC, f"no space left on device: `{ended.command}`")
    return ended if codes is None else ended.demand(codes)
