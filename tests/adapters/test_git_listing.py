"""The files and links of a commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bot.adapters.git.listing import listing


def test_links_are_told_with_what_they_say(tmp_path: Path) -> None:
    """Whatever they are called; they need not lead anywhere."""
    (tmp_path / "a\tb").symlink_to("docs/guide.md")
    (tmp_path / "plain.txt").write_text("120000 blob x\ty")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/out").symlink_to("/etc/passwd")
    commands = (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"])
    for command in commands:
        subprocess.run(["git", *command], cwd=tmp_path, check=True)

    found = listing(tmp_path / ".git", "HEAD")

    assert found.links == {"a\tb": "docs/guide.md", "docs/out": "/etc/passwd"}
    assert found.paths == {"a\tb", "docs/out", "plain.txt"}
