"""Calls that a Python program makes by other names, or with computed arguments, written out as plain calls.

`f = os.system; f("git push")`, `map(os.system, ["git push"])`, `partial(os.system, "git push")()`, `sh.git("push")` and
`os.system("git " + verb)` run what `os.system("git push")` runs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice

from hooks.policy.programs.python_known import PythonKnown
from hooks.policy.programs.python_texts import UNCLEAR, UNKNOWN_PART, Named, Prepared, Program, Values

ACTS = re.compile(
    r"(?:os|posix|nt)\.(?:system|popen|exec\w+|spawn\w+|posix_spawnp?|startfile)|subprocess\.\w+|pty\.spawn|commands\.getoutput"
    r"|(?:trio|anyio)\.(?:run|open)_process|asyncio\.(?:subprocess\.)?create_subprocess_\w+|pexpect\.\w+|_posixsubprocess\.fork_exec"
    r"|(?:builtins\.)?(?:exec|eval)|shutil\.rmtree|os\.(?:remove|unlink|rmdir|removedirs)"
    r"|(?:requests|httpx)\.(?:post|put|patch|delete|request)|urllib\.request\.urlopen|runpy\.run_path"
)
"""Functions that run, delete or send what they are given."""
MENTIONS = re.compile(
    r"system|popen|exec|spawn|subprocess|startfile|getoutput|rmtree|remove|unlink|rmdir|requests|httpx|urlopen|eval|__import__|import_module|runpy"
    r"|plumbum|_process|exec_command|capture|ctypes|methodcaller|attrgetter|\bsh\b|__dict__|getattr"
)
"""Code without these words is not evaluated."""
CALLS_LIMIT = 60
WORDS_LIMIT = 60


def spell_out_calls(tree: ast.Module) -> str:
    """The program, in which calls of functions that act have their values, and behind it those made by other names."""
    code = ast.unparse(tree)
    if not MENTIONS.search(code):
        return code
    known, found = PythonKnown(tree), dict[str, None]()
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call | ast.BinOp)]
    for node in calls:
        found |= dict.fromkeys(islice(_calls(node, known), CALLS_LIMIT))
        if isinstance(node, ast.Call) and _fill_in(node, known):
            code = ""
        if len(found) > CALLS_LIMIT:
            break
    code = code or ast.unparse(ast.fix_missing_locations(tree))
    return "\n".join((code, *(line for line in list(found)[:CALLS_LIMIT] if line not in code)))


def _fill_in(call: ast.Call, known: PythonKnown) -> bool:
    """Whether the first argument was a variable all of whose values are known: the first of them stands there now."""
    acts = any(isinstance(each, Named) and ACTS.fullmatch(each.name) for each in known.values(call.func))
    values = known.all_values(call.args[0]) if acts and call.args and isinstance(call.args[0], ast.Name) else None
    if values:
        call.args[0] = ast.parse(_write_value(values[0]), mode="eval").body
    return bool(values)


def _calls(node: ast.Call | ast.BinOp, known: PythonKnown) -> Iterator[str]:
    if isinstance(node, ast.Call):
        for function in known.values(node.func):
            for given in known.arguments(node):
                yield from _write_calls(function, given, node)
        yield from _by_method(node, known)
        for value, position in known.functions_given(node):
            yield from _passed_on(value, position, node, known)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd):  # plumbum: `git["push"] & FG`
        for value in known.values(node.left):
            yield from _write_calls(value, (), None)


METHODS_THAT_RUN = {
    "subprocess_shell": 1, "subprocess_exec": 1, "run_process": 0, "open_process": 0, "capture_stdout": 0,
    "capture_stderr": 0, "capture_both": 0, "getProcessOutput": 0, "spawnProcess": 1,
}  # fmt: skip
"""Methods of whatever object, by how many arguments stand before the command."""


def _by_method(node: ast.Call, known: PythonKnown) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name == "exec_command":  # on the other machine of a paramiko client
        for given in known.arguments(node):
            yield _write("subprocess.run", (("ssh", "host", *given),)) if _is_clear(given) else ""
    for given in known.arguments(node) if name in METHODS_THAT_RUN else ():
        if _is_clear(rest := given[METHODS_THAT_RUN[name] :]):
            yield _write("subprocess.run", rest)


def _write_calls(function: object, given: Values, node: ast.Call | None) -> Iterator[str]:
    """The call of a function that acts, where its first argument is known."""
    if isinstance(function, Prepared):
        yield from _write_calls(function.function, (*function.arguments, *given), None)
    elif isinstance(function, Program):
        yield _write("subprocess.run", ((*function.words, *given),))
    elif isinstance(function, Named) and ACTS.fullmatch(function.name) and _is_clear(given):
        shell = any(each.arg == "shell" for each in node.keywords) if node is not None else False
        yield _write(function.name.removeprefix("builtins."), given, ", shell=True" if shell else "")


def _passed_on(function: object, position: ast.expr, node: ast.Call, known: PythonKnown) -> Iterator[str]:
    """`map(os.system, […])`, `Thread(target=os.system, args=(…,))`, `atexit.register(os.system, …)`."""
    others = [each for each in (*node.args, *(keyword.value for keyword in node.keywords)) if each is not position]
    for other in others:
        for value in known.values(other):
            if isinstance(value, str):
                yield from _write_calls(function, (value,), None)
            elif isinstance(value, tuple) and value:
                yield from _write_calls(function, value, None)
                for each in value[:WORDS_LIMIT]:
                    yield from _write_calls(function, (each,), None)


def _is_clear(given: Values) -> bool:
    first = given[0] if given else UNCLEAR
    first = first[0] if isinstance(first, tuple) and first else first
    return isinstance(first, str) and not first.startswith(UNKNOWN_PART)


def _write(name: str, given: Values, rest: str = "") -> str:
    words = [_write_value(each) for each in given if each is not UNCLEAR]
    return f"{name}({', '.join(word for word in words if word)}{rest})"


def _write_value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(filter(None, map(_write_value, value[:WORDS_LIMIT])))}]"
    if isinstance(value, str):
        return f"f{value!r}" if UNKNOWN_PART in value else repr(value)
    return ""
