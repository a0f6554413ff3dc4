"""No pattern of the policy takes time that grows out of hand on padding: `re` holds the interpreter, so all calls wait.

Judged by processor time, with limits far from both sides: on 400 characters a pattern that reads its text twice over
takes a thousandth of a second; one whose parts can share the padding in many ways takes minutes.
"""

from __future__ import annotations

import ast
import re
import signal
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import pytest

import hooks.policy
from hooks.policy import judge
from hooks.policy.tables import FOLDER
from tests.hooks.rewriting import PERSON

SIZE, SECONDS = 400, 0.5
UNITS = (" ", "a", "0", "'", '"', "(", "[", "{", "\n", "/", "\\", "a ", "a=", '"a"', '"a" ', '"a",', "'a'    ", "a(",
         "open a,", "-a ", "../", "x.y", "<% ", "<%", "%>")  # fmt: skip
EXAMPLES = frozenset({"refuses", "grants", "refuses_secrets"})
WORDS = 4


class TooSlow(Exception):
    """The processor time of a pattern is used up."""


@contextmanager
def processor_time(seconds: float) -> Iterator[None]:
    """Raises TooSlow within; a pattern looks for signals while it searches."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (text for each in value for text in texts_in(each))
    elif isinstance(value, dict):
        yield from (text for key, each in value.items() if key not in EXAMPLES for text in texts_in(each))


def literals_of(file: Path) -> Iterator[str]:
    """The first arguments of `re.compile`, `re.search` and the others, where they are literals."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value)
        if called == "re" and isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)


def patterns() -> dict[str, re.Pattern[str]]:
    tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in FOLDER.rglob("*.toml")]
    sources = Path(hooks.policy.__file__).parent.rglob("*.py")
    found = {*texts_in(tables), *(text for file in sources for text in literals_of(file))}
    repeating = sorted(text for text in found if len(re.findall(r"[*+]|\{\d*,", text)) > 1)
    return {text: compiled for text in repeating if (compiled := compile_or_none(text))}


def compile_or_none(text: str) -> re.Pattern[str] | None:
    """Words of a table that are no pattern may look like a broken one."""
    try:
        return re.compile(text, re.MULTILINE | re.DOTALL)
    except re.error:
        return None


def paddings(pattern: str) -> Iterator[str]:
    """Repeated units, and the pattern's own words, with an end that does not match."""
    own = sorted(set(re.findall(r"[A-Za-z_]{2,}", re.sub(r"\\[a-zA-Z]", " ", pattern))))[:WORDS]
    for unit in (*UNITS, *own, *(f"{word} " for word in own), *(f"{word}(" for word in own)):
        yield unit * (SIZE // len(unit)) + "x\0"
        yield f"{own[0] if own else 'a'} {unit * (SIZE // len(unit))}\0"
        yield f"[{unit * (SIZE // len(unit))}z\0"


def test_no_pattern_hangs_on_padding() -> None:
    """Each pattern of the tables and of the code, searched in repeated units."""
    found = patterns()
    slow = {text for text, pattern in found.items() if hangs(pattern, text)}

    assert len(found) > 300
    assert slow == set()


def hangs(pattern: re.Pattern[str], text: str) -> bool:
    for padding in paddings(text):
        try:
            with processor_time(SECONDS):
                pattern.search(padding)
                pattern.fullmatch(padding)
        except TooSlow:
            return True
    return False


def test_a_pattern_that_hangs_is_found() -> None:
    """Blanks that two parts can share, once for each repetition."""
    old = r"""[\[(]((?:\s*["'][^"'\n]*["']\s*,?)+)[\])]x"""

    assert hangs(re.compile(old), old)


BLANKS = " " * 8000


@pytest.mark.parametrize(
    "command",
    [
        "julia -e 'x = [" + '"a"    ' * 14 + "z'",
        "psql -c 'delete from t where" + BLANKS + "x'",  # noqa: S608 -- judged, not sent
        f"sed -i '{' ' * 30_000}x' x",
        "perl -e '" + "open a," * 4000 + "'",
        "lua -e '" + "http.request " * 2400 + "'",
        "node -e '" + "XMLHttpRequest " * 2000 + "'",
        f"printf 'all:\\n\\techo\\na{BLANKS}b\\n' > Makefile; make",
        f"printf 'a{BLANKS}b\\nall:\\n  echo\\n' > justfile; just",
        "printf '" + "<%% " * 14_000 + "' > .rspec; rspec",
    ],
    ids=["julia", "psql", "sed", "perl", "lua", "node", "make", "just", "rspec"],
)
def test_padding_of_a_command_does_not_hold_up_the_gate(command: str) -> None:
    """Whatever the ruling: quadratic patterns took ten times as long."""
    with processor_time(5):
        judge("Bash", {"command": command}, PERSON)
