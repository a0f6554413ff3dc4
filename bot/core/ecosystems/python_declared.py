"""What the repository's files for other programs say of how its Python tests run: CI, tox, nox and makefiles."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.ecosystems.files import DetectedCheck, TreeFiles
from bot.core.ecosystems.python_lines import PythonCall, Suite, read_call
from bot.core.tox import read_tox

_MAKE_TARGETS = r"(?:test|tests|unittest|unittests|unit|check|test[_-]unit|unit[_-]tests?)"
_NOX_SESSION = re.compile(r"(?:unit_?)?tests?|unit|pytest|tests?_.*")
_ASSIGNED = re.compile(r"(DJANGO_SETTINGS_MODULE)=([\w.]+)\s")


@dataclass(frozen=True, slots=True)
class Declared:
    """A call with the command that it stands for, empty if it runs a part of the tests. `is_ci`: CI runs it."""

    call: PythonCall
    check: DetectedCheck
    is_ci: bool


def read_declared(files: TreeFiles, tests: tuple[str, ...]) -> list[Declared]:
    """In the order in which they count."""
    variables = dict(read_tox(files.text).variables)
    found = list[Declared]()
    for line, source in _lines(files):
        assigned = dict(_ASSIGNED.findall(line))
        if (call := read_call(line)) is not None:
            command = Suite(files, tests, {**variables, **assigned}).command(call)
            found.append(Declared(call, DetectedCheck(command, f"{source} `{line}`"), source.startswith("the CI")))
    return found


def _lines(files: TreeFiles) -> Iterator[tuple[str, str]]:
    yield from ((line, "the CI workflow runs") for line in files.workflow_commands)
    tox = read_tox(files.text)
    yield from ((line, f"tox runs by {tox.file}") for line in tox.commands)
    yield from ((line, "nox runs by noxfile.py") for line in nox_calls(files.text("noxfile.py"), "run"))
    for name in ("GNUmakefile", "makefile", "Makefile"):
        if name in files.top:
            yield from ((line, f"the target for tests in {name} runs") for line in _recipe(files.text(name)))
            return


def nox_calls(source: str, method: str) -> Iterator[str]:
    """The calls of `session.run` or `session.install` in the sessions for tests, as far as their words are literal."""
    try:
        functions = [each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for function in functions:
        if function.decorator_list and _NOX_SESSION.fullmatch(function.name):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                    yield shlex.join(_literal(node.args))


def _literal(arguments: list[ast.expr]) -> Iterator[str]:
    for each in arguments:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def _recipe(text: str) -> Iterator[str]:
    """The lines of the target for tests, with what its variables usually hold."""
    found = re.search(rf"^{_MAKE_TARGETS}[ \t]*:(?!=)[^\n]*\n((?:\t[^\n]*\n|[ \t]*\n)+)", f"{text}\n", re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", found[1]).splitlines() if found else []
    for line in lines:
        yield " ".join(word for word in _filled_in(line.strip().lstrip("@-")).split() if "$" not in word)


def _filled_in(line: str) -> str:
    line = re.sub(r"\$\((?i:python3?)\)", "python3", line)
    line = re.sub(r"\$\((?i:pytest)\)", "pytest", line)
    return re.sub(r"\$\$\{\w+:-([^}]*)\}", r"\1", line)
