"""Patterns of paths, as `.gitignore` spells them: what a repository may protect.

Matching ignores case and compatibility forms: on a file system that ignores them too, `.GitHub` is `.github`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_PARTS = re.compile(r"\*\*/|/\*\*|\*+|\?|\[!?[^\]/]+\]|[^*?\[]+|\[")


def is_glob(pattern: str) -> bool:
    """Whether it says anything, in one line, and is no negation (nothing can be unprotected)."""
    return bool(pattern.strip(" /")) and not pattern.startswith("!") and pattern.isprintable()


def matches(path: str, pattern: str) -> bool:
    """Whether a file's path is matched: by itself, or because it lies in a folder that is."""
    return _compiled(pattern).match(_folded(path)) is not None


def first_match(path: str, patterns: Iterable[str]) -> str | None:
    return next((pattern for pattern in patterns if matches(path, pattern)), None)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """A slash at the end means a folder; one elsewhere ties the pattern to the top of the repository."""
    folded = _folded(pattern)
    folder, body = folded.endswith("/"), folded.strip("/")
    anchored = folded.startswith("/") or "/" in body
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


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
