"""The gate asked by a person: one command explained, a file of commands scored."""

from __future__ import annotations

import json
from pathlib import Path

from hooks.check import context_here, explain, rule, score, score_checkout
from hooks.offers import find_offers
from hooks.policy import Context


def test_a_refusal_is_explained(a_context: Context) -> None:
    """Ruling, rule, reason, what to do instead, and the commands that the gate saw."""
    text = explain(rule("cd src && env A=1 git push -f", a_context))

    assert text.startswith("refused by git.push: ")
    assert "Commit, and finish" in text
    assert "  1. cd src\n  2. env A=1 git push -f\n  3. git push -f" in text


def test_a_grant_is_explained(a_context: Context) -> None:
    """Also what was granted shows how it was read."""
    assert explain(rule("echo 'rm -rf /' | cat", a_context)).startswith("granted")
    assert "echo rm -rf /" in explain(rule("echo 'rm -rf /' | cat", a_context))


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


def test_a_checkouts_own_scripts_are_read(tmp_path: Path) -> None:
    """With the checkout as the workspace, a case is judged by the text of its makefile."""
    (tmp_path / "Makefile").write_text("check:\n\tpytest\nsend:\n\tgit push\n")
    cases = tmp_path / "cases.jsonl"
    commands = [{"command": "make check", "expect": "allow"}, {"command": "make send", "expect": "block"}]
    cases.write_text("\n".join(map(json.dumps, commands)))

    found = score(cases, context_here(tmp_path))

    assert found["misses"] == []


def test_what_a_checkout_offers_is_listed_and_judged(tmp_path: Path) -> None:
    """Executables, npm and composer scripts, make targets, recipes of justfile and Taskfile; packages that are there
    only because they were installed offer nothing."""
    files = {
        "package.json": '{"scripts": {"test": "jest", "out": "npm publish"}}',
        "web/package.json": '{"scripts": {"build": "vite build"}}',
        "node_modules/x/package.json": '{"scripts": {"x": "git push"}}',
        "composer.json": '{"scripts": {"lint": "phpcs"}}',
        "Makefile": ".PHONY: all\nall: x.o\n%.o: %.c\n\tcc $<\npush:\n\tgit push\n",
        "justfile": "fmt:\n  cargo fmt\n_hidden:\n  x\n",
        "Taskfile.yml": "version: 3\ntasks:\n  gen:\n    cmds: [go generate ./...]\n",
        "bin/tool": "#!/bin/sh\necho hi\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "bin" / "tool").chmod(0o755)

    assert find_offers(tmp_path) == [
        "./bin/tool", "npm run test", "npm run out", "npm --prefix web run build", "make all", "make push",
        "just fmt", "task gen", "composer lint",
    ]  # fmt: skip
    assert score_checkout(tmp_path) == {
        "offered": 9,
        "refused": [
            {"command": "npm run out", "rule": "deploy.publish", "found": "npm publish"},
            {"command": "make push", "rule": "git.push", "found": "git push"},
        ],
    }
