"""Hooks and package sources inside `package.json` and its like: only some keys of these files are protected."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.broker import sort_protected
from bot.core.changes import FileChange
from tests.core.protection import protected_paths


def change(before: object, after: object, path: str = "package.json") -> FileChange:
    return FileChange(path=path, old_path=path, before=_content(before), after=_content(after))


def _content(document: object) -> bytes | None:
    if document is None or isinstance(document, bytes):
        return document
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "added",
    [
        {"husky": {"hooks": {"pre-commit": "./x"}}},
        {"simple-git-hooks": {"pre-commit": "./x"}},
        {"simple-pre-commit": "npx x"},
        {"pre-commit": ["x"]},
        {"gitHooks": {"pre-commit": "./x"}},
        {"lint-staged": {"*": "./x"}},
        {"LINT-STAGED": {"*": "./x"}},
        {"lefthook": {}},
        {"config": {"ghooks": {"pre-commit": "x"}}},
        {"config": {"commitizen": {"path": "./x"}}},
        {"commitlint": {"extends": ["./x"]}},
        {"scripts": {"prepare": "husky"}},
        {"scripts": {"postinstall": "git config core.hooksPath x"}},
        {"scripts": {"prepare": "cp x .git/hooks/pre-commit"}},
        {"scripts": {"preinstall": "npx lefthook install"}},
        {"packageManager": "yarn@https://packages.example/yarn.tgz"},
        {"publishConfig": {"registry": "https://packages.example"}},
        {"pnpm": {"configDependencies": {"x": "1"}}},
    ],
)
@pytest.mark.parametrize("path", ["package.json", "packages/web/package.json", "Package.JSON"])
def test_hooks_and_sources_in_a_package_file_are_protected(added: dict[str, object], path: str) -> None:
    """Added, changed and taken away, in a file that is new or not."""
    plain = {"name": "clock", "dependencies": {"a": "1"}}

    assert protected_paths([change(plain, plain | added, path)]) == [path]
    assert protected_paths([change(None, plain | added, path)]) == [path]
    assert protected_paths([change(plain | added, plain | added | {"name": "b"}, path)]) == []


def test_hooks_that_are_taken_away_are_protected() -> None:
    """A developer would rely on a check that no longer runs."""
    assert protected_paths([change({"husky": {"hooks": {}}}, {})]) == ["package.json"]
    assert protected_paths([change({"husky": {"hooks": {}}}, None)]) == ["package.json"]
    assert protected_paths([change({"scripts": {"prepare": "husky"}}, {"scripts": {}})]) == ["package.json"]


@pytest.mark.parametrize(
    "after",
    [
        {"scripts": {"test": "jest", "lint": "eslint"}},
        {"scripts": {"prepare": "tsc"}},
        {"dependencies": {"husky": "9", "lint-staged": "15"}},
        {"packageManager": "pnpm@10.1.0"},
        {"version": "2.0.0"},
    ],
)
def test_the_rest_of_a_package_file_is_free(after: dict[str, object]) -> None:
    assert protected_paths([change({"name": "clock"}, {"name": "clock"} | after)]) == []


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"",
        b"[]",
        b"../elsewhere/package.json",
        b'{"husky": 1, "name": "a", "name": "b"}',
        b'{"a": {"x": 1, "x": 2}}',
        b'{"a": NaN}',
        b"\xff\xfe{}",
        b'{"a": ' * 100 + b"1" + b"}" * 100,
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "' + b"x" * 2_000_001 + b'"}',
        b'// comment\n{"name": "a"}',
    ],
)
def test_what_cannot_be_read_counts_as_changed(content: bytes) -> None:
    """A link, an ambiguous document, one that is too deep or too large: npm may read it otherwise than we do."""
    assert protected_paths([change({"name": "a"}, content)]) == ["package.json"]


def test_one_that_becomes_readable_again_is_judged_by_what_is_there() -> None:
    assert protected_paths([change(b"{", {"name": "a"})]) == []
    assert protected_paths([change(b"{", {"husky": {}})]) == ["package.json"]


def test_a_commit_that_takes_hooks_back_later_is_refused_all_the_same() -> None:
    """Each commit is judged: a developer may be on any of them."""
    hooks = {"husky": {"hooks": {"pre-commit": "./x"}}}

    assert protected_paths([change({}, hooks), change(hooks, {})]) == ["package.json"]


@pytest.mark.parametrize(
    ("path", "before", "after", "refused"),
    [
        ("composer.json", {}, {"extra": {"captainhook": {}}}, True),
        ("composer.json", {}, {"repositories": [{"url": "https://packages.example"}]}, True),
        ("composer.json", {}, {"require": {"a/b": "1"}}, False),
        ("package.yaml", {}, b"husky:\n  hooks: {}\n", True),
        ("package.yaml", {}, b"name: &a x\nb: *a\n", True),
        ("package.json5", {}, b"{name: 'a'}", True),
        ("pnpm-workspace.yaml", b"packages: [a]\n", b"packages: [a, b]\ncatalog: {x: 1}\n", False),
        ("pnpm-workspace.yaml", b"packages: [a]\n", b"packages: [a]\nregistry: https://packages.example\n", True),
        ("pnpm-workspace.yaml", b"packages: [a]\n", b"packages: [a]\nconfigDependencies: {x: '1'}\n", True),
        ("pnpm-workspace.yaml", b"packages: [a]\n", b"packages: [", True),
        ("pnpm-workspace.yaml", b"packages: [a]\n", None, False),
    ],
)
def test_other_manifests(path: str, before: object, after: object, refused: bool) -> None:
    assert protected_paths([change(before, after, path)]) == ([path] if refused else [])


def test_aliases_that_grow_without_end_are_not_expanded() -> None:
    """YAML's billion laughs: refused by the first alias."""
    lines = ["a0: &a0 x"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]

    assert protected_paths([change(None, "\n".join(lines).encode(), "pnpm-workspace.yaml")])


def test_a_maintainer_can_downgrade_a_package_file() -> None:
    found = sort_protected([change({}, {"lint-staged": {}})], flagged=["package.json"])

    assert found.refused == ()
    assert 'its key "lint-staged" changes' in found.flagged[0].what


@given(st.binary(max_size=100) | st.text(alphabet='{}[]":,husky\\ u0', max_size=60).map(str.encode))
def test_any_content_is_judged(content: bytes) -> None:
    for path in ("package.json", "composer.json", "pnpm-workspace.yaml", "package.yaml"):
        protected_paths([change(content, content[::-1], path), change(None, content, path)])
