"""What tox would install and run for the tests: read from `tox.ini`, `tox.toml`, `pyproject.toml` or `setup.cfg`.

Of the environments the first one whose commands run tests is taken: its factors say which conditional lines hold.
tox's own places are written as paths of the repository; a word with anything else that only tox knows is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from configparser import Error, RawConfigParser
from dataclasses import dataclass, field

from bot.core.documents import Unreadable, read_toml
from bot.core.tox_toml import read_tables
from bot.core.untrusted import as_dict, as_str

_MOST = 300  # environments, and lines of one key
_LONGEST = 20_000  # characters of a value
_DEEPEST = 6
_UNKNOWN = "\0"
_OPEN, _CLOSE = "\1", "\2"  # braces that enclose factors
_LINE = "\3"  # ends a line of a value that another one names: a condition before it holds for all of them
_FACTORS = re.compile(r"([\w.!,\1\2+-]+)\s*:(?:\s+(.*))?")
_TESTS = re.compile(
    r"\b(?:pytest|py\.test|unittest|green|virtue|nose2)\b|-m (?:[\w.]+\.)?tests?\b"
    r"|(?:django|manage\.py|django-admin) test|\b(?:run_?tests?|all_?tests|tests?)\.py\b"
)
_OTHER_WORK = re.compile(
    r"lint|docs?$|flake8|black|isort|mypy|typing|cover|pypy|main|master|latest|dev|postg|mysql|oracle|min|lowest|oldest"
    r"|nightly|integration|e2e|bench|doctest|packag|build|release|check|format"
)
_FIXED = {"toxinidir": ".", "tox_root": ".", "/": "/", ":": ":", "envpython": "python3", "posargs": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tox:
    """`file`: where it stands, empty where there is none. `commands`: single lines. `requirements`, `files`: lines of a
    requirements file, and the files of them that `deps` names. `variables`: those that hold without a condition."""

    file: str = ""
    commands: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def read_tox(text: Callable[[str], str]) -> Tox:
    """`text`: of a file of the repository, empty where there is none."""
    pyproject = _toml(text("pyproject.toml"))
    own = as_dict(as_dict(pyproject.get("tool")).get("tox"))
    if text("tox.ini"):
        sections = _sections(text("tox.ini"))
        if any(name == "tox" or name.startswith("testenv") for name in sections):
            return _from_sections("tox.ini", sections, "tox")
    if text("tox.toml"):
        return _from_sections("tox.toml", read_tables(_toml(text("tox.toml"))), "tox")
    if legacy := as_str(own.get("legacy_tox_ini")):
        return _from_sections("pyproject.toml", _sections(legacy), "tox")
    if own:
        return _from_sections("pyproject.toml", read_tables(own), "tox")
    sections = _sections(text("setup.cfg"))
    return _from_sections("setup.cfg", sections, "tox:tox") if "tox:tox" in sections else Tox()


def _toml(text: str) -> dict[str, object]:
    try:
        return read_toml(text.encode())
    except Unreadable:
        return {}


_Sections = Mapping[str, Mapping[str, str]]


def _sections(text: str) -> _Sections:
    parser = RawConfigParser(strict=False, interpolation=None, comment_prefixes=("#", ";"))
    try:
        parser.read_string(text)
        return {name: dict(parser.items(name)) for name in parser.sections()}
    except Error:
        return {}


def _from_sections(file: str, sections: _Sections, top: str) -> Tox:
    reading = _Reading(_with_each_name(sections))
    names = _environments(reading, top)
    environment = next((each for each in names if any(map(_TESTS.search, each.lines("commands")))), None)
    if environment is None:
        return Tox(file=file)
    deps = environment.requirements()
    files = (re.fullmatch(r"(?:-r|--requirement)[ =]?(\S+)", line) for line in deps)
    return Tox(
        file=file,
        commands=tuple(environment.lines("commands")),
        requirements=tuple(dict.fromkeys(line for line in deps if re.match(r"[A-Za-z0-9]", line))),
        files=tuple(found[1].removeprefix("./") for found in files if found),
        extras=_names(environment.lines("extras")),
        groups=_names(environment.lines("dependency_groups")),
        variables=dict(_variables(environment.lines("setenv") or environment.lines("set_env"))),
    )


def _names(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for line in lines for name in re.split(r"[,\s]+", line) if re.fullmatch(r"[\w.-]+", name))


def _variables(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if found := re.fullmatch(r"([A-Za-z_]\w*)\s*=\s*(.*)", line):
            yield found[1], found[2]


def _with_each_name(sections: _Sections) -> _Sections:
    """A section for several environments under the name of each."""
    found = dict[str, Mapping[str, str]]()
    for name, keys in sections.items():
        head, colon, environments = name.partition(":")
        if colon and head == "testenv":
            found |= {f"testenv:{each}": {**keys, **found.get(f"testenv:{each}", {})} for each in _expand(environments)}
        else:
            found[name] = keys
    return found


def _environments(reading: _Reading, top: str) -> list[_Environment]:
    """Those that look like the tests of the project first."""
    keys = reading.sections.get(top, {})
    listed = _expand(reading.substitute(keys.get("envlist", "") or keys.get("env_list", "")))
    own = [name.partition(":")[2] for name in reading.sections if name.startswith("testenv:")]
    names = list(dict.fromkeys([*listed, *own, "py"]))[:_MOST]
    names.sort(key=lambda name: sum(1 for factor in name.split("-") if _OTHER_WORK.search(factor)))
    return [_Environment(reading, name) for name in names]


@dataclass(frozen=True, slots=True)
class _Reading:
    """`known`: values that were asked for by another one, so that none is worked out twice."""

    sections: _Sections
    known: dict[tuple[str, str, int], str] = field(default_factory=dict)

    def value(self, section: str, key: str) -> str | None:
        return self.sections.get(section, {}).get(key)

    def substitute(self, text: str, depth: int = _DEEPEST) -> str:
        """The text with what stands in braces: the innermost first."""
        for _ in range(_DEEPEST):
            text, count = re.subn(r"\{([^{}]*)\}", lambda found: self._one(found[1], depth), text[:_LONGEST])
            if not count:
                break
        return text[:_LONGEST]

    def _of_another(self, section: str, key: str, depth: int) -> str:
        value = self.value(section, key) if depth else None
        if value is None:
            return _UNKNOWN
        if (section, key, depth) not in self.known:
            self.known[section, key, depth] = self.substitute(value, depth - 1).strip().replace("\n", _LINE)
        return self.known[section, key, depth]

    def _one(self, name: str, depth: int) -> str:
        if "," in name and re.fullmatch(r"[\w.,\s+-]*", name):
            return f"{_OPEN}{name}{_CLOSE}"
        if found := re.fullmatch(r"\[([^\]]+)\]([\w-]+)", name):
            return self._of_another(found[1], found[2], depth)
        if name.startswith("posargs:"):
            return name.partition(":")[2]
        if found := re.fullmatch(r"env:[^:]+:(.*)", name, re.DOTALL):
            return found[1]
        return _FIXED.get(name, _UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Environment:
    reading: _Reading
    name: str

    def lines(self, key: str) -> list[str]:
        """The lines of a key that hold for this environment, each without its condition."""
        return [line for condition, line in self._all(key) if not condition or self._holds(condition)]

    def requirements(self) -> list[str]:
        """What `deps` names. Of what is installed in one version or the other, all versions up to the newest one: the
        installer takes the one for its Python."""
        ranges = self._alternatives()
        held = [line for line in self.lines("deps") if _name(line) not in ranges]
        return [*held, *(f"{name}{versions}" for name, versions in ranges.items())]

    def _alternatives(self) -> dict[str, str]:
        """The ranges of packages with several versions, by factors that this environment may lack."""
        found = dict[str, list[str]]()
        for condition, line in self._all("deps"):
            if condition and (name := _name(line)) and "://" not in line and "@" not in line:
                found.setdefault(name, []).append(line[len(name) :].strip())
        return {name: _below(versions) for name, versions in found.items() if len(set(filter(None, versions))) > 1}

    def _all(self, key: str) -> list[tuple[str, str]]:
        section = f"testenv:{self.name}"
        value = self.reading.value(section, key)
        if value is None:
            section, value = "testenv", self.reading.value("testenv", key) or ""
        text = self.reading.substitute(value)
        text = re.sub(r"\\\s*\n\s*", " ", text)
        return [pair for line in text.splitlines()[:_MOST] if line.strip() for pair in _conditional(line)]

    def _holds(self, condition: str) -> bool:
        factors = {*self.name.split("-"), self.name}
        return any(self._all_hold(each, factors) for each in _expand(condition))

    @staticmethod
    def _all_hold(names: str, factors: set[str]) -> bool:
        parts = re.split(r"-(?=!|\w)", names)
        return all((part[1:] not in factors) if part.startswith("!") else part in factors for part in parts if part)


def _conditional(line: str) -> Iterator[tuple[str, str]]:
    """The condition of a line, empty if it has none, and the rest without what only tox knows."""
    line = re.sub(r"(?:^|\s)#[^\3]*", "", line).strip()
    found = _FACTORS.match(line)
    condition, rest = (found[1], line[found.end(1) :].lstrip(" \t:")) if found else ("", line)
    for each in rest.split(_LINE)[:_MOST]:
        inner = _FACTORS.match(each.strip())
        own, text = (inner[1], inner[2] or "") if inner else ("", each.strip())
        text = text.removeprefix("- ").removeprefix("-! ").replace(_OPEN, "{").replace(_CLOSE, "}")
        if plain := " ".join(word for word in text.split() if _UNKNOWN not in word):
            yield own or condition, plain


def _name(line: str) -> str:
    found = re.match(r"[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?", line)
    return found[0].lower() if found else ""


def _below(versions: list[str]) -> str:
    """Below the highest end of these ranges; empty if that cannot be said."""
    ends = [end for each in versions for end in _ends(each)]
    if len(ends) < len(versions):
        return ""
    return f"<{'.'.join(map(str, max(ends)))}" if ends else ""


def _ends(version: str) -> list[tuple[int, ...]]:
    version = version.partition(";")[0]
    if found := re.search(r"<\s*(\d+(?:\.\d+)*)", version):
        return [tuple(map(int, found[1].split(".")))]
    if found := re.search(r"(?:~=|==)\s*(\d+(?:\.\d+)*)(\.\*)?", version):
        parts = tuple(map(int, found[1].split(".")))
        kept = parts if found[2] else parts[:-1] or parts
        return [(*kept[:-1], kept[-1] + 1)]
    return []


def _expand(text: str) -> list[str]:
    """`py{310,311}-x, docs` as single names."""
    text = text[:_LONGEST].replace("{", _OPEN).replace("}", _CLOSE)
    found = list[str]()
    for word in re.split(rf"[,\s]+(?![^{_OPEN}]*{_CLOSE})", re.sub(r"(?m)(?:^|\s)#.*$", "", text)):
        found += _of_word(word, _DEEPEST) if word else []
        if len(found) > _MOST:
            break
    return found[:_MOST]


def _of_word(word: str, depth: int) -> list[str]:
    found = re.search(rf"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}", word)
    if found is None or depth == 0:
        return [word]
    start, end = word[: found.start()], word[found.end() :]
    return [name for part in found[1].split(",")[:50] for name in _of_word(f"{start}{part.strip()}{end}", depth - 1)][
        :_MOST
    ]
