"""Patterns of paths, as `.gitignore` spells them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.globs import is_glob, matches


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("CLAUDE.md", "CLAUDE.md"),
        ("CLAUDE.md", "docs/claude.MD"),
        (".claude/", "a/.claude/settings.json"),
        ("/.github/", ".GitHub/workflows/ci.yml"),
        ("deploy/**", "deploy/prod/main.tf"),
        ("deploy/**/*.tf", "deploy/main.tf"),
        ("**/secrets/*.yml", "a/b/secrets/x.yml"),
        ("*.sql", "db/migrations/1.sql"),
        ("v?.txt", "v1.txt"),
        ("v[0-9].txt", "v1.txt"),
        ("v[!0-9].txt", "va.txt"),
        ("deploy", "deploy/main.tf"),
        ("/a(b).txt", "a(b).txt"),
        ("ﬁle.txt", "file.txt"),
    ],
)
def test_what_is_matched(pattern: str, path: str) -> None:
    """Also in another case, and in a form that some file systems take for the same."""
    assert matches(path, pattern)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("CLAUDE.md", "CLAUDE.md.txt"),
        ("CLAUDE.md", "NOTCLAUDE.md"),
        ("/.github/", "docs/.github/x"),
        (".claude/", ".claude"),
        ("deploy/*.tf", "deploy/prod/main.tf"),
        ("/NOTICE", "docs/NOTICE"),
        ("v?.txt", "v/.txt"),
        ("v[0-9].txt", "v12.txt"),
        ("*.sql", "sql.py"),
    ],
)
def test_what_is_not_matched(pattern: str, path: str) -> None:
    assert not matches(path, pattern)


@pytest.mark.parametrize("pattern", ["", "/", "!README.md", "a\nb", "  "])
def test_what_is_no_pattern(pattern: str) -> None:
    """Nothing can be unprotected."""
    assert not is_glob(pattern)


@given(st.text(max_size=40), st.text(max_size=60))
def test_any_text_can_be_asked_for(pattern: str, path: str) -> None:
    """A pattern is never an error, and a plain path matches itself."""
    matches(path, pattern)
    if is_glob(pattern) and not set(pattern) & set("*?[]/"):
        assert matches(pattern, pattern)
