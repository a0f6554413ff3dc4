"""What a session writes into a submodule that is not checked out is reported, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.git import SubmoduleSeeds
from bot.core.changes import Note


@pytest.mark.parametrize("name", ["patch.txt", "deep/er/a.c", ".hidden"])
def test_what_is_written_into_one_that_is_not_checked_out_is_reported(tmp_path: Path, name: str) -> None:
    (tmp_path / "vendor/lib" / name).parent.mkdir(parents=True)
    (tmp_path / "vendor/lib" / name).write_text("1")
    seeds = SubmoduleSeeds(left=(Note("vendor/lib", "is a submodule of another owner"), Note("gone", "is one")))

    assert [str(note.path) + " " + note.what for note in seeds.edits(tmp_path)] == [
        f"vendor/lib is a submodule: what was changed in it is not published ({name})"
    ]


def test_an_empty_folder_of_a_submodule_and_one_behind_a_link_hold_no_edits(tmp_path: Path) -> None:
    (tmp_path / "work/empty").mkdir(parents=True)
    (tmp_path / "outside/lib").mkdir(parents=True)
    (tmp_path / "outside/lib/secret.txt").write_text("1")
    (tmp_path / "work/vendor").symlink_to(tmp_path / "outside")
    seeds = SubmoduleSeeds(left=(Note("empty", "is one"), Note("vendor/lib", "is one")))

    assert seeds.edits(tmp_path / "work") == ()
