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
    from hooks.policy.shell.values import Command

NAMES = frozenset({"-name", "-iname", "-lname", "-ilname"})
PATHS = frozenset({"-path", "-ipath", "-wholename", "-iwholename"})
PATTERNS = frozenset({"-regex", "-iregex"})
_NOT = frozenset({"!", "-not"})
_INVERTS = re.compile(r"-[a-zA-Z]*v[a-zA-Z]*|--invert-match")
_SEARCHING = frozenset({"grep", "egrep", "rg", "ripgrep", "ag", "ack"})
_FILTERS = frozenset({"cat", "cut", "grep", "egrep", "head", "sed", "awk", "shuf", "sort", "tac", "tail", "tr", "uniq"})
_READS_LIST = {
    "tar": re.compile(r"-?[a-zA-Z]*T.*|--files-from.*"),
    "bsdtar": re.compile(r"-?[a-zA-Z]*T.*|--files-from.*"),
    "zip": re.compile(r"-\w*@"),
    "cpio": re.compile(r"-?[a-zA-Z]*[op]\w*|--create|--pass-through"),
    "pax": re.compile(r"-\w*w\w*"),
    "rsync": re.compile(r"--files-from.*"),
    "sort": re.compile(r"--files0-from.*"),
}
"""With which option a program reads the files that its standard input names."""
_ALTERNATIVES_LIMIT = 40
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
    whole = any(word in _NOT and behind == "(" for word, behind in pairwise(tests))  # `! ( ! … )`: no test counts less
    negated = False
    for test, value in pairwise(tests):
        if test in _NOT:
            negated = not negated
            continue
        if negated and not whole:
            pass
        elif test in NAMES:
            yield value
        elif test in PATHS:
            yield re.sub(r"^\.?[*/]+", "", value) or value
        elif test in PATTERNS:
            yield from _as_globs(value)
        negated = False


def _as_globs(pattern: str) -> list[str]:
    """A regular expression as file patterns, one for each alternative."""
    found, whole = [pattern.replace("[.]", "\\.")], list[str]()
    while found and len(whole) + len(found) < _ALTERNATIVES_LIMIT:
        each = found.pop()
        group = re.search(r"\\?\((?:\?:)?([^()]*?)\\?\)", each)
        if group is None:
            whole += re.split(r"\\?\|", each)
        else:
            parts = re.split(r"\\?\|", group[1])
            found += [each[: group.start()] + part + each[group.end() :] for part in parts]
    return [_as_glob(each) for each in (*whole, *found)]


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


def predict_list(argv: tuple[str, ...], sources: tuple[tuple[str, ...], ...], shell: Shell) -> str | None:
    """What a lister of secrets prints, through filters too: a file that is not known, and a secret in some folder."""
    program = program_name(argv[0])
    listers = (argv, *sources) if program in _FILTERS else (argv,) if program in read_list("file_listers") else ()
    secrets = secrets_handed_on(listers, shell)
    return f"{UNKNOWN}\n{name_somewhere(secrets[0])}\n" if secrets else None


def name_somewhere(secret: str) -> str:
    """A file of this name in a folder that is not known."""
    name = re.sub(r"\[[^\]]*\]|[*?]+", "x", secret.rstrip("/*").rpartition("/")[2])
    return f"{UNKNOWN}/{name}"


def reads_listed_secrets(command: Command, shell: Shell) -> list[str]:
    """`find … | tar -c -T -`: the secrets among the files whose names a program reads."""
    pattern = _READS_LIST.get(command.program)
    if pattern is None or not command.feed.sources or not any(map(pattern.fullmatch, command.arguments)):
        return []
    return secrets_handed_on(command.feed.sources, shell)


def _find_listed(program: str, words: tuple[str, ...], shell: Shell) -> list[str]:
    if program == "find":
        starts = [word for word in words[: _first_test(words)] if not word.startswith("-")] or ["."]
        return find_secrets(words, starts, shell)
    if program in _SEARCHING and any(map(_INVERTS.fullmatch, words)):
        return []
    named = [f"*.{value}" for option, value in pairwise(words) if option in _SUFFIX_OPTIONS]
    if program in read_list("pattern_first") or program in {"fd", "fdfind"}:
        named += [each for word in words if "\\." in word or word.startswith("*") for each in _as_globs(word)]
    return [word for word in (*named, *words) if re.search(r"[*?.]", word) and is_secret(word, shell)]


def _first_test(words: Sequence[str]) -> int:
    return next(
        (place for place, word in enumerate(words) if word[:1] in "-(!" and word not in {"-L", "-H", "-P"}), len(words)
    )
