"""What may be published: judgments over changes as values, made by the host and never by the agent.

Each returns what is wrong, for a person; an empty answer means that nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.changes import FileChange
from bot.core.globs import first_match
from bot.core.repository_settings import SizeLimits

_NAMED = 20

PROTECTED = (
    # What GitHub runs, and who it asks to review.
    *("/.github/", "CODEOWNERS"),
    # What steers agents: the next session would obey it.
    *(".claude/", "CLAUDE.md", "CLAUDE.local.md", ".mcp.json"),
    # What git fetches, and what it hides: GitHub folds away a file that `.gitattributes` calls generated.
    *(".gitmodules", ".gitattributes"),
    # What runs on a developer's machine at the next commit.
    *(".husky/", ".githooks/", ".pre-commit-config.yaml", ".pre-commit-config.yml", "lefthook.yml", ".lefthook.yml"),
    # The terms that the project is under. Not `license.*`: that is often code.
    *(f"{name}{end}" for name in ("LICENSE", "LICENCE", "COPYING") for end in ("", ".md", ".txt", ".rst")),
    *("/LICENSE-*", "/LICENCE-*", "/COPYING.*", "/LICENSES/", "UNLICENSE", "/NOTICE", "/NOTICE.*"),
)
"""Paths that only people change, as `.gitignore` would spell them. A repository can add to them."""


def protected_paths(changes: Iterable[FileChange], additional: Iterable[str] = ()) -> list[str]:
    """The protected paths among the changed ones, where a file went and where it came from."""
    patterns = (*PROTECTED, *additional)
    paths = dict.fromkeys(path for change in changes for path in change.paths)
    return [path for path in paths if first_match(path, patterns) is not None]


def excesses(limits: SizeLimits, *, files: int, lines: int, added_bytes: int) -> list[str]:
    """What is larger than the limits, each with its figure and the limit."""
    figures = (
        (files, limits.files, "files changed"),
        (lines, limits.lines, "lines added and removed"),
        (added_bytes, limits.bytes, "bytes added by its commits"),
    )
    return [f"{figure:,} {what}; the limit is {limit:,}" for figure, limit, what in figures if figure > limit]


def named(paths: Iterable[str]) -> str:
    """Paths for a person, one to a line, not too many."""
    every = list(paths)
    more = [f"and {len(every) - _NAMED} more"] if len(every) > _NAMED else []
    return "\n".join([*every[:_NAMED], *more])
