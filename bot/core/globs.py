"""Patterns of paths, as `.gitignore` spells them: what a repository may protect.

Matching ignores case, compatibility forms and characters that show nothing, and what Windows drops from a name: on a
file system that ignores them too, `.GitHub` and `.github.` are `.github`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_PARTS = re.compile(r"\*\*/|/\*\*|\*+|\?|\[!?[^\]/]+\]|[^*?\[]+|\[")
_WILD = re.compile(r"[*?\[]")


def is_glob(pattern: str) -> bool:
    """Whether it says anything, in one line, and is no negation (nothing can be unprotected)."""
    return bool(pattern.strip(" /")) and not pattern.startswith("!") and pattern.isprintable()


def matches(path: str, pattern: str) -> bool:
    """Whether a file's path is matched: by itself, or because it lies in a folder that is."""
    compiled = _compiled(pattern)
    return any(compiled.match(form) is not None for form in _forms(path))


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


def folded(text: str) -> str:
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
    compiled = _compiled(above)
    return any((match := compiled.match(form)) is not None and match.end() == len(form) for form in _forms(path))


@lru_cache(maxsize=4096)
def _forms(path: str) -> tuple[str, ...]:
    """The path as it is, and as Windows reads it: without the dots, spaces and stream names at the end of a part."""
    plain = folded(path)
    windows = "/".join(part.partition(":")[0].rstrip(". ") for part in plain.replace("\\", "/").split("/"))
    return (plain,) if windows == plain else (plain, windows)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """A slash at the end means a folder; one elsewhere ties the pattern to the top of the repository."""
    spelt = folded(pattern)
    folder, body = spelt.endswith("/"), spelt.strip("/")
    anchored = spelt.startswith("/") or "/" in body
    translated = "".join(_translated(part) for part in _PARTS.findall(body))
    return re.compile(("" if anchored else "(?:.*/)?") + translated + ("/" if folder else "(?:/|$)"), re.DOTALL)


def _translated(part: str) -> str:
    match part:
        case "**/":
            return "(?:.*/)?"
        case "/**":
            return "/.*"
        case "?":
            return "[^/]"
    if part.startswith("*"):
        return "[^/]*" if part == "*" else ".*"
    if part.startswith("[") and part.endswith("]"):
        within = part[1:-1].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
        return f"[^{within[1:]}]" if within.startswith("!") else f"[{within}]"
    return re.escape(part)
