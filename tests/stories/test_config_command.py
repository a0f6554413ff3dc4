"""`nightshift config check`: what maintainers learn of their settings before they merge them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.settings_schema import repository_schema
from tests.typed import Answer, typed

WRONG = "verify: [npm test]\nprotect: []\nlimits:\n  files: 0\n"


def check(folder: Path, *arguments: str, stdin: bytes = b"") -> Answer:
    answer = typed("config", "check", *arguments, cwd=folder, environment={}, stdin=stdin)
    assert "Traceback" not in answer.err
    return answer


def test_a_valid_file_has_no_mistake(tmp_path: Path) -> None:
    """Without an account, and without a `.env`."""
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/nightshift.yml").write_text("verify: [npm test]\n")

    assert check(tmp_path) == Answer(0, ".github/nightshift.yml: no mistake\n", "")


def test_each_mistake_has_file_line_and_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(WRONG)

    answer = check(tmp_path, "mine.yml")

    assert answer.code == 1
    assert answer.out.splitlines() == [
        "mine.yml:2: protect: there is no such key; did you mean `protected`?",
        "mine.yml:4: limits.files: expected at least 1",
    ]


def test_programs_read_the_mistakes_as_json(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(WRONG)

    answer = check(tmp_path, "mine.yml", "--json")

    assert answer.code == 1
    found = json.loads(answer.out)
    assert (found["file"], found["valid"]) == ("mine.yml", False)
    assert found["mistakes"][1] == {"line": 4, "key": "limits.files", "says": "expected at least 1"}


def test_a_file_can_come_through_a_pipe(tmp_path: Path) -> None:
    assert check(tmp_path, "-", stdin=b"lint: maybe\n").out == "<stdin>:1: lint: expected true or false\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes(range(256)) * 10, "it is not UTF-8 text"),
        (b"\x7fELF\x00\x01", "it is not valid YAML: the character 0x007f"),
        (b"#" * 10_000_000, "it is larger than 65,536 bytes"),
        (b"x\x1b[31m: 1\n", "it is not valid YAML: the character 0x001b"),
        (b"x\\e[31m: 1\n", "there is no such key"),
        (b"k: 1\n" * 300, "more"),
    ],
)
def test_any_content_gets_an_answer(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "mine.yml").write_bytes(content)

    answer = check(tmp_path, "mine.yml")

    assert answer.code == 1
    assert said in answer.out
    assert len(answer.out.splitlines()) <= 101
    assert "\x1b" not in answer.out


def test_what_cannot_be_read_is_no_mistake_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "nightshift.yaml").write_text("")
    (tmp_path / "folder").mkdir()

    for name, said in (
        ("absent.yml", "there is no such file"),
        ("nightshift.yml", "nightshift.yaml has to be called nightshift.yml"),
        ("folder", "Is a directory"),
        ("nightshift.yaml/x", "Not a directory"),
    ):
        answer = check(tmp_path, name)
        assert (answer.code, answer.out) == (2, "")
        assert said in answer.err
        assert answer.err.count("\n") == 1


def test_the_schema_is_printed_for_editors(tmp_path: Path) -> None:
    answer = typed("config", "schema", cwd=tmp_path, environment={})

    assert json.loads(answer.out) == repository_schema()
