"""What a Python program does with files: which it deletes, empties or writes, by the paths that the text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hooks.policy.programs.python_bindings import dotted_name
from hooks.policy.programs.python_tree import read_python
from hooks.policy.programs.python_values import NOT_KNOWN, PythonValues, Values
from hooks.policy.shell.values import UNKNOWN

Action = Literal["delete_tree", "delete", "empty", "write"]

TREE_DELETERS = frozenset({"rmtree", "remove_tree", "removedirs", "rmdir_r", "send2trash"})
DELETERS = frozenset({"os.remove", "os.unlink", "os.rmdir", "pathlib.Path.unlink", "pathlib.Path.rmdir"})
DELETING_METHODS = frozenset({"unlink", "rmdir"})
OPENERS = frozenset({"open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "builtins.open"})
TO_SECOND = frozenset({
    "shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree", "shutil.move", "os.symlink", "os.link",
    "os.rename", "os.replace", "os.renames", "urllib.request.urlretrieve",
})  # fmt: skip
"""Functions that write what their second argument names."""
FIRST_TOO = frozenset({"shutil.move", "os.rename", "os.replace", "os.renames"})
TO_FIRST = frozenset({
    "os.mkdir", "os.makedirs", "os.chmod", "os.truncate", "os.open", "os.mkfifo", "os.mknod", "os.utime", "os.chown",
})  # fmt: skip
WRITING_METHODS = frozenset({"write_text", "write_bytes", "touch", "chmod", "mkdir", "symlink_to", "hardlink_to"})
MOVING_METHODS = frozenset({"rename", "replace"})
EMPTY: tuple[object, ...] = ("", b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUse:
    """One act: `path` may have `*` for many files, and UNKNOWN where it is not known."""

    action: Action
    path: str
    text: str


def find_file_uses(code: str, temporary: str) -> list[FileUse] | None:
    """What the code does with files; None if it is not Python. `temporary`: what gettempdir() gives."""
    tree = read_python(code)
    if tree is None:
        return None
    finder = _Finder(tree, PythonValues(tree, temporary))
    try:
        finder.visit(tree)
    except RecursionError:
        return None
    return list({(use.action, use.path): use for use in finder.found}.values())


class _Finder(ast.NodeVisitor):
    """Visits all calls; inside `if name.endswith(suffix)` a loop's files are those of that suffix."""

    def __init__(self, tree: ast.Module, values: PythonValues) -> None:
        self.found: list[FileUse] = []
        self._values = values
        self._suffixes: list[str] = []
        self._used = _uses_of_names(tree)

    def visit_If(self, node: ast.If) -> None:
        suffixes = list(_suffixes(node.test))
        self.visit(node.test)
        self._visit_filtered(node.body, suffixes)
        for each in node.orelse:
            self.visit(each)

    def _visit_filtered(self, nodes: list[ast.stmt] | list[ast.expr], suffixes: list[str]) -> None:
        before, self._suffixes = self._suffixes, suffixes or self._suffixes
        for each in nodes:
            self.visit(each)
        self._suffixes = before

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> None:
        for generator in node.generators:
            self.visit(generator.iter)
        self._visit_filtered(
            [node.elt], [each for one in node.generators for test in one.ifs for each in _suffixes(test)]
        )

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self.visit_ListComp(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self.visit_ListComp(node)

    def visit_With(self, node: ast.With) -> None:
        """`with open(name, "w"): pass` writes nothing."""
        self.generic_visit(node)
        silent = all(isinstance(each, ast.Pass) for each in node.body)
        for item in node.items if silent else ():
            self._note_opened(item.context_expr)

    def visit_Expr(self, node: ast.Expr) -> None:
        """`open(name, "w")` and `open(name, "w").close()` alone write nothing."""
        self.generic_visit(node)
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            wrote = [each.value for each in call.args if isinstance(each, ast.Constant)]
            if call.func.attr == "truncate" and isinstance(call.func.value, ast.Call):
                self._note_truncated(call.func.value)
            if call.func.attr == "close" or (call.func.attr == "write" and wrote and wrote[0] in EMPTY):
                call = call.func.value
        self._note_opened(call)

    def visit_Assign(self, node: ast.Assign) -> None:
        """`f = open(name, "w")` where `f` is only closed."""
        self.generic_visit(node)
        target = node.targets[0]
        if isinstance(target, ast.Name) and self._used.get(target.id, set()) <= {"close", "truncate"}:
            self._note_opened(node.value)

    def _note_truncated(self, node: ast.Call) -> None:
        """`open(name, "r+").truncate()`."""
        if (opened := self._find_opened(node)) and set("w+") & set(opened[1]):
            self._note("empty", opened[0], node)

    def _note_opened(self, node: ast.expr) -> None:
        if isinstance(node, ast.Call) and (opened := self._find_opened(node)) and "w" in opened[1]:
            self._note("empty", opened[0], node)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        name = self._values.name_of(node.func)
        last = name.rpartition(".")[2]
        first = node.args[0] if node.args else next((each.value for each in node.keywords if each.arg == "path"), None)
        if last in TREE_DELETERS:
            self._note("delete_tree", self._values.values(first), node)
        elif name in DELETERS:
            self._note("delete", self._values.values(first), node)
        elif isinstance(node.func, ast.Attribute) and last in DELETING_METHODS and not node.args:
            self._note("delete", self._values.values(node.func.value), node)
        else:
            self._note_passed_on(node)
            self._note_writing(node, name, last)

    def _note_passed_on(self, node: ast.Call) -> None:
        """`map(os.remove, names)`, `atexit.register(shutil.rmtree, folder)`."""
        given = self._values.elements if dotted_name(node.func).endswith("map") else self._values.values
        for function, argument in zip(node.args, node.args[1:], strict=False):
            name = dotted_name(function) if isinstance(function, ast.Attribute) else ""
            if name.rpartition(".")[2] in TREE_DELETERS:
                self._note("delete_tree", given(argument), node)
            elif name in DELETERS:
                self._note("delete", given(argument), node)

    def _note_writing(self, node: ast.Call, name: str, last: str) -> None:
        arguments = [*node.args, None, None]
        of = node.func.value if isinstance(node.func, ast.Attribute) else None
        if (opened := self._find_opened(node)) is not None:
            if set("wax+") & set(opened[1]) or UNKNOWN in opened[1]:
                self._note("write", opened[0], node)
        elif name in TO_SECOND:
            self._note("write", self._values.values(arguments[1]), node)
            if self._values.values(arguments[0]) == ("/dev/null",):
                self._note("empty", self._values.values(arguments[1]), node)
            if name in FIRST_TOO:
                self._note("write", self._values.values(arguments[0]), node)
        elif name in TO_FIRST:
            self._note("write", self._values.values(arguments[0]), node)
            if name == "os.open" and "O_TRUNC" in ast.unparse(node):
                self._note("empty", self._values.values(arguments[0]), node)
            if name == "os.truncate" and _is_constant(arguments[1], (0,)):
                self._note("empty", self._values.values(arguments[0]), node)
        elif last in WRITING_METHODS and of is not None:
            self._note("write", self._values.values(of), node)
            if last.startswith("write") and _is_constant(arguments[0], EMPTY):
                self._note("empty", self._values.values(of), node)
        elif last in MOVING_METHODS and of is not None and len(node.args) == 1:
            self._note("write", self._values.values(node.args[0]), node)
            self._note("write", self._values.values(of), node)

    def _find_opened(self, node: ast.Call) -> tuple[Values, str] | None:
        """The file that a call opens and its mode, UNKNOWN if that is not known; None for another call."""
        name = self._values.name_of(node.func)
        keywords = {each.arg: each.value for each in node.keywords}
        if name in OPENERS:
            path = self._values.values(node.args[0] if node.args else keywords.get("file"))
            mode = node.args[1] if len(node.args) > 1 else keywords.get("mode")
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "open" and not _is_module(node.func.value):
            path = self._values.values(node.func.value)
            mode = node.args[0] if node.args else keywords.get("mode")
        else:
            return None
        text = mode.value if isinstance(mode, ast.Constant) else UNKNOWN
        return path, "r" if mode is None else str(text)

    def _note(self, action: Action, values: Values, node: ast.Call) -> None:
        name = self._values.name_of(node.func)
        for value in values or NOT_KNOWN:
            ends = self._suffixes if value.endswith("*") else [""]
            for suffix in ends or [""]:
                self.found.append(FileUse(action=action, path=value + suffix, text=f"{name}({value}{suffix})"))


def _is_constant(node: ast.expr | None, values: tuple[object, ...]) -> bool:
    return isinstance(node, ast.Constant) and node.value in values


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {
        "os",
        "zipfile",
        "tarfile",
        "webbrowser",
        "Image",
        "wave",
        "shelve",
    }


def _suffixes(test: ast.expr) -> Iterator[str]:
    """The suffixes of `name.endswith(".pyc")`, also beside other conditions."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for each in test.values:
            yield from _suffixes(each)
    elif isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr == "endswith":
        for node in ast.walk(test.args[0]) if test.args else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _uses_of_names(tree: ast.Module) -> dict[str, set[str]]:
    """For each variable the methods that are called on it; "" where it is used otherwise."""
    used: dict[str, set[str]] = {}
    methods = {
        id(node.value): node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            used.setdefault(node.id, set()).add(methods.get(id(node), ""))
    return used
