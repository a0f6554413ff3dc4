"""Which files of a change are tests, and whether it adds some."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.changes import FileChange
from bot.core.weakened import is_test

_FOLDERS = frozenset(
    {"test", "tests", "spec", "specs", "__tests__", "__snapshots__", "testdata", "fixtures", "testing", "androidtest"}
)
_DEFINITION = re.compile(
    r"^\s*(?:async )?def test\w*\(|\b(?:it|test|specify|scenario)(?:\.\w+)*\s*[(`'\"]|^func (?:Test|Example|Fuzz)\w*\("
    r"|#\[(?:\w+::)*test\b|@(?:Parameterized|Repeated)?Test\b|\[(?:Fact|Theory|Test|TestMethod|TestCase)\b"
    r"|\bfunction test\w*\(|#\[Test\]|^\s*(?:test|it|property) [\"']|\b(?:TEST|TEST_F|TEST_P|TEST_CASE)\("
    r"|^\s*func test\w*\(|^\s*(?:subtest|@test)\b|\bDeno\.test\("
)


def files_of_tests(changes: Iterable[FileChange]) -> list[str]:
    """Files that the change adds or changes and that belong to the tests, with what they read: snapshots, fixtures."""
    return [change.path for change in changes if change.after is not None and _belongs(change.path)]


def files_with_new_tests(changes: Iterable[FileChange]) -> list[str]:
    """Files of tests in which the change defines a test."""
    added = (change for change in changes if change.after is not None and is_test(change.path))
    return [change.path for change in added if any(_DEFINITION.search(line.text) for line in change.added)]


def changes_only_tests(changes: Iterable[FileChange]) -> bool:
    """Whether all that a change adds, changes or removes belongs to the tests, and there is something."""
    paths = [path for change in changes for path in change.paths]
    return bool(paths) and all(map(_belongs, paths))


def _belongs(path: str) -> bool:
    return is_test(path) or not _FOLDERS.isdisjoint(map(str.lower, path.split("/")[:-1]))
