"""With a key, each commit that the host makes for GitHub is signed as git signs it, and nothing else of it changes."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.git import Mirror, Quarantine, SigningKey, git
from bot.adapters.git.collect import Collected
from bot.adapters.git.rebase import rebase
from bot.adapters.process import CommandFailed
from bot.adapters.settings import read_settings
from bot.steps.host_tools import tools_of
from tests.adapters.conftest import AUTHOR, by
from tests.adapters.tool_homes import a_home, in_cell, program
from tests.git_host import run_git
from tests.signing_keys import make_key, public_key, verify

if TYPE_CHECKING:
    from tests.adapters.conftest import Trap


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path)


def collect(trap: Trap, quarantine: Quarantine) -> Collected:
    rewriting = replace(by(AUTHOR), since=NOW, until=NOW)
    made = quarantine.collect(
        trap.workspace, branch="auto/1", base=trap.base, message="Rest", rewriting=rewriting, most_files=100
    )
    assert made is not None
    return made


def signing(trap: Trap, key: Path, folder: Path) -> Quarantine:
    mirror = Mirror(trap.mirror.folder, trap.mirror.url, trap.mirror.credentials, key=SigningKey(file=key))
    return mirror.quarantine(folder / "signing.git")


def commits(folder: Path, base: str, head: str) -> list[str]:
    return git("rev-list", "--reverse", f"{base}..{head}", gitdir=folder).text.split()


def without_signature(folder: Path, commit: str) -> list[str]:
    """What people see of it; without its name and those of its parents."""
    return git("log", "-1", "--format=%T%n%an%n%ae%n%ad%n%cn%n%ce%n%cd%n%B", commit, gitdir=folder).text.split("\n")


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_each_commit_of_a_session_is_signed(trap: Trap, tmp_path: Path, kind: str) -> None:
    """Also the last one, of what the session had not committed."""
    (trap.root / "README.md").write_text("one\n")
    trap.commit()
    (trap.root / "new").write_text("two\n")
    key = make_key(tmp_path, kind=kind)

    plain = collect(trap, trap.quarantine)
    with signing(trap, key, tmp_path) as quarantine:
        signed = collect(trap, quarantine)
        names = commits(quarantine.folder, trap.base, signed.head)

        assert len(names) == 2
        for name in names:
            verify(quarantine.folder, name, key)
        before = commits(trap.quarantine.folder, trap.base, plain.head)
        assert [without_signature(quarantine.folder, name) for name in names] == [
            without_signature(trap.quarantine.folder, name) for name in before
        ]
        assert git("fsck", "--strict", signed.head, gitdir=quarantine.folder).code == 0
        quarantine.release(signed.head, "auto/1")
    trap.mirror.push(signed.head, "auto/1", expected=None)
    verify(trap.host.root / "octo/tools.git", "auto/1", key)


def test_a_signature_of_the_session_is_replaced(trap: Trap, tmp_path: Path, key: Path) -> None:
    """Whatever key it found or made, its signature says nothing of what the host publishes."""
    theirs = make_key(tmp_path, "theirs")
    (trap.root / "README.md").write_text("one\n")
    options = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={theirs}")
    run_git(*options, "commit", "-q", "-a", "-S", "-m", "Work", cwd=trap.root)
    verify(trap.root, "HEAD", theirs)

    with signing(trap, key, tmp_path) as quarantine:
        head = collect(trap, quarantine).head
        verify(quarantine.folder, head, key)
        with pytest.raises(subprocess.CalledProcessError):
            verify(quarantine.folder, head, theirs)


def test_without_a_key_nothing_is_signed(trap: Trap, key: Path) -> None:
    (trap.root / "README.md").write_text("one\n")
    head = collect(trap, trap.quarantine).head
    with pytest.raises(subprocess.CalledProcessError):
        verify(trap.quarantine.folder, head, key)


@pytest.mark.parametrize("conflicts", [False, True])
def test_what_git_rebases_is_signed(tmp_path: Path, key: Path, conflicts: bool) -> None:
    folder = tmp_path / "repository"
    run_git("init", "--quiet", "--initial-branch=main", str(folder))
    fork = commit(folder, "lines", "one")
    commit(folder, "a", "a")
    head = commit(folder, "lines" if conflicts else "b", "two")
    run_git("checkout", "--quiet", "-b", "newer", fork, cwd=folder)
    onto = commit(folder, "lines", "three")

    made = rebase(folder / ".git", fork=fork, head=head, onto=onto, author=AUTHOR, key=SigningKey(file=key))

    assert bool(made.conflicts) is conflicts
    names = commits(folder / ".git", onto, made.commit)
    assert len(names) == (1 if conflicts else 2)
    for name in names:
        verify(folder, name, key)


def commit(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(f"{text}\n")
    run_git("add", "--all", cwd=folder)
    run_git("commit", "--quiet", "-m", f"{name}: {text}", cwd=folder)
    return run_git("rev-parse", "HEAD", cwd=folder)


def test_a_key_that_is_gone_is_an_error_that_does_not_name_its_file(key: Path) -> None:
    """The error may be shown on an issue."""
    signing_key = SigningKey(file=key)
    signing_key.require()
    assert public_key(key).startswith(signing_key.find_public())
    key.rename(key.with_name("elsewhere"))

    with pytest.raises(CommandFailed) as failed:
        signing_key.require()

    assert "ssh-keygen -Y sign" in failed.value.detail
    assert str(key) not in failed.value.detail


def test_a_passphrase_is_asked_of_no_one(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed):
        SigningKey(file=make_key(tmp_path, passphrase="secret")).require()


def test_no_cell_sees_the_key(tmp_path: Path) -> None:
    """Even where it lies in a folder of tools, under a name that says nothing."""
    with a_home() as home:
        program(home / "opt/tools/bin/hello")
        key = make_key(home / "opt/tools")
        named = {"GITHUB_TOKEN": "x", "REPOSITORIES": "octo/clock", "ANTHROPIC_API_KEY": "x"}
        tools = {"TOOLS": str(home / "opt/tools"), "DATA_DIR": str(tmp_path / "data")}
        settings = read_settings({**named, **tools, "SIGNING_KEY_FILE": str(key)}, tmp_path / ".env")

        toolbox = tools_of(settings, {"HOME": str(home)})

        assert dict(toolbox.ignored) == {str(home / "opt/tools"): "it holds Nightshift's data or settings"}
        code, said = in_cell(toolbox, tmp_path, f"cat {key} {key}.pub || echo none")
        assert (code, said) == (0, "none")
