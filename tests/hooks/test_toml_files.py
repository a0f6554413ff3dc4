"""The policy's TOML files are read once, and what is kept of them never says anything else than they do."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

from hooks.policy import toml_files
from hooks.policy.tables import FOLDER
from hooks.policy.toml_files import read_file

POLICY = FOLDER.parent
FILES = sorted(POLICY.rglob("*.toml"))


@pytest.fixture(autouse=True)
def _keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a Python that keeps compiled modules, whatever the environment of the tests says."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "tables" / "names.toml"
    file.parent.mkdir()
    file.write_text('[cat]\naliases = "tac"\n')
    return file


def kept_file(folder: Path) -> Path:
    (kept,) = folder.iterdir()
    return kept


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(POLICY)))
def test_each_file_of_the_policy_is_read_the_same_a_second_time(file: Path, tmp_path: Path) -> None:
    meant = tomllib.loads(file.read_text(encoding="utf-8"))
    first, second = (read_file(file, tmp_path / "kept") for _ in range(2))
    assert first == meant
    assert second == meant
    assert list(second) == list(meant), "the order of the rows decides"
    assert json.loads(kept_file(tmp_path / "kept").read_text())["document"] == meant


def test_no_two_files_share_what_is_kept(tmp_path: Path) -> None:
    for file in FILES:
        read_file(file, tmp_path)
    assert len(list(tmp_path.iterdir())) == len(FILES)


def test_what_is_kept_is_read_instead_of_the_file(table: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    read_file(table, kept)
    written = kept_file(kept).read_text()
    kept_file(kept).write_text(written.replace("tac", "bat"))
    assert read_file(table, kept) == {"cat": {"aliases": "bat"}}


def test_a_file_that_has_changed_is_read_anew(table: Path, tmp_path: Path) -> None:
    """With its old time and size, as a copy may have them."""
    kept, before = tmp_path / "kept", table.stat()
    read_file(table, kept)
    table.write_text(table.read_text().replace("tac", "cut"))
    assert (table.stat().st_size, table.stat().st_mode) == (before.st_size, before.st_mode)
    assert read_file(table, kept) == {"cat": {"aliases": "cut"}}
    assert read_file(table, kept) == {"cat": {"aliases": "cut"}}


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", "null", '{"of": 1}', '{"of": null, "document": {"rm": {}}}'])
def test_what_is_kept_and_damaged_is_not_believed(table: Path, tmp_path: Path, damage: str) -> None:
    kept = tmp_path / "kept"
    read_file(table, kept)
    kept_file(kept).write_text(damage)
    assert read_file(table, kept) == {"cat": {"aliases": "tac"}}


@pytest.mark.parametrize("document", [["cat"], "cat", 1])
def test_what_is_kept_and_no_table_is_not_believed(table: Path, tmp_path: Path, document: object) -> None:
    """Of this very text, by its digest."""
    kept = tmp_path / "kept"
    read_file(table, kept)
    found = json.loads(kept_file(kept).read_text())
    kept_file(kept).write_text(json.dumps(found | {"document": document}))
    assert read_file(table, kept) == {"cat": {"aliases": "tac"}}


def test_where_nothing_can_be_kept_the_file_is_read_each_time(table: Path, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    for _ in range(2):
        assert read_file(table, tmp_path / "a file" / "kept") == {"cat": {"aliases": "tac"}}


def test_a_python_that_keeps_no_compiled_modules_keeps_no_tables(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert read_file(table, tmp_path / "kept") == {"cat": {"aliases": "tac"}}
    assert not (tmp_path / "kept").exists()


def test_a_file_that_is_no_toml_is_an_error_each_time(table: Path, tmp_path: Path) -> None:
    table.write_text("[cat")
    for _ in range(2):
        with pytest.raises(ValueError, match="at end of document"):
            read_file(table, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_what_is_kept_lies_beside_the_compiled_modules() -> None:
    """Write permission for it is write permission for the gate's code, and no folder of a session holds it."""
    read_file(POLICY / "rules.toml")
    kept = Path(toml_files.__file__).parent / "__pycache__"
    assert (kept / "policy-rules.toml.json").is_file()
