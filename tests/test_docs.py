"""What the documentation names exists: files, functions, tests, commands, decisions. Its words, and those of the code's
comments, are plain."""

from __future__ import annotations

import ast
import functools
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from tests.avoided_words import AVOIDED
from tests.layers import LAYERS

ROOT = Path(__file__).parents[1]
DECISIONS = tuple(sorted((ROOT / "docs/decisions").glob("*.md")))
# `messages.md` and its pages are generated from the sentences of the bot, and compared with them by their own tests.
PAGES = (
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "messages.md"),
    *DECISIONS,
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
)
MOST_LINES = 40

_BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"(?:bot|hooks|tests|docs|\.ci)/[\w./-]*")
_TEST = re.compile(r"(test_\w+)(?:…|\.py)?")
_FUNCTION = re.compile(r"(?:(\w+)\.)?(\w+)\(\)")
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
_DECISION = re.compile(r"\((00\d\d)\)|decisions? (00\d\d)(?:, (00\d\d))?")
_TITLE = re.compile(r"# (\d+)\. \S")


SOURCES = tuple(sorted(path for folder in ("bot", "hooks", "tests") for path in (ROOT / folder).rglob("*.py")))
TABLES = (
    *sorted(path for folder in ("bot", "hooks", "tests", ".github") for path in (ROOT / folder).rglob("*.toml")),
    *sorted(path for folder in ("bot", "hooks", "tests", ".github") for path in (ROOT / folder).rglob("*.yml")),
    ROOT / "pyproject.toml",
)


def code(page: Path) -> Iterator[str]:
    """What stands between backticks, outside of blocks of code."""
    yield from _CODE.findall(_BLOCK.sub("", page.read_text()))


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def defined() -> Iterator[str]:
    """Every function of the program as `name` and every method as `Class.name` and `name`."""
    for folder in ("bot", "hooks"):
        for path in (ROOT / folder).rglob("*.py"):
            yield from defined_by(path)


@functools.cache
def defined_by(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return frozenset(found)


DEFINED = frozenset(defined())
TESTS = {path.name: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_path_that_is_named_exists(page: Path) -> None:
    """A folder too, with a slash at its end. A link leads to a file."""
    named = [each for each in code(page) if _PATH.fullmatch(each)]
    assert not [each for each in named if not (ROOT / each).exists()]
    linked = _LINK.findall(_CODE.sub("", _BLOCK.sub("", page.read_text())))
    assert not [each for each in linked if not (page.parent / each).exists()]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_test_that_is_named_exists(page: Path) -> None:
    """By the name of its file, or by its own, which `…` may shorten."""
    for each in code(page):
        if (found := _TEST.fullmatch(each)) is not None:
            in_file = each.endswith(".py")
            assert each in TESTS if in_file else any(f"def {found[1]}" in text for text in TESTS.values()), each


def test_every_function_on_the_described_paths_exists() -> None:
    """`name()` and `Class.name()` in the description of the architecture."""
    named = [found for each in code(ROOT / "docs/architecture.md") if (found := _FUNCTION.fullmatch(each))]
    assert len(named) > 50, "the flows are not described by their functions any more"
    assert not [found[0] for found in named if found[0].removesuffix("()") not in DEFINED]


def steps_of_flows() -> Iterator[str]:
    """Each numbered step, with the lines that continue it."""
    flows = (ROOT / "docs/architecture.md").read_text().split("## The flows, file by file")[1].split("\n## ")[0]
    yield from re.findall(r"^\d+\. .*\n(?: {3,}.*\n)*", flows, re.MULTILINE)


def defined_in_its_files(step: str) -> set[str]:
    """What the files and folders that a step names define."""
    named = [ROOT / each for each in _CODE.findall(step) if re.fullmatch(r"(?:bot|hooks)/[\w./-]*", each)]
    files = [file for path in named for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return {each for file in files for each in defined_by(file)}


def test_each_function_of_a_step_is_in_a_file_that_the_step_names() -> None:
    """A reader who follows a flow file by file looks for it there."""
    steps = list(steps_of_flows())
    assert len(steps) > 35, "the flows are not described in steps any more"
    astray = [
        (found[0], step.splitlines()[0])
        for step in steps
        for found in map(_FUNCTION.fullmatch, _CODE.findall(step))
        if found is not None and found[0].removesuffix("()") not in defined_in_its_files(step)
    ]
    assert astray == []


@pytest.mark.parametrize(("layer", "modules"), LAYERS, ids=[each[0] for each in LAYERS])
def test_each_module_is_described_with_its_layer(layer: str, modules: tuple[str, ...]) -> None:
    table = (ROOT / "docs/architecture.md").read_text().split("## Layers")[1].split("\n## ")[0]
    (rows,) = re.findall(rf"^\| {layer} \|.*\n(?:^\| \|.*\n)*", table, re.MULTILINE)
    for module in modules:
        path = module.replace(".", "/")
        assert f"`{path}.py`" in rows or f"`{path}/`" in rows, f"{module} is not in the row of {layer}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    named = [each.split()[1] for each in code(page) if re.match(r"nightshift [a-z]", each)]
    assert not [each for each in named if each not in COMMANDS]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_decision_that_is_named_exists(page: Path) -> None:
    known = {each.name[:4] for each in DECISIONS}
    named = {number for found in _DECISION.findall(page.read_text()) for number in found if number}
    assert not named - known


@pytest.mark.parametrize("page", DECISIONS, ids=name)
def test_a_decision_has_its_number_and_three_parts(page: Path) -> None:
    """Context, choice and price, short enough to be read."""
    text = page.read_text()
    title = _TITLE.match(text)
    assert title is not None
    assert int(title[1]) == int(page.name[:4])
    assert len(text.splitlines()) <= MOST_LINES
    assert text.index("**Context") < text.index("**Choice") < text.index("**Price")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_use_the_words_of_an_engineer(page: Path) -> None:
    """No metaphors for structure, and no impersonal phrases in the place of a subject."""
    assert not AVOIDED.findall(_CODE.sub("", page.read_text()))


def prose(source: Path) -> Iterator[str]:
    """The comments and docstrings of a module. Other strings are data: a user name, or what Claude reads."""
    with tokenize.open(source) as text:
        yield from (token.string for token in tokenize.generate_tokens(text.readline) if token.type == tokenize.COMMENT)
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def test_comments_and_docstrings_use_the_words_of_an_engineer() -> None:
    assert len(SOURCES) > 500
    found = {name(source): AVOIDED.findall("\n".join(prose(source))) for source in SOURCES}
    assert {source: words for source, words in found.items() if words} == {}


def test_tables_and_scenarios_use_the_words_of_an_engineer() -> None:
    """Their values too: they are shown on GitHub, in refusals, and in the demo."""
    assert len(TABLES) > 30
    found = {name(table): AVOIDED.findall(table.read_text()) for table in TABLES}
    assert {table: words for table, words in found.items() if words} == {}


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
