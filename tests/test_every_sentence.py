"""Every sentence of the code is on a page of docs/messages/, so that a person can read all of them in one place.

This reads the code without the generator of the pages: what that does not find is noticed here. A sentence is a text of
four words and more, most of it words, that is no docstring, and that `docs/not_said.toml` does not except.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for folder in ("bot", "hooks") for path in (ROOT / folder).rglob("*") if path.is_file())
EXCEPTIONS = tomllib.loads((ROOT / "docs/not_said.toml").read_text())["except"]
TABLE = tomllib.loads((ROOT / "docs/messages.toml").read_text())["page"]
PAGES = {path.name: path.read_text() for path in sorted((ROOT / "docs/messages").glob("*.md"))}
FEWEST, MOST_EXCEPTIONS = 4, 8
GLUE = {"an", "the", "is", "are", "be", "it", "its", "of", "to", "on", "with", "and", "or", "not", "no", "that", "by"}
_SQL = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA)\s")
_EXPRESSION = re.compile(r"\\[bdswS]|\(\?[:!=P]|\[\^")
_DOCUMENT = re.compile(r"^\{\"")
_SCRIPT = re.compile(r"#!/|\"\$[1@]\"|\$\(| && |<<'")
_VALUE = re.compile(r"%(?:[sdg]|\.\d)")
_OF_LOG = re.compile(r"%[-.\d]*[a-z]")


@dataclass(frozen=True, slots=True)
class Said:
    """`parts` are what stands between the values. `given_to` is the call around it, with the argument."""

    module: str
    line: int
    parts: tuple[str, ...]
    given_to: str = ""

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {'…'.join(self.parts)}"


def words(text: str) -> int:
    """0 if less than half of it is words."""
    found = [re.fullmatch(r"[^\w\\/.-]*[A-Za-z][a-z]*(?:['’-][a-z]+)*\W*", each) is not None for each in text.split()]
    return sum(found) if 2 * sum(found) >= len(found) else 0


def in_python(path: Path) -> Iterator[Said]:
    tree = ast.parse(path.read_text())
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() as text):
                parts: tuple[str, ...] = tuple(_OF_LOG.split(text)) if _VALUE.search(text) else (text,)
            case ast.JoinedStr(values=values):
                parts = tuple(str(each.value) for each in values if isinstance(each, ast.Constant))
            case _:
                continue
        if not isinstance(above.get(node), ast.JoinedStr | ast.Expr):
            yield Said(name(path), node.lineno, parts, given_to(node, above))


def given_to(node: ast.AST, above: dict[ast.AST, ast.AST]) -> str:
    """`call(argument)`, past calls that only put texts together; else the name of an assignment, or `compare`."""
    while (outer := above.get(node)) is not None:
        match outer:
            case ast.Call(func=ast.Attribute(attr="join" | "format" | "strip" | "rstrip" | "split" | "splitlines")):
                pass
            case ast.Call(func=called, args=args, keywords=keywords) if called is not node:
                position = str(args.index(node)) if node in args else ""
                keyword = next((each.arg or "" for each in keywords if node in (each, each.value)), position)
                return f"{getattr(called, 'attr', None) or getattr(called, 'id', '')}({keyword})"
            case ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                return ast.unparse(target)
            case ast.Compare():
                return "compare"
            case ast.Return() | ast.Yield() | ast.YieldFrom():
                return ""
        node = outer
    return ""


def in_template(path: Path) -> Iterator[Said]:
    text = re.sub(r"<style>.*?</style>|</?(?:em|strong|code)>", "", path.read_text(), flags=re.DOTALL)
    for line, each in enumerate(re.split(r"<[^>]*>|\{%.*?%\}|\{\{.*?\}\}", text)):
        yield Said(name(path), line, (each,))


def in_document(path: Path) -> Iterator[Said]:
    """Lists of words have no word that joins others; a comment is no text of the document."""
    read: Callable[[str], object] = tomllib.loads if path.suffix == ".toml" else yaml.safe_load
    for text in texts(read(path.read_text())):
        if len(GLUE & set(text.split())) > 1:
            yield Said(name(path), 0, (text,))


def texts(document: object) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict | list):
        for each in document.values() if isinstance(document, dict) else document:
            yield from texts(each)


def in_c(path: Path) -> Iterator[Said]:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.lstrip().startswith(("#", "//", "*", "/*")):
            yield from (Said(name(path), number, (each,)) for each in re.findall(r'"([^"\\]*)"', line))


READERS: dict[str, Callable[[Path], Iterator[Said]]] = {
    ".py": in_python,
    ".html": in_template,
    ".toml": in_document,
    ".yml": in_document,
    ".c": in_c,
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def sentences() -> tuple[Said, ...]:
    found = (said for path in SOURCES if path.suffix in READERS for said in READERS[path.suffix](path))
    return tuple(said for said in found if words(" ".join(said.parts)) >= FEWEST and not excepted_by_kind(said))


def excepted_by_kind(said: Said) -> bool:
    """A debug line of the log, a statement in SQL, a regular expression, JSON, a script of the shell."""
    text = " ".join(said.parts)
    return "debug(" in said.given_to or any(kind.search(text) for kind in (_SQL, _EXPRESSION, _DOCUMENT, _SCRIPT))


def is_excepted(said: Said, exception: dict[str, str]) -> bool:
    call, _, argument = said.given_to.partition("(")
    carriers, modules = exception.get("carriers", "").split(), exception.get("modules", "").split()
    named = {call, said.given_to, f"({argument}"} - {"", "("}
    by_call = not carriers or not named.isdisjoint(carriers)
    return by_call and (not modules or said.module.startswith(tuple(modules)))


def missing(pages: Iterable[str]) -> list[str]:
    """The sentences of which a part is on no page. Marks of quotes, lists and tags are no part of them."""
    page = plain("\n".join(pages))
    said = (each for each in sentences() if not any(is_excepted(each, one) for one in EXCEPTIONS))
    return [str(each) for each in said if not all(plain(part) in page for part in each.parts)]


def plain(text: str) -> str:
    return " ".join(re.sub(r"^[>\s]+", " ", text.replace("\\<", "<"), flags=re.MULTILINE).split())


def test_every_sentence_is_on_a_page() -> None:
    """A new one is put there by `make docs`. If it is not, `docs/messages.toml` does not know its kind of file."""
    assert missing(PAGES.values()) == []


def test_the_sentences_are_found() -> None:
    """Of each kind of source."""
    modules = {said.module for said in sentences()}
    assert len(sentences()) > 1500
    assert modules >= {
        "bot/runner.py",
        "bot/init/templates/start.html",
        "bot/init/issue_form.yml",
        "hooks/gate_client.c",
    }


@pytest.mark.parametrize("kind", [each["name"] for page in TABLE for each in page["section"]])
def test_a_kind_that_is_not_collected_is_noticed(kind: str) -> None:
    """Without its section some sentence is on no page."""
    section = re.compile(rf"^## {re.escape(kind)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    pages = [section.sub("", page) for page in PAGES.values()]
    assert pages != list(PAGES.values())
    assert missing(pages)


@pytest.mark.parametrize("exception", EXCEPTIONS, ids=lambda exception: exception["why"])
def test_an_exception_is_explained_and_needed(exception: dict[str, str]) -> None:
    assert len(exception["why"].split()) >= 5
    assert any(is_excepted(said, exception) for said in sentences())


def test_there_are_few_exceptions() -> None:
    assert len(EXCEPTIONS) <= MOST_EXCEPTIONS
