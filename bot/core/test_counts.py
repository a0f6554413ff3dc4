"""How many tests a repository's files define, roughly: to see that a check runs only a few of them.

Counted by the words that begin a test. One with parameters counts once, so more tests may run than are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_FORMS = (
    (r"(?:.*/)?(?:test_[^/]*|[^/]*_tests?|tests?)\.py|(?:.*/)?tests?/[^/]*\.py", r"^[ \t]*(?:async[ \t]+)?def test"),
    (r"(?:.*/)?[^/]*[._-](?:test|spec)\.[cm]?[jt]sx?|(?:.*/)?(?:tests?|__tests__|spec)/.*\.[cm]?[jt]sx?",
     r"^[ \t]*(?:it|test|specify|t\.test)(?:\.\w+)*\("),
    (r".*_test\.go", r"^func Test"),
    (r".*\.rs", r"^[ \t]*#\[(?:\w+::)*test\b"),
    (r"(?:.*/)?(?:test|spec)/.*\.rb", r"^[ \t]*(?:def test_|(?:it|test|specify) [\"'])"),
    (r".*/[^/]*Tests?\.(?:java|kt|php|cs)",
     r"^[ \t]*(?:@Test\b|\[(?:Fact|Theory|Test|TestMethod)\b|public function test)"),
)  # fmt: skip
_NOT_OWN = re.compile(r"(?:^|/)(?:node_modules|vendor|third_party|fixtures?|testdata|examples?|samples?)/")
_MOST_FILES = 400
_FEW, _MANY = 0.2, 20  # the part that is worth a word, and of how many


def files_of_tests(paths: Iterable[str]) -> list[str]:
    """The files that may define tests, some hundreds at most."""
    own = (path for path in paths if not _NOT_OWN.search(path))
    return [path for path in sorted(own) if any(re.fullmatch(files, path) for files, _ in _FORMS)][:_MOST_FILES]


def count_tests(texts: Mapping[str, str]) -> int:
    """`texts`: of files of tests, by their paths."""
    return sum(
        len(re.findall(begin, text, re.MULTILINE))
        for path, text in texts.items()
        for files, begin in _FORMS
        if re.fullmatch(files, path)
    )


def describe_few(ran: int, defined: int) -> str:
    """That a few of many tests ran; empty where it was most of them."""
    is_few = defined >= _MANY and ran < _FEW * defined
    return f"ran {ran} of about {defined} tests that its files define" if is_few else ""
