"""Files that a program finds by a pattern and hands on: `find -name '*.pem' -exec cat`, `git ls-files '*.key' | xargs`.

Which files these are only running tells. Where the pattern names secrets, so does what is handed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.shell.values import UNKNOWN, program_name
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

NAMES = frozenset({"-name", "-iname", "-lname", "-ilname"})
PATHS = frozenset({"-path", "-ipath", "-wholename", "-iwholename"})
PATTERNS = frozenset({"-regex", "-iregex"})
_NOT = frozenset({"!", "-not", "-v", "--invert-match"})
_SUFFIX_OPTIONS = frozenset({"-e", "--extension"})
_WORDS_LIMIT = 200


def find_secrets(tests: Sequence[str], starts: Iterable[str], shell: Shell) -> list[str]:
    """The secrets that `find` may come to by these tests, as words that name them; a whole home among its folders, if
    no test narrows the search."""
    starts = list(starts)
    patterns = list(_patterns_of_find(tests[:_WORDS_LIMIT]))
    found = [word for each in patterns for start in starts if is_secret(word := _below(start, each), shell)]
    if not patterns and not _finds_folders(tests):
        found += [f"{start.rstrip('/')}/.netrc" for start in starts if _has_secrets(start, shell)]
    return found


def _patterns_of_find(tests: Sequence[str]) -> Iterator[str]:
    for before, (test, value) in zip(("", *tests), pairwise(tests), strict=False):
        if before in _NOT:
            continue
        if test in NAMES:
            yield value
        elif test in PATHS:
            yield re.sub(r"^\.?[*/]+", "", value) or value
        elif test in PATTERNS:
            yield _as_glob(value)


def _as_glob(pattern: str) -> str:
    """A regular expression as a file pattern, as far as it names an ending or a folder."""
    plain = re.sub(r"^\^?(\.[*+]|\./|/)*|\$$", "", pattern)
    return "*" + re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)\.[*+]", "*", plain)).lstrip("*")


def _below(start: str, pattern: str) -> str:
    return f"{start.rstrip('/') or ''}/{pattern.lstrip('/')}"


def _finds_folders(tests: Sequence[str]) -> bool:
    return ("-type", "d") in set(pairwise(tests))


def _has_secrets(start: str, shell: Shell) -> bool:
    return any(path and paths.holds_secrets(path, shell.context) for path in shell.resolve(start))


def is_secret(word: str, shell: Shell) -> bool:
    """Whether a word names a secret, or is a pattern of secrets."""
    return any(path is not None and paths.is_secret(path, shell.context) for path in shell.resolve(word))


def secrets_handed_on(sources: Iterable[tuple[str, ...]], shell: Shell) -> list[str]:
    """The secrets among what these programs list for the one that reads their output."""
    found: list[str] = []
    for argv in sources:
        program = program_name(argv[0]) if argv else ""
        if program in read_list("file_listers") and UNKNOWN not in argv[0]:
            found += _find_listed(program, argv[1 : _WORDS_LIMIT + 1], shell)
    return found


def _find_listed(program: str, words: tuple[str, ...], shell: Shell) -> list[str]:
    if program == "find":
        starts = [word for word in words[: _first_test(words)] if not word.startswith("-")] or ["."]
        return find_secrets(words, starts, shell)
    if _NOT.intersection(words):
        return []
    named = [f"*.{value}" for option, value in pairwise(words) if option in _SUFFIX_OPTIONS]
    if program in read_list("pattern_first") or program in {"fd", "fdfind"}:
        named += [_as_glob(word) for word in words if "\\." in word or word.startswith("*")]
    return [word for word in (*named, *words) if re.search(r"[*?.]", word) and is_secret(word, shell)]


def _first_test(words: Sequence[str]) -> int:
    return next(
        (place for place, word in enumerate(words) if word[:1] in "-(!" and word not in {"-L", "-H", "-P"}), len(words)
    )
