"""Names are plain: functions are verbs, and no identifier uses a metaphor or an impersonal subject."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.avoided_words import AVOIDED
from tests.layers import MODULES, ROOT
from tests.syntax_trees import trees

_IRREGULAR = (
    "begun bound bought brought built caught chosen done drawn found given gone held hidden kept known left lent"
)
_IRREGULAR += " lost made met read run said seen sent shown spent stolen taken thrown told torn won written"
_IS_A_VERB = {"exceed", "read", "run", "need", "feed", "embed", "speed", "seed"}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
SENTENCES = "bot.core.messages."
"""There a function is named by what its sentence says: `paused`, `revised`."""
RELEASED = "bot.adapters.store.migrations."
"""What was released is not changed."""
APART = ("bot.rehearsal.", "bot.bench.", RELEASED)
"""The simulated GitHub has its issues and comments, as the bot has what it reads of them."""
THEIR_WORDS = {"nobody": "a Unix user", "NOBODY": "a Unix user", "open_as_nobody": "a Unix user"}


def is_participle(name: str) -> bool:
    """Whether it is one word, and such a form of a verb."""
    return "_" not in name and name not in _IS_A_VERB and (name.endswith("ed") or name in _IRREGULAR.split())


def named_by_participle() -> Iterator[str]:
    """Functions of modules, which a reader meets without the name of a class before them."""
    for module, tree in trees().items():
        if module.startswith(("bot.core.", "bot.steps.", "bot.adapters.", "hooks.")) and SENTENCES not in module:
            functions = (node.name for node in tree.body if isinstance(node, ast.FunctionDef))
            yield from (f"{module}.{name}" for name in functions if is_participle(name))


@pytest.mark.parametrize(("name", "is_one"), [("masked", True), ("shown", True), ("exceed", False), ("run", False)])
def test_a_participle_is_seen(name: str, *, is_one: bool) -> None:
    assert is_participle(name) is is_one


def test_functions_are_verbs() -> None:
    assert sorted(named_by_participle()) == []


def public_methods_by_participle() -> Iterator[str]:
    """Without properties, and without functions of the standard library that a subclass has under their names."""
    for module, tree in trees().items():
        if module.startswith(("bot.", "hooks.")) and not module.startswith((*APART, SENTENCES)):
            classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
            methods = ((each.name, node) for each in classes for node in each.body if isinstance(node, ast.FunctionDef))
            for name, node in methods:
                is_value = any("property" in ast.unparse(each) for each in node.decorator_list)
                if is_participle(node.name) and not is_value:
                    yield f"{module}.{name}.{node.name}"


def test_public_methods_are_verbs_too() -> None:
    assert sorted(public_methods_by_participle()) == []


def private_by_participle() -> Iterator[str]:
    """Private functions and methods, but for properties, which are values."""
    for module, tree in trees().items():
        if module.startswith(("bot.", "hooks.")) and not module.startswith((RELEASED, SENTENCES)):
            functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name[0] == "_")
            verbs = (
                node for node in functions if not any("property" in ast.unparse(each) for each in node.decorator_list)
            )
            yield from (f"{module}.{node.name}" for node in verbs if is_participle(node.name.strip("_")))


def test_private_functions_are_verbs_too() -> None:
    assert sorted(private_by_participle()) == []


def identifiers(text: str) -> set[str]:
    """All names that are defined or used."""
    found = set[str]()
    for node in ast.walk(ast.parse(text)):
        found |= {value for value in (getattr(node, key, None) for key in ("id", "attr", "arg", "name")) if value}
    return {each for each in found if isinstance(each, str)}


def words(name: str) -> str:
    """`read_TheWords` as `read the words`."""
    return " ".join(_WORDS.findall(name)).lower()


@pytest.mark.parametrize(
    ("name", "is_avoided"),
    [
        ("nobody_asked", True),
        ("TheDoor", True),
        ("_WAITING_ROOM", True),
        ("test_it_is_told_once", True),
        ("a_line_of_its_own", True),
        ("indoors", False),
        ("told", False),
    ],
)
def test_a_word_to_avoid_is_seen_within_a_name(name: str, *, is_avoided: bool) -> None:
    assert bool(AVOIDED.search(words(name))) is is_avoided


def test_names_use_the_words_of_an_engineer() -> None:
    sources = [*MODULES.values(), *sorted((ROOT / "tests").rglob("*.py"))]
    named = {name for source in sources for name in identifiers(source.read_text())}
    assert [name for name in sorted(named - THEIR_WORDS.keys()) if AVOIDED.search(words(name))] == []


def texts() -> Iterator[str]:
    """String literals of the program, documentation included."""
    for tree in trees().values():
        nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
        yield from (node.value for node in nodes if isinstance(node.value, str))


def test_texts_of_the_program_use_the_words_of_an_engineer() -> None:
    assert [text[:120] for text in texts() if AVOIDED.search(text)] == []


def test_one_name_of_a_class_means_one_thing() -> None:
    """A reader who searches for it finds it. `hooks` imports nothing of `bot`: it is searched by itself."""
    found: dict[str, list[str]] = {}
    for module, tree in trees().items():
        if module.startswith(("bot.", "hooks.")) and not module.startswith(APART):
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    found.setdefault(f"{module.partition('.')[0]}: {node.name}", []).append(module)
    assert {name: modules for name, modules in found.items() if len(modules) > 1} == {}
