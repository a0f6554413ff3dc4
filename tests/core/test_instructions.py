"""A repository's instructions: which files they are, what they import, for which files they apply, and how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from bot.core.instructions import (
    DEEPEST,
    LARGEST,
    MOST_FILES,
    MOST_FOR_ALL,
    MOST_FOR_SOME,
    Instructions,
    find_instructions,
)


def found(files: Mapping[str, str | bytes]) -> Instructions:
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}

    def read(paths: Iterable[str]) -> dict[str, bytes]:
        asked = list(paths)
        assert not [path for path in asked if path.startswith(("../", "/", "~"))], "out of the repository"
        return {path: contents[path] for path in asked if path in contents}

    return find_instructions(sorted(contents), read)


def paths(files: Mapping[str, str | bytes]) -> list[str]:
    return [each.path for each in found(files).texts]


def imports(text: str, *, path: str = "CLAUDE.md", **files: str) -> list[str]:
    """Which of the files of this repository `text` imports."""
    there = {"a.md": "A", "docs/b.md": "B", "docs/c d.md": "C", "README": "R", "sub/e.md": "E", ".x/f.md": "F"}
    return paths({**there, path: text, **files})[1:]


@pytest.mark.parametrize(
    ("text", "imported"),
    [
        ("@a.md", ["a.md"]),
        ("See @a.md and @docs/b.md.", ["a.md", "docs/b.md"]),
        ("@./a.md", ["a.md"]),
        ("- git rules: @docs/b.md", ["docs/b.md"]),
        ("- @a.md\n- @README\n", ["a.md", "README"]),
        ("# Rules of @a.md", ["a.md"]),
        ("> @a.md", ["a.md"]),
        ("| x | @a.md |\n|---|---|\n| y | @docs/b.md |", ["a.md", "docs/b.md"]),
        ("**Important**: @a.md", ["a.md"]),
        ("(see @a.md)", ["a.md"]),
        ("Read @a.md, then @docs/b.md; at last @README!", ["a.md", "docs/b.md", "README"]),
        ("@docs/b.md#the-section", ["docs/b.md"]),
        (r"@docs/c\ d.md", ["docs/c d.md"]),
        ("@.x/f.md", [".x/f.md"]),
        ("@docs/../a.md", ["a.md"]),
        ("@a.md\r\n@docs/b.md\r\n", ["a.md", "docs/b.md"]),
        ("\ufeff@a.md", ["a.md"]),
        ("@a.md @a.md", ["a.md"]),
        ("text\n\n    @a.md", []),
        ("`@a.md`", []),
        ("``x ` @a.md``", []),
        ("```\n@a.md\n```", []),
        ("~~~md\n@a.md\n~~~", []),
        ("<!-- @a.md -->", []),
        ("<div>\n@a.md\n</div>", []),
        ("[@a.md]: x\n", []),
        ("mail@a.md", []),
        ("@ada and @octo/team decide", []),
        ("@", []),
        ("@.", []),
        ("@docs", []),
        ("@/a.md", []),
        ("@/etc/passwd", []),
        ("@~/a.md", []),
        ("@../a.md", []),
        ("@docs/../../a.md", []),
        ("@missing.md", []),
    ],
)
def test_an_import_is_a_path_in_the_words_of_the_file(text: str, imported: list[str]) -> None:
    """Not in code, and not out of the repository."""
    assert imports(text) == imported


def test_an_import_is_relative_to_the_file_that_has_it() -> None:
    files = {"CLAUDE.md": "@docs/b.md", "docs/b.md": "@c.md @../a.md", "docs/c.md": "C", "c.md": "no", "a.md": "A"}

    assert paths(files) == ["CLAUDE.md", "docs/b.md", "docs/c.md", "a.md"]
    assert [each.imported_by for each in found(files).texts] == ["", "CLAUDE.md", "docs/b.md", "docs/b.md"]


def test_imports_go_five_deep() -> None:
    files = {f"{number}.md": f"{number} @{number + 1}.md" for number in range(10)}

    assert paths({"CLAUDE.md": "@0.md", **files}) == ["CLAUDE.md", *(f"{number}.md" for number in range(DEEPEST))]


def test_files_that_import_each_other_are_shown_once() -> None:
    files = {"CLAUDE.md": "@AGENTS.md @CLAUDE.md", "AGENTS.md": "@CLAUDE.md @b.md", "b.md": "@AGENTS.md"}

    assert paths(files) == ["CLAUDE.md", "AGENTS.md", "b.md"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["AGENTS.md"], ["AGENTS.md"]),
        (["agents.md"], ["agents.md"]),
        (["Claude.md"], ["Claude.md"]),
        (["CLAUDE.md", "AGENTS.md"], ["CLAUDE.md"]),
        ([".claude/CLAUDE.md", "AGENTS.md"], [".claude/CLAUDE.md"]),
        (["CLAUDE.md", ".claude/CLAUDE.md"], ["CLAUDE.md", ".claude/CLAUDE.md"]),
        (["CLAUDE.md", "CLAUDE.local.md"], ["CLAUDE.md", "CLAUDE.local.md"]),
        (["sub/AGENTS.md", "CLAUDE.md"], ["CLAUDE.md", "sub/AGENTS.md"]),
        (["sub/AGENTS.md", "sub/CLAUDE.md"], ["sub/CLAUDE.md"]),
        (["a/b/CLAUDE.md", "z/CLAUDE.md"], ["z/CLAUDE.md", "a/b/CLAUDE.md"]),
        (["sub/.claude/CLAUDE.md"], ["sub/.claude/CLAUDE.md"]),
        ([".claude/rules/b.md", ".claude/rules/a.md"], [".claude/rules/a.md", ".claude/rules/b.md"]),
        ([".claude/rules/web/a.md"], [".claude/rules/web/a.md"]),
        (["sub/.claude/rules/a.md"], ["sub/.claude/rules/a.md"]),
        ([".claude/rules/a.txt", ".claude/rules.md", ".claude/commands/a.md", ".claude/agents/AGENT.md"], []),
        (["docs/MY-CLAUDE.md", "CLAUDE.md.bak", "CLAUDE.txt", "xCLAUDE.md", "README.md"], []),
        (["node_modules/x/CLAUDE.md", "web/node_modules/x/AGENTS.md", "vendor/y/CLAUDE.md"], []),
        (["third_party/z/.claude/rules/a.md", ".venv/lib/python3/site-packages/x/CLAUDE.md"], []),
    ],
)
def test_instructions_are_known_by_their_names(names: list[str], expected: list[str]) -> None:
    """A folder's `AGENTS.md` only where it has no `CLAUDE.md`; nothing that a package brought."""
    assert paths({name: f"text of {name}" for name in names}) == expected


def test_a_nested_file_names_its_folder() -> None:
    """Also for what it imports, and for the rules beside it."""
    files = {
        "CLAUDE.md": "All.",
        "sub/.claude/CLAUDE.md": "@../x.md",
        "sub/x.md": "X",
        "sub/.claude/rules/r.md": "---\npaths: '*.ts'\n---\nR",
    }

    texts = {each.path: each for each in found(files).texts}

    assert {path: each.folder for path, each in texts.items()} == {
        "CLAUDE.md": "",
        "sub/.claude/CLAUDE.md": "sub/",
        "sub/x.md": "sub/",
        "sub/.claude/rules/r.md": "sub/",
    }
    assert texts["sub/.claude/rules/r.md"].globs == ("*.ts",)


@pytest.mark.parametrize(
    ("front", "globs"),
    [
        ("paths: src/**/*.ts", ("src/**/*.ts",)),
        ("paths: **/*.ts", ("**/*.ts",)),
        ('paths: "**/*.ts"', ("**/*.ts",)),
        ("paths: src/*.ts, lib/*.ts", ("src/*.ts", "lib/*.ts")),
        ("paths: src/*.{ts,tsx}, lib/*", ("src/*.{ts,tsx}", "lib/*")),
        ("paths:\n  - src/**\n  - lib/**", ("src/**", "lib/**")),
        ("paths:\n- '**/*.ts'\n- \"*.js\"", ("**/*.ts", "*.js")),
        ("paths:\n- **/*.ts\n- *.js", ("**/*.ts", "*.js")),
        ('paths: ["a/**", "b/**"]', ("a/**", "b/**")),
        ("paths: [a/**, **/b]", ("a/**", "**/b")),
        ("globs: '*.py'", ("*.py",)),
        ("description: x\npaths: a", ("a",)),
        ("paths:\ndescription: x", ()),
        ("description: all", ()),
        ("paths: []", ()),
        ("", ()),
    ],
)
def test_a_rule_says_for_which_files_it_is(front: str, globs: tuple[str, ...]) -> None:
    (rule,) = found({".claude/rules/a.md": f"---\n{front}\n---\n\nThe rule."}).texts

    assert rule.globs == globs
    assert rule.text.strip() == "The rule."


def test_front_matter_elsewhere_is_text() -> None:
    """Only a rule has globs; a rule without a closing line has none."""
    texts = found({"CLAUDE.md": "---\npaths: a\n---\nx", ".claude/rules/a.md": "---\npaths: a\nx"}).texts

    assert [(each.globs, each.text) for each in texts] == [((), "---\npaths: a\n---\nx"), ((), "---\npaths: a\nx")]


def test_the_same_text_is_shown_once() -> None:
    """`CLAUDE.md` is often a link to `AGENTS.md`; a copy in a folder adds nothing to the one that applies to all."""
    files = {"CLAUDE.md": "Same.", ".claude/CLAUDE.md": "Same.\n", "sub/CLAUDE.md": "Same.", "b/CLAUDE.md": "Other."}

    assert paths(files) == ["CLAUDE.md", "b/CLAUDE.md"]


def test_what_is_no_text_is_not_shown() -> None:
    assert paths({"CLAUDE.md": "@logo.png @a.md", "logo.png": b"\x89PNG\0", "a.md": " \n"}) == ["CLAUDE.md"]


def test_there_is_an_end_to_instructions() -> None:
    """What applies to all files comes first. What has no space is named, and so is a file that was cut."""
    files = {
        "CLAUDE.md": "@one.md @two.md",
        "one.md": "1" * (LARGEST + 10),
        "two.md": "2" * 50_000,
        "a/CLAUDE.md": "3" * (MOST_FOR_SOME - 5),
        "b/CLAUDE.md": "4" * 10,
        "c/CLAUDE.md": "5" * 5,
    }

    given = found(files)

    assert [each.path for each in given.texts] == ["CLAUDE.md", "one.md", "a/CLAUDE.md", "c/CLAUDE.md"]
    assert (given.left_out, given.cut) == (("two.md", "b/CLAUDE.md"), ("one.md",))
    assert sum(len(each.text) for each in given.texts) <= MOST_FOR_ALL + MOST_FOR_SOME


def test_many_files_are_not_all_read() -> None:
    """A repository with ten thousand of them costs no more than one with two hundred."""
    asked = list[str]()

    def read(wanted: Iterable[str]) -> dict[str, bytes]:
        asked.extend(wanted)
        return {path: path.encode() for path in wanted}

    given = find_instructions([f"p{number}/CLAUDE.md" for number in range(10_000)], read)

    assert len(asked) == MOST_FILES
    assert len(given.texts) == MOST_FILES
    assert len(given.left_out) == 10_000 - MOST_FILES
