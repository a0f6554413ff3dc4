"""Why a command could not run: what its exit code and the end of its output say of it.

"Could not run" says nothing about the code. So what looks like an obstacle in the output of tests that did run is none:
a test that needs the network fails, and the runner ran.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from bot.core.obstacle_signs import (
    COUNTED,
    EMPTY_RUNS,
    LONGEST,
    MISSING_PARTS,
    MISSING_PROGRAMS,
    MISSING_SCRIPTS,
    MISSING_TOOLS,
    NO_NETWORK,
    NOT_STARTED,
    OF_FILES,
    PYTHON_MODULE,
    TESTS_RAN,
    YOUNG_VERSIONS,
    Sign,
)
from bot.core.ran import NETWORK
from bot.core.untrusted import one_line

PRIVATE = "in a private network"
"""What a refused host has beside it if the operator's settings, not the repository's, could allow it."""
_END = 120  # lines of the output that are looked at
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127
_FORBIDDEN = re.compile(r"\b403\b|\bForbidden\b")


def find_obstacle(
    code: int,
    output: str,
    *,
    ran_tests: bool,
    not_loaded: int = 0,
    own: Collection[str] = (),
    refused: Sequence[str] = (),
) -> str:
    """Why the command could not run; empty if it ran. `ran_tests`: a report names a test that ran; `not_loaded`: how
    many files with tests it names that could not be loaded. `own`: the names of the repository's own Python modules:
    one that is missing within them is a fault of the code. `refused`: hosts that the command asked for in vain, and
    was answered 403."""
    if ran_tests or _says_tests_ran(output, not_loaded):
        return ""
    if code == 0:
        return _first(EMPTY_RUNS, output) or ""
    end = "\n".join(output.splitlines()[-_END:])
    looks: tuple[Callable[[], str | None], ...] = (
        lambda: _missing_program(code, end),
        lambda: _missing_python(output, own),
        lambda: _first((*MISSING_SCRIPTS, *MISSING_TOOLS, *NOT_STARTED), end),
        lambda: _first(YOUNG_VERSIONS, end),
        lambda: _no_network(end, refused),
        lambda: _first(MISSING_PARTS, end),
        lambda: _first(EMPTY_RUNS, output) if not not_loaded else None,
        lambda: _of_host(refused[0]) if refused and _FORBIDDEN.search(end) else None,
    )
    return next((found for look in looks if (found := look())), "")


def _says_tests_ran(output: str, not_loaded: int) -> bool:
    """Runners count a file that they could not load as a test that failed."""
    output = OF_FILES.sub("", output)
    if not not_loaded:
        return TESTS_RAN.search(output) is not None
    return any(sum(int(number or 1) for number in each.findall(output)) > not_loaded for each in COUNTED)


def own_modules(paths: Iterable[str]) -> frozenset[str]:
    """The names by which Python would import what a commit holds."""
    found = set[str]()
    for path in paths:
        parts = path.split("/")
        inner = parts[1:] if parts[0] in ("src", "lib", "python") else parts
        if inner and inner[-1].endswith(".py"):
            found.add(inner[0].removesuffix(".py"))
    return frozenset(found)


def _first(signs: Iterable[Sign], text: str) -> str | None:
    return next((found for sign in signs if (found := sign.find(text)) is not None), None)


def _no_network(end: str, refused: Sequence[str]) -> str | None:
    """With the refused host that the output names, or the first one; else with the line that shows it."""
    line = next((line for line in end.splitlines() if NO_NETWORK.search(line)), None)
    if line is None:
        return None
    if refused:
        return _of_host(next((each for each in refused if each.partition(":")[0] in end), refused[0]))
    return one_line(f"{NETWORK}: {line.strip()}", LONGEST)


def _of_host(refused: str) -> str:
    host, _, note = refused.partition(" ")
    return one_line(" ".join(filter(None, (f"{NETWORK}: {host.removesuffix(':443')}", note))), LONGEST)


def _missing_program(code: int, end: str) -> str | None:
    if (found := _first(MISSING_PROGRAMS, end)) is not None:
        return found
    if code == _NOT_FOUND:
        return "a program was not found"
    return "a program could not be executed" if code == _NOT_EXECUTABLE else None


def _missing_python(output: str, own: Collection[str]) -> str | None:
    for name in PYTHON_MODULE.findall(output):
        package, _, inner = name.partition(".")
        if not (inner and package in own):
            return f"the Python module {name} is not installed"
    return None
