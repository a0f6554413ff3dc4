"""What may be published: protected paths, size, and what a change does to tests."""

from __future__ import annotations

import pytest

from bot.core.broker import excesses, list_paths
from bot.core.changes import ChangedLine, FileChange, Note
from bot.core.repository_settings import RepositoryLimits
from bot.core.weakened import find_weakened, is_test
from tests.core.protection import protected_paths


def change(path: str, before: str | None = None, after: str | None = "x\n", *, old_path: str = "") -> FileChange:
    return FileChange(
        path=path,
        old_path=old_path or path,
        before=None if before is None else before.encode(),
        after=None if after is None else after.encode(),
    )


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".GitHub/dependabot.yml",
        ".github/nightshift.yml",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        ".claude/settings.json",
        "packages/web/.claude/commands/x.md",
        "CLAUDE.md",
        "src/claude.md",
        ".mcp.json",
        ".gitmodules",
        ".gitattributes",
        ".husky/pre-commit",
        ".pre-commit-config.yaml",
        "LICENSE",
        "license.txt",
        "LICENSE-MIT",
        "vendor/x/COPYING",
        "LICENSES/MIT.txt",
    ],
)
def test_only_people_change_these(path: str) -> None:
    assert protected_paths([change(path)]) == [path]


@pytest.mark.parametrize(
    "path", ["src/license.py", "github/x.py", "docs/.github-notes.md", "claude.py", "README.md", "src/license-check.ts"]
)
def test_what_only_looks_like_one_is_free(path: str) -> None:
    assert protected_paths([change(path)]) == []


def test_a_protected_file_cannot_be_moved_away() -> None:
    """Nor can another one be moved into its place."""
    away = change("old/ci.yml", "x\n", old_path=".github/workflows/ci.yml")
    into = change("CODEOWNERS", "x\n", old_path="owners.txt")

    assert protected_paths([away, into]) == [".github/workflows/ci.yml", "CODEOWNERS"]


def test_sizes_are_reported_with_their_limits() -> None:
    """And with the folder responsible, if there is one."""
    limits = RepositoryLimits(files=2, lines=10, bytes=100)
    ten, many = change("a.py", after="x\n" * 10), change("gen/out.py", after="x\n" * 2990)
    within = change("b.py", after="x" * 99 + "\n")

    assert excesses(limits, whole=[ten, change("b.py", after="")], committed=[within]) == []
    assert excesses(limits, whole=[ten, many, within], committed=[within, ten, change("gen/c", after="y" * 500)]) == [
        "3 files changed; the limit is 2",
        "3,001 lines added and removed, 2,990 of them in `gen/`; the limit is 10",
        "621 bytes added by its commits, 501 of them in `gen/`; the limit is 100",
    ]


def test_a_long_list_is_cut() -> None:
    assert list_paths([Note(f"f{number}", "x") for number in range(25)]).endswith("\nf19: x\nand 5 more")


def test_a_line_that_only_moved_is_neither_added_nor_removed() -> None:
    moved = change("a", "one\ntwo\nthree\n", "three\none\nfour\ntwo\n")

    assert moved.added == (ChangedLine(3, "four"),)
    assert moved.removed == ()
    assert moved.added_bytes == 5


def test_a_file_in_utf_16_is_read_too() -> None:
    assert FileChange(path="a", old_path="a", before=None, after="key\n".encode("utf-16-le")).added[0].text == "key"


@pytest.mark.parametrize(
    "path",
    [
        *("tests/test_a.py", "a_test.go", "src/a.test.ts", "src/a.spec.jsx", "src/__tests__/a.js", "FooTest.java"),
        *("spec/models/a_spec.rb", "tests/conftest.py", "src/test/java/a/Foo.java", "TestFoo.cs", "cypress/a.cy.ts"),
    ],
)
def test_these_are_tests(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize("path", ["src/latest.py", "contest.go", "tests/data.json", "docs/testing.md", "attest.ts"])
def test_these_are_no_tests(path: str) -> None:
    assert not is_test(path)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("tests/test_a.py", "@pytest.mark.skip(reason='flaky')"),
        ("tests/test_a.py", "pytestmark = pytest.mark.xfail"),
        ("tests/test_a.py", "    @unittest.skip('later')"),
        ("tests/test_a.py", "    pytest.skip('later')"),
        ("tests/test_a.py", "        self.skipTest('later')"),
        ("a.test.ts", "it.skip('works', () => {"),
        ("a.test.ts", "  xit('works', () => {"),
        ("a.test.ts", "describe.skip('all', () => {"),
        ("a.test.ts", "test.only('this', () => {"),
        ("a_test.go", '\tt.Skip("later")'),
        ("tests/a.rs", "    #[ignore]"),
        ("FooTest.java", "    @Disabled"),
        ("FooTest.java", '    @Ignore("later")'),
        ("a_spec.rb", "  pending 'later'"),
        ("tests/FooTest.php", "$this->markTestSkipped('later');"),
        ("tests/FooTest.cs", '[Fact(Skip = "later")]'),
    ],
)
def test_a_skipped_test_is_named(path: str, line: str) -> None:
    (note,) = find_weakened([change(path, "a\n", f"a\n{line}\n")])

    assert (note.path, note.what) == (path, "1 test or group skipped")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("tests/test_a.py", "    assert now() == 1"),
        ("tests/test_a.py", "    self.assertEqual(now(), 1)"),
        ("tests/test_a.py", "    with pytest.raises(ValueError):"),
        ("a.test.ts", "  expect(now()).toBe(1);"),
        ("a_test.go", '\t\tt.Errorf("late")'),
        ("a_test.go", "\trequire.NoError(t, err)"),
        ("tests/a.rs", "    assert_eq!(now(), 1);"),
        ("FooTest.java", "    assertEquals(1, now());"),
        ("tests/foo_test.cc", "  EXPECT_EQ(now(), 1);"),
    ],
)
def test_an_assertion_that_is_gone_is_named(path: str, line: str) -> None:
    (note,) = find_weakened([change(path, f"a\n{line}\n", "a\n")])

    assert note.what == "1 assertion fewer"


def test_a_test_that_was_rewritten_or_unskipped_is_not_named() -> None:
    rewritten = change("tests/test_a.py", "    assert now() == 1\n", "    assert now() == 2\n    assert later()\n")
    unskipped = change("tests/test_b.py", "@pytest.mark.skip\ndef test_b(): ...\n", "def test_b(): ...\n")

    assert find_weakened([rewritten, unskipped]) == []


def test_a_deleted_or_hidden_test_is_named_and_a_moved_one_is_not() -> None:
    deleted = change("tests/test_a.py", "assert 1\n", None)
    hidden = change("attic/a.txt", "assert 1\n", "assert 1\n", old_path="tests/test_b.py")
    moved = change("tests/unit/test_c.py", "assert 1\n", "assert 1\n", old_path="tests/test_c.py")

    assert [(note.path, note.what) for note in find_weakened([deleted, hidden, moved])] == [
        ("tests/test_a.py", "deleted"),
        ("tests/test_b.py", "moved to attic/a.txt, where no runner looks for tests"),
    ]
