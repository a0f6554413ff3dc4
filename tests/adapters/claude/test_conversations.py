"""A conversation that is kept for a later session: it comes out of a HOME that the session could write."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adapters.claude.conversations import Conversations
from bot.core.references import IssueRef

ISSUE = IssueRef("octo/clock", 3)
ID = "0b5a2f7c-1111-4222-8333-444455556666"


def a_home(folder: Path) -> Path:
    project = folder / "home/.claude/projects/-workspace"
    project.mkdir(parents=True)
    (project / f"{ID}.jsonl").write_text('{"said": "hello"}\n')
    return folder / "home"


def test_what_is_kept_is_put_back_into_another_home(tmp_path: Path) -> None:
    conversations = Conversations(tmp_path / "kept")
    assert conversations.keep(ISSUE, a_home(tmp_path), ID)

    assert conversations.put_back(ISSUE, tmp_path / "new", ID)
    (found,) = (tmp_path / "new").rglob("*.jsonl")
    assert found.read_text() == '{"said": "hello"}\n'
    assert found.name == f"{ID}.jsonl"
    assert not conversations.put_back(IssueRef("octo/clock", 4), tmp_path / "new", ID)


def link_file(home: Path, secret: Path) -> None:
    target = home / f".claude/projects/-workspace/{ID}.jsonl"
    target.unlink()
    target.symlink_to(secret)


def link_folder(home: Path, secret: Path) -> None:
    project = home / ".claude/projects/-workspace"
    project.rename(home / "aside")
    project.symlink_to(secret.parent)


def link_projects(home: Path, secret: Path) -> None:
    (home / ".claude").rename(home / "aside")
    (home / ".claude").symlink_to(secret.parent)


def pipe(home: Path, secret: Path) -> None:
    target = home / f".claude/projects/-workspace/{ID}.jsonl"
    target.unlink()
    os.mkfifo(target)


def giant(home: Path, secret: Path) -> None:
    os.truncate(home / f".claude/projects/-workspace/{ID}.jsonl", 65 << 20)


@pytest.mark.parametrize("attack", [link_file, link_folder, link_projects, pipe, giant])
def test_nothing_of_the_host_comes_along(tmp_path: Path, attack: Callable[[Path, Path], None]) -> None:
    """What the session put in the file's place would be read by the host, and shown to the next session."""
    secret = tmp_path / "secrets" / f"{ID}.jsonl"
    secret.parent.mkdir()
    secret.write_text("the host's own")
    (secret.parent / "projects").mkdir()
    (secret.parent / "projects/-workspace").symlink_to(secret.parent)
    home = a_home(tmp_path)
    attack(home, secret)
    conversations = Conversations(tmp_path / "kept")

    assert not conversations.keep(ISSUE, home, ID)
    assert not list((tmp_path / "kept").rglob("*.jsonl"))
