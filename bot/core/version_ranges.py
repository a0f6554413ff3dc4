"""Whether an installed version fits what a repository names: an exact one, the start of one, a range, or a word."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator

Numbers = tuple[int, ...]

_ANY = frozenset({"", "*", "x", "latest", "node", "current", "system", "lts", "any", "stable"})
_LTS = {
    name: 2 * number + 4
    for number, name in enumerate(
        ("argon", "boron", "carbon", "dubnium", "erbium", "fermium", "gallium", "hydrogen", "iron", "jod", "krypton")
    )
}
_SIGNS: dict[str, Callable[[Numbers, Numbers], bool]] = {
    **{">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "!=": operator.ne},
    **dict.fromkeys(("=", "==", "==="), operator.eq),
}
_VENDORS = frozenset({"java"})  # each vendor's build of a version is that version
_COMPARISON = re.compile(r"(>=|<=|>|<|\^|~>|~=|~|===?|=|!=)?\s*v?([0-9][\w.*+-]*|[*xX])")
_PRE = re.compile(r"(?i)\d-?(?:a|b|rc|alpha|beta|dev|pre|ea|preview)[\d.]*$|-(?:dev|nightly|preview|snapshot)")
_MAJOR_BEFORE_9 = re.compile(r"^1\.(\d)(?:\.|$)")


def fits(version: str, wanted: str, tool: str) -> bool:
    """Whether the installed `version` is one that `wanted` means. What cannot be read fits only itself."""
    wanted = wanted.strip().strip("\"'")
    return version == wanted or any(_fits_one(version, part.strip(), tool) for part in wanted.split("||"))


def _fits_one(version: str, wanted: str, tool: str) -> bool:
    word = wanted.lower()
    if tool == "rust" and word[:1].isalpha():  # a channel: a Rust without rustup is of the stable one
        return version.split("-", maxsplit=1)[0] == word or (word == "stable" and version[:1].isdigit())
    if word in _ANY:
        return not _PRE.search(version) or word == "system"
    if word.startswith("lts"):
        return _is_lts(version, word)
    if tool not in _VENDORS and _flavour(version) != _flavour(wanted):
        return False
    return _fits_all(_numbers(version, tool), _plain(wanted, tool), wanted, is_pre=_PRE.search(version) is not None)


def _fits_all(numbers: Numbers, wanted: str, named: str, *, is_pre: bool) -> bool:
    conditions = list(_conditions(wanted))
    if not numbers or not conditions or (is_pre and not _PRE.search(named) and "dev" not in named):
        return False
    return all(_holds(numbers, sign, value) for sign, value in conditions)


def _conditions(wanted: str) -> Iterator[tuple[str, Numbers | None]]:
    if span := re.fullmatch(r"\s*v?(\d[\w.]*)\s+-\s+v?(\d[\w.]*)\s*", wanted):
        yield ">=", _read(span[1])
        yield "<=", _read(span[2])
        return
    for sign, value in _COMPARISON.findall(wanted):
        yield sign or "=", _read(value)


def _holds(numbers: Numbers, sign: str, value: Numbers | None) -> bool:
    if value is None or not value:
        return True
    start = numbers[: len(value)] + (0,) * (len(value) - len(numbers))
    if (compare := _SIGNS.get(sign)) is not None:
        return compare(start, value)
    return start >= value and numbers < _next(_keep(sign, value))


def _keep(sign: str, value: Numbers) -> Numbers:
    """The numbers that have to stay as they are: npm's `^` up to the first that is not 0, `~` two of them; Ruby's `~>`
    and Python's `~=` all but the last."""
    if sign == "^":
        first = next((index for index, number in enumerate(value) if number), 0)
        return value[: first + 1]
    return value[:2] if sign == "~" else value[: max(1, len(value) - 1)]


def _next(value: Numbers) -> Numbers:
    return (*value[:-1], value[-1] + 1)


def _read(value: str) -> Numbers | None:
    """Up to a wildcard, a version to come or a build."""
    found = re.match(r"\d+(?:\.\d+)*", value)
    return tuple(map(int, found[0].split("."))) if found else None


def _numbers(version: str, tool: str) -> Numbers:
    found = re.search(r"\d+(?:[._]\d+)*", _plain(version, tool))
    return tuple(map(int, re.split(r"[._]", found[0]))) if found else ()


def _plain(text: str, tool: str) -> str:
    """Without a vendor's name before it. Java 8 and older call themselves 1.8."""
    text = re.sub(r"^\s*[A-Za-z][A-Za-z_+]*(?:-[A-Za-z][A-Za-z_+]*)*[-@]?(?=\d)", "", text.strip())
    return _MAJOR_BEFORE_9.sub(r"\1.", text).rstrip(".") if tool in _VENDORS else text


def _flavour(version: str) -> str:
    """`pypy` of pypy3.10, `jruby` of jruby-9.4; empty for the usual implementation."""
    found = re.match(r"\s*([A-Za-z][A-Za-z_]*)(?:-[A-Za-z][A-Za-z_]*)*[-@]?\d", version)
    name = found[1].lower() if found else ""
    return "" if name in {"v", "go", "python", "cpython", "ruby", "node", "php", "version", "deno", "bun"} else name


def _is_lts(version: str, wanted: str) -> bool:
    major = _numbers(version, "node")[:1]
    name = wanted.partition("/")[2]
    if name in {"", "*"}:
        return bool(major) and major[0] % 2 == 0
    return major == (_LTS.get(name, -1),)
