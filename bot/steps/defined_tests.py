"""How many tests the files of a commit define, beside how many ran."""

from __future__ import annotations

from collections.abc import Sequence

from bot.adapters.git import CommitFiles
from bot.core.ran import Ran
from bot.core.test_counts import count_tests, describe_few, files_of_tests

_LARGEST = 1_000_000  # bytes of a file that is read


def count_defined(files: CommitFiles) -> int:
    contents = files.read_all(files_of_tests(files.paths), limit=_LARGEST)
    return count_tests({path: content.decode(errors="replace") for path, content in contents.items()})


def describe_unrun(files: CommitFiles, ran: Sequence[Ran]) -> str:
    """That a few of many tests ran, as far as the reports show it; empty where they show no test, or most of them."""
    reported = [each.tests for each in ran if each.tests is not None]
    return describe_few(sum(map(len, reported)), count_defined(files)) if reported else ""
