"""What holds for each definition of `bot` and `hooks`: something uses it, no modules import each other, and functions
are short."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.layers import MODULES
from tests.syntax_trees import trees

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign

NOT_BY_NAME = {
    **{f"bot.cli.LazyGroup.{name}": "click" for name in ("list_commands", "get_command", "format_commands")},
    "bot.core.attempts.Purpose.IMPLEMENT": "read from the ledger by its value, which tasks begin with",
    "bot.core.messages.digest.digest_title": "the digest as an issue",
    "bot.core.messages.digest.digest_body": "the digest as an issue",
    "bot.rehearsal.github.notifications.notify_one": "nothing of the bot assigns an issue or asks for a review",
    "bot.adapters.fleet_settings.FleetSettings.temporal_ui_url": "links, as soon as attempts name their workflow",
    "hooks.policy.rules.Rule.liftable": "a key of rules.toml, which a person reads there",
    "hooks.policy.tables.rows.ClientRow.refuses_secrets": "a key of the tables, whose examples the tests read",
}
"""Used by what imports no name of it, and by what."""
NOT_BY_NAME_IN = {
    "bot.adapters.store.migrations.": "what was released is not changed",
    "bot.adapters.executors.": "what Temporal's SDK calls",
    "bot.rehearsal.github.continuous_integration.": "what another service reports to the simulated GitHub",
    "bot.rehearsal.github.moves.": "what owners do on the simulated GitHub, for stories",
    "bot.rehearsal.github.people.": "what a person does on the simulated GitHub, for stories and scenarios",
    "bot.rehearsal.github.setting.": "how a story sets the simulated GitHub up",
}
_BY_ITS_BASE = re.compile(
    r"do_[A-Z]+|_do_\w+|visit_\w+|handle_error|log_message|generate_(?:trace|span)_id|process_log_record|date_time_string|process_(?:bind_param|result_value)"
    r"|process_request(?:_thread)?|protocol_version|daemon_threads|block_on_close|request_queue_size|default_port"
    r"|load_config|_fields_|impl|cache_ok|model_config|compose_node|construct_mapping|yaml_implicit_resolvers"
    r"|keep_\w+_days|__\w+__"
)
"""What a base class of another library, or a table of names, calls."""
_WORD = re.compile(r"\w+")
_LONGEST_NAMING = 80  # characters
_OURS = {"property", "staticmethod", "classmethod", "cached_property", "cache", "contextmanager", "dataclass"}


def names_read(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Each name that is read, also as an attribute, and each word of a short text that may name one; with its line."""
    for each in ast.walk(tree):
        if isinstance(each, ast.Name | ast.Attribute):
            if not isinstance(each.ctx, ast.Store):
                yield (each.id if isinstance(each, ast.Name) else each.attr), each.lineno
        elif isinstance(each, ast.Constant) and isinstance(each.value, str) and len(each.value) < _LONGEST_NAMING:
            yield from ((word, each.lineno) for word in _WORD.findall(each.value))


def definitions(node: ast.Module | ast.ClassDef, place: str) -> Iterator[tuple[str, Definition]]:
    """Functions, classes and values of a module and of its classes, by their full names."""
    for each in node.body:
        if isinstance(each, Definition):
            yield from ((f"{place}.{name}", each) for name in _names(each))
        if isinstance(each, ast.ClassDef):
            yield from definitions(each, f"{place}.{each.name}")


def _names(node: Definition) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [] if any(_decorator(each) not in _OURS for each in node.decorator_list) else [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _decorator(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def unused(modules: dict[str, ast.Module]) -> list[str]:
    """Definitions whose name is read nowhere but in themselves. What a decorator of another library takes is used."""
    read: dict[str, list[tuple[str, int]]] = {}
    for module, tree in modules.items():
        for name, line in names_read(tree):
            read.setdefault(name, []).append((module, line))
    return [
        full
        for module, tree in modules.items()
        for full, node in definitions(tree, module)
        if all(where == module and _spans(node, line) for where, line in read.get(_last(full), ()))
    ]


def _spans(node: Definition, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _last(full: str) -> str:
    return full.rpartition(".")[2]


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("def a(): ...", ["m.a"]),
        ("def a(): return a()", ["m.a"]),
        ("def a(): ...\nb = a", ["m.b"]),
        ("A = 1\nprint(A)", []),
        ("A: int = 1", ["m.A"]),
        ("class C:\n    a: int\n    def b(self): return self.a\nC(a=1).b()", []),
        ("class C:\n    a: int\nC(a=1)", ["m.C.a"]),
        ("@app.get('/')\ndef a(): ...", []),
        ("@property\ndef a(): ...", ["m.a"]),
        ("def a(): ...\nTABLE = {'x': 'm:a'}\nprint(TABLE)", []),
    ],
)
def test_every_definition_that_is_not_used_is_seen(source: str, left: list[str]) -> None:
    assert unused({"m": ast.parse(source)}) == left


def test_every_definition_is_used() -> None:
    """By something besides itself and the tests: what only tests use is tested for nothing."""
    left = [full for full in unused(trees()) if not _BY_ITS_BASE.fullmatch(_last(full))]
    assert [full for full in left if full not in NOT_BY_NAME and not full.startswith(tuple(NOT_BY_NAME_IN))] == []


def imported(tree: ast.Module) -> Iterator[str]:
    """Modules of ours, those for type checkers too: they are read together all the same."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else str(node.module) for name in full)


def find_cycle(imports: Mapping[str, Iterable[str]]) -> list[str]:
    """Modules each of which imports the one before it, the first one again at the end; empty without such."""
    try:
        TopologicalSorter({name: set(each) - {name} for name, each in imports.items()}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_a_cycle_is_seen() -> None:
    source = "if TYPE_CHECKING:\n    from bot.core import tasks\ndef f():\n    import bot.wiring"
    assert set(imported(ast.parse(source))) == {"bot.core.tasks", "bot.wiring"}
    assert find_cycle({"a": ["b", "a"], "b": ["c"], "c": []}) == []
    assert set(find_cycle({"a": ["b"], "b": ["c"], "c": ["a"]})) == {"a", "b", "c"}


def test_no_modules_import_each_other() -> None:
    """Neither when they are loaded, nor in a function, nor for their types."""
    ours = {module: [name for name in imported(tree) if name in MODULES] for module, tree in trees().items()}
    assert find_cycle(ours) == []


MOST_LINES = 40


def test_functions_are_short() -> None:
    """A longer one does more than one thing. Most have fewer than ten lines."""
    functions = [
        (f"{module}.{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for module, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert len(functions) > 4000
    assert [each for each in functions if each[1] > MOST_LINES] == []


def test_what_was_pushed_is_recorded_in_one_place() -> None:
    """By `Pushes`, and with a task that is restored from GitHub: any other writer could name a commit of a person's as
    the bot's, which the next push would replace."""
    names_it = {
        module
        for module, tree in trees().items()
        if module.startswith("bot.adapters.store.") and "migrations" not in module
        if any(isinstance(each, ast.Constant) and each.value == "pushed" for each in ast.walk(tree))
    }
    assert names_it == {f"bot.adapters.store.{name}" for name in ("work", "restoring", "rows", "schema")}
    takes_it = [
        full
        for module, tree in trees().items()
        if module.startswith("bot.adapters.store.")
        for full, node in definitions(tree, module)
        if isinstance(node, ast.FunctionDef) and "pushed" in {each.arg for each in node.args.kwonlyargs}
    ]
    assert takes_it == []


def compared_kinds(tree: ast.Module) -> set[str]:
    """The kinds of failures that code compares with, one by one."""
    compares = [each for each in ast.walk(tree) if isinstance(each, ast.Compare | ast.MatchValue)]
    named = (each for compare in compares for each in ast.walk(compare) if isinstance(each, ast.Attribute))
    return {each.attr for each in named if isinstance(each.value, ast.Name) and each.value.id == "FailureKind"}


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("a.kind is not FailureKind.STALLED", {"STALLED"}),
        ("a.kind in {None, FailureKind.STALLED}", {"STALLED"}),
        ("match a:\n  case FailureKind.STALLED: ...", {"STALLED"}),
        ("raise TaskFailed(FailureKind.STALLED)", set()),
    ],
)
def test_a_kind_that_is_compared_is_seen(source: str, kinds: set[str]) -> None:
    assert compared_kinds(ast.parse(source)) == kinds


def test_what_follows_from_a_kind_of_failure_is_in_its_table() -> None:
    """What two modules ask of one kind is a property that another kind may have as well: a column of the policy."""
    product = {module: tree for module, tree in trees().items() if not module.startswith("bot.rehearsal.")}
    compared = Counter(kind for tree in product.values() for kind in compared_kinds(tree))
    assert [kind for kind, modules in compared.items() if modules > 1] == []


_MOST_COPIED = 2
_OF_ANOTHER = {"Exception", "http.client.HTTPConnection"}
"""Bases whose `__init__` does more than to keep what it is given."""


def copied_arguments(node: ast.ClassDef) -> int:
    """How many attributes `__init__` sets to an argument as it is."""
    functions = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    found = 0
    for each in ast.walk(functions[0]) if functions else ():
        if isinstance(each, ast.Assign | ast.AnnAssign):
            target, value = (each.targets[0] if isinstance(each, ast.Assign) else each.target), each.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=False))
            taken = [each.arg for each in [*functions[0].args.args, *functions[0].args.kwonlyargs]]
            for left, right in pairs:
                found += isinstance(left, ast.Attribute) and isinstance(right, ast.Name) and right.id in taken
    return found


@pytest.mark.parametrize(
    ("body", "number"),
    [("self._a = a", 1), ("self._a, self.b = a, b", 2), ("self._a: int = a", 1), ("self._a = a + 1\n  c = b", 0)],
)
def test_a_copied_argument_is_seen(body: str, number: int) -> None:
    (node,) = ast.parse(f"class C:\n def __init__(self, a, *, b):\n  {body}").body
    assert isinstance(node, ast.ClassDef)
    assert copied_arguments(node) == number


def test_services_are_dataclasses() -> None:
    """One that only keeps what it is given says so by its fields."""
    classes = [
        (f"{module}.{node.name}", copied_arguments(node))
        for module, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not _OF_ANOTHER & {ast.unparse(base) for base in node.bases}
    ]
    assert len(classes) > 800
    assert [each for each in classes if each[1] > _MOST_COPIED] == []
