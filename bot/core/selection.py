"""A check's command, made smaller: the same command for some of its tests, where its runner can select them.

Only commands of a known form are changed. For all others the whole command runs, which says the same and takes longer.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Sequence

_LAUNCHER = r"(?:(?:uv|poetry|pdm|pipenv|hatch|rye) run +)?(?:python[\d.]* +-m +)?"
_OPTIONS = r"(?: +-(?!-pyargs)[\w=./:-]+)*"
_PYTEST = re.compile(rf"{_LAUNCHER}(?:pytest|py\.test){_OPTIONS}")
_UNITTEST = re.compile(rf"{_LAUNCHER}unittest(?: +-\w)*")
_GO = re.compile(r"go test(?: +-(?!run\b)[\w=.-]+)*(?: +\./[\w./-]*)*")
_CARGO = re.compile(r"cargo test(?: +--?(?!doc\b|lib\b|bins?\b|test\b)\w[\w=-]*)*")
_MOST = 100  # tests on one command line
_DOTTED = re.compile(r"[\w.]+")


def select_tests(command: str, tests: Collection[str]) -> str:
    """The command for these tests alone; as it is, where that cannot be said in it. Names are a report's: untrusted."""
    names = sorted(tests)
    if not names or "" in names or len(names) > _MOST:
        return command
    for form, select in _FORMS:
        if form.fullmatch(command) and (selected := select(names)) is not None:
            return f"{command} {selected}"
    return command


def select_files(command: str, files: Sequence[str]) -> str:
    """The command for these files of tests alone; as it is, where that cannot be said in it."""
    fit = files and len(files) <= _MOST and all(file.endswith(".py") and not file.startswith("-") for file in files)
    return f"{command} {shlex.join(files)}" if fit and _PYTEST.fullmatch(command) else command


def _pytest(names: Sequence[str]) -> str | None:
    """By node ids. The `…` of a name that was cut is in no id."""
    fit = all("::" in name and not name.startswith("-") and "…" not in name and "\\" not in name for name in names)
    return shlex.join(names) if fit else None


def _unittest(names: Sequence[str]) -> str | None:
    plain = [name.partition(" ")[0] for name in names]  # without the parameters of a subtest
    fit = all(_DOTTED.fullmatch(name) and "_FailedTest" not in name for name in plain)
    return " ".join(dict.fromkeys(plain)) if fit else None


def _go(names: Sequence[str]) -> str | None:
    tests = {name.rpartition("/")[2].partition(".")[2] or name.rpartition(".")[2] for name in map(_go_top, names)}
    if not all(re.fullmatch(r"\w+", test) for test in tests):
        return None
    return shlex.join(["-run", f"^({'|'.join(sorted(tests))})$"])


def _go_top(name: str) -> str:
    """`example.org/pkg.TestA/sub case` without its subtests."""
    found = re.match(r"(.*\.(?:Test|Example|Fuzz)\w*)(?:/.*)?$", name)
    return found[1] if found else name


def _cargo(names: Sequence[str]) -> str | None:
    tests = [name.partition(": ")[2] for name in names]
    fit = all(re.fullmatch(r"[\w:]+", test) for test in tests)
    return shlex.join(["--", "--exact", *tests]) if fit else None


_FORMS: tuple[tuple[re.Pattern[str], Callable[[Sequence[str]], str | None]], ...] = (
    (_PYTEST, _pytest),
    (_UNITTEST, _unittest),
    (_GO, _go),
    (_CARGO, _cargo),
)
