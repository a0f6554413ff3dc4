"""Patterns of paths, as `.gitignore` spells them: what a repository may protect. `pathspec` translates them.

Matching ignores case, compatibility forms and characters that show nothing, and what Windows drops from a name: on a
file system that ignores them too, `.GitHub` and `.github.` are `.github`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_WILD = re.compile(r"[*?\[]")
# Python reads these in a set as operators, or will: `[a--b]`, `[[:alpha:]]`. Outside of a set they are escaped.
_SET_OPERATOR = re.compile(r"--|&&|~~|\|\||\[\^?\[")


class NotAGlob(ValueError):
    """The pattern matches nothing that its author can have meant: `[z-a]`, `[a`, a backslash at the end."""


def is_glob(pattern: str) -> bool:
    """Whether it says anything, in one line, can be matched, and is no negation (nothing can be unprotected)."""
    if not pattern.strip(" /") or pattern.startswith("!") or not pattern.isprintable():
        return False
    try:
        covers(pattern, "a")
    except NotAGlob:
        return False
    return True


def matches(path: str, pattern: str) -> bool:
    """Whether a file's path is matched: by itself, or because it lies in a folder that is."""
    compiled = _compile(pattern)
    return any(compiled.search(form) is not None for form in _forms(path))


def first_match(path: str, patterns: Iterable[str]) -> str | None:
    return next((pattern for pattern in patterns if matches(path, pattern)), None)


def covers(pattern: str, path: str, *, may_be_link: bool = True) -> bool:
    """Whether changing `path` changes what `pattern` protects: what it matches, a file or link in the place of a
    folder that it names, or one in the place of a folder above (`.cargo` for `.cargo/config.toml`)."""
    if matches(path, pattern.rstrip("/") or pattern):
        return True
    return any(
        _fits(path, above) for above in _above(pattern) if may_be_link or not _WILD.search(above.rpartition("/")[2])
    )


def fold(text: str) -> str:
    """The form in which names are compared."""
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", visible).casefold()


@lru_cache(maxsize=4096)
def _above(pattern: str) -> tuple[str, ...]:
    """The folders that a pattern names before its last part."""
    parts = pattern.strip("/").split("/")
    found = ("/".join(parts[:count]) for count in range(1, len(parts)))
    return tuple(above if "/" in above else f"/{above}" for above in found if above.strip("*/"))


def _fits(path: str, above: str) -> bool:
    """Whether the path is this very folder, not something in it."""
    compiled, ends_anywhere = _compile(above), above.endswith("/**")
    found = ((form, compiled.search(form)) for form in _forms(path))
    return any(match is not None and (ends_anywhere or match.end() == len(form)) for form, match in found)


@lru_cache(maxsize=4096)
def _forms(path: str) -> tuple[str, ...]:
    """The path as it is, and as Windows reads it: without the dots, spaces and stream names at the end of a part."""
    plain = fold(path)
    windows = "/".join(part.partition(":")[0].rstrip(". ") for part in plain.replace("\\", "/").split("/"))
    return (plain,) if windows == plain else (plain, windows)


@lru_cache(maxsize=4096)
def _compile(pattern: str) -> re.Pattern[str]:
    """A slash at the end means a folder; one elsewhere ties the pattern to the top of the repository. Raises NotAGlob.

    A first part is always put before it, so that `#` begins no comment. Names may hold line ends (DOTALL).
    """
    spelt = fold(pattern)
    body = spelt.strip("/")
    anchored = spelt.startswith("/") or "/" in body
    whole = ("/" if anchored else "**/") + body + ("/" if spelt.endswith("/") else "")
    try:
        regex, _ = GitIgnoreSpecPattern.pattern_to_regex(whole)
        if regex is None or _SET_OPERATOR.search(regex):
            raise NotAGlob(pattern)
        return re.compile(regex, re.DOTALL)
    except (ValueError, re.error) as error:
        raise NotAGlob(pattern) from error
