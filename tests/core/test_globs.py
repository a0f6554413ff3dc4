"""Patterns of paths, as `.gitignore` spells them."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.globs import NotAGlob, covers, is_glob, matches

ODD = st.text(alphabet="[]!-^*?/ab\\&~|#. ", max_size=12)


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


@pytest.mark.parametrize("pattern", ["[z-a]", "[b-a]/x", "x/[b-a]", "[a--b]", "[a&&b]", "[[:alpha:]]", "a[b", "a\\"])
def test_what_can_match_nothing_that_was_meant(pattern: str) -> None:
    """A range that runs backwards, a set with an operator in it, one without an end, a backslash before nothing."""
    assert not is_glob(pattern)
    with pytest.raises(NotAGlob):
        matches("a", pattern)


@pytest.mark.parametrize(("pattern", "path"), [("#x", "#x"), ("CLAUDE.md", "a\nb/CLAUDE.md"), ("x/**", "x/a\nb")])
def test_no_character_begins_a_comment_or_ends_a_path(pattern: str, path: str) -> None:
    assert matches(path, pattern)


@given(ODD | st.text(max_size=40), ODD | st.text(max_size=60))
@settings(max_examples=1000)
def test_what_is_accepted_never_raises_later(pattern: str, path: str) -> None:
    """Not for any path, and a pattern without wildcards matches itself. Warnings count as errors here."""
    assume(is_glob(pattern))
    matches(path, pattern)
    covers(pattern, path)
    covers(pattern, path, may_be_link=False)
    if not set(pattern) & set("*?[]/\\") and pattern.strip() == pattern:
        assert matches(pattern, pattern)


def test_only_slashes_are_taken_off_the_end_of_a_pattern() -> None:
    assert covers("docs/INDEX/", "docs/INDEX")
    assert not covers("docs/INDEX", "docs/INDE")
