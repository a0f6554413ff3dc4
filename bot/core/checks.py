"""A repository's checks: which commands they are, and what their results before and after a change mean.

Which commands run is read from the base commit alone. What they run then is the repository's code with the change in
it: whatever a change does to the files that steer them is named (`bot/core/steering.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.core.changes import Note
from bot.core.untrusted import as_dict, as_str

OUTPUT_TAIL = 6000  # characters of a failing check's output that Claude and people see
NOT_FOUND = 127

ReadText = Callable[[str], str | None]

_SCRIPTS = ("lint", "test")
_NO_TEST = re.compile(r"no test specified")
_MANAGERS = (
    ("pnpm-lock.yaml", "pnpm", "pnpm install --frozen-lockfile"),
    ("yarn.lock", "yarn", "yarn install --frozen-lockfile"),
    ("package-lock.json", "npm", "npm ci"),
    ("npm-shrinkwrap.json", "npm", "npm ci"),
)
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended. `code` None: it was stopped at a limit, of time or of what it took: the `output`, which is
    the end of what it said, tells which."""

    code: int | None
    seconds: float
    output: str = ""

    @property
    def passed(self) -> bool:
        return self.code == 0

    @property
    def ending(self) -> str:
        if self.code is None:
            return "stopped at a limit"
        return "exit 127: not installed" if self.code == NOT_FOUND else f"exit {self.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One command on the base commit and on the new one."""

    command: str
    before: Ran
    after: Ran

    @property
    def newly_failing(self) -> bool:
        return self.before.passed and not self.after.passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the broker found in a change that may be published. `checks` is empty where the repository has none;
    `flags`: what people should look at before anything else; `notes`: what the reviewer should look at."""

    checks: tuple[Check, ...] = ()
    flags: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def newly_failing(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.newly_failing)


def detected(paths: Collection[str], read: ReadText) -> list[str]:
    """The checks that a repository has by the usual signs, in the order in which they run. `read` gives the text of a
    file of the same commit, None where it is none."""
    top = {path for path in paths if "/" not in path}
    return [*_node(top, read), *_python(top, paths, read), *_go_and_rust(top), *_make(top, read)]


def _node(top: Collection[str], read: ReadText) -> list[str]:
    if "package.json" not in top:
        return []
    package = _package(read)
    scripts = as_dict(package.get("scripts"))
    wanted = [name for name in _SCRIPTS if as_str(scripts.get(name)) and not _NO_TEST.search(as_str(scripts.get(name)))]
    _, manager, install = next((each for each in _MANAGERS if each[0] in top), ("", "npm", ""))
    needs = install and any(as_dict(package.get(kind)) for kind in ("dependencies", "devDependencies"))
    return [*([install] if needs and wanted else []), *(f"{manager} run {name}" for name in wanted)]


def _package(read: ReadText) -> dict[str, object]:
    try:
        return as_dict(json.loads(read("package.json") or "{}"))
    except (ValueError, RecursionError):
        return {}


def _python(top: Collection[str], paths: Iterable[str], read: ReadText) -> list[str]:
    if "tox.ini" in top or "[tool.tox" in (read("pyproject.toml") or ""):
        return ["tox"]
    configured = {"pytest.ini", "conftest.py"} & set(top) or "[tool.pytest" in (read("pyproject.toml") or "")
    configured = configured or "[tool:pytest]" in (read("setup.cfg") or "")
    tests = any(re.fullmatch(r"(?:.*/)?(?:test_[^/]*|[^/]*_test)\.py", path) for path in paths)
    return ["python3 -m pytest -q"] if configured or tests else []


def _go_and_rust(top: Collection[str]) -> list[str]:
    return [*(["go test ./..."] if "go.mod" in top else []), *(["cargo test"] if "Cargo.toml" in top else [])]


def _make(top: Collection[str], read: ReadText) -> list[str]:
    """The file that GNU make would take, if it has the target."""
    name = next((name for name in _MAKEFILES if name in top), None)
    has_target = name is not None and re.search(r"^test[ \t]*:(?!=)", read(name) or "", re.MULTILINE)
    return ["make test"] if has_target else []


def describe_failing(checks: Sequence[Check], limit: int = 5000) -> str:
    """The failing checks with the end of what each said, together about `limit` characters: a comment
    shows the first 6,000 characters of a failure's evidence, and an output says most at its end."""
    share = max(500, limit // max(1, len(checks)))
    return "\n\n".join(
        f"$ {check.command}\n({check.after.ending}; on the base commit: {check.before.ending})\n"
        f"{check.after.output[-share:]}".rstrip()
        for check in checks
    )
