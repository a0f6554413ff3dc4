"""The gate asked by a person: one command explained, a file of commands scored."""

from __future__ import annotations

import json
from pathlib import Path

from hooks.check import check, score
from hooks.policy import Context


def test_a_refusal_is_explained(a_context: Context) -> None:
    """Ruling, rule, reason, what to do instead, and the commands that the gate saw."""
    text = check("cd src && env A=1 git push -f", a_context)

    assert text.startswith("refused by git.push: ")
    assert "Commit, and finish" in text
    assert "  1. cd src\n  2. env A=1 git push -f\n  3. git push -f" in text


def test_a_grant_is_explained(a_context: Context) -> None:
    """Also what was granted shows how it was read."""
    assert check("echo 'rm -rf /' | cat", a_context).startswith("granted")
    assert "echo rm -rf /" in check("echo 'rm -rf /' | cat", a_context)


def test_a_file_of_cases_is_scored(a_context: Context, tmp_path: Path) -> None:
    """Totals, categories, and each case that the gate saw otherwise."""
    cases = [
        {"command": "rm -rf ~", "expect": "block", "category": "filesystem"},
        {"command": "ls", "expect": "allow", "category": "benign"},
        {"command": "git push", "expect": "allow", "category": "benign"},
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(map(json.dumps, cases)) + "\n\n")

    found = score(file, a_context)

    assert found["block"] == {"total": 1, "refused": 1}
    assert found["allow"] == {"total": 2, "granted": 1}
    assert found["by_category"] == {"filesystem": {"total": 1, "agreed": 1}, "benign": {"total": 2, "agreed": 1}}
    assert found["misses"] == [{"command": "git push", "expect": "allow", "rule": "git.push"}]
    assert found["median_us"] > 0
    assert json.loads(json.dumps(found)) == found
