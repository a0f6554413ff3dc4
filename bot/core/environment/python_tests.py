"""What a Python project's tests need beyond its own groups and extras: by tox, hatch and nox, and by pytest's options.

A plugin whose option stands in pytest's settings is needed: without it pytest refuses to start.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.core.documents import Unreadable, read_toml
from bot.core.ecosystems.python_declared import nox_calls
from bot.core.environment.values import Tree
from bot.core.tox import read_tox
from bot.core.untrusted import as_dict, as_list, as_str

_HATCH_ENVIRONMENTS = ("hatch-test", "test", "tests", "testing", "default", "dev")
_BY_HATCH = ("pytest", "pytest-mock", "pytest-rerunfailures", "pytest-xdist")
"""What hatch installs into its environment `hatch-test`, as far as tests rely on it."""
_PLUGINS = (
    (r"--(?:no-)?cov\b", "pytest-cov"),
    (r"-n[ =]?(?:auto|logical|\d)|--(?:numprocesses|dist|maxprocesses|maxschedchunk)\b", "pytest-xdist"),
    (r"--asyncio-mode\b", "pytest-asyncio"),
    (r"--timeout\b", "pytest-timeout"),
    (r"--benchmark\b", "pytest-benchmark"),
    (r"--(?:only-)?reruns\b", "pytest-rerunfailures"),
    (r"--mypy(?!-(?:ini|same|only|py))\b", "pytest-mypy"),
    (r"--mypy-(?:ini-file|same-process|only-local-stub|pyproject-toml-file)", "pytest-mypy-plugins"),
    (r"--flake8\b", "pytest-flake8"),
    (r"--black\b", "pytest-black"),
    (r"--isort\b", "pytest-isort"),
    (r"--pylint\b", "pytest-pylint"),
    (r"--ruff\b", "pytest-ruff"),
    (r"--doctest-(?:plus|rst|ufunc)\b", "pytest-doctestplus"),
    (r"--randomly-", "pytest-randomly"),
    (r"--random-order", "pytest-random-order"),
    (r"--(?:self-contained-)?html\b", "pytest-html"),
    (r"--(?:ds|dc|reuse-db|create-db|no-?migrations|fail-on-template-vars)\b", "pytest-django"),
    (r"--snapshot-", "syrupy"),
    (r"--hypothesis-", "hypothesis"),
    (r"--nbval", "nbval"),
    (r"--(?:disable-socket|allow-hosts|allow-unix-socket|force-enable-socket)\b", "pytest-socket"),
    (r"--(?:record-mode|block-network)\b", "pytest-recording"),
    (r"--vcr-record\b", "pytest-vcr"),
    (r"--mpl\b", "pytest-mpl"),
    (r"--instafail\b", "pytest-instafail"),
    (r"--forked\b", "pytest-forked"),
    (r"--codspeed\b", "pytest-codspeed"),
    (r"--memray\b", "pytest-memray"),
    (r"--alluredir\b", "allure-pytest"),
    (r"--xdoctest\b", "xdoctest"),
    (r"--typeguard-packages\b", "typeguard"),
    (r"--beartype-packages\b", "pytest-beartype"),
    (r"--inline-snapshot\b", "inline-snapshot"),
    (r"--markdown-docs\b", "pytest-markdown-docs"),
    (r"--(?:strict-)?examples\b", "pytest-examples"),
    (r"--import-check\b|--checkdocs\b", "pytest-checkdocs"),
)
_SETTINGS = (  # keys of pytest's settings, without whose plugin the tests fail
    (r"DJANGO_SETTINGS_MODULE", "pytest-django"),
    (r"asyncio_mode", "pytest-asyncio"),
    (r"trio_mode", "pytest-trio"),
    (r"mypy_plugins_config|mypy_testing_base", "pytest-mypy-plugins"),
)
_INI = (("pytest.ini", "pytest"), (".pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest"))
_LONGEST = 20_000  # characters of pytest's settings


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsOfTests:
    """`lines` of a requirements file and `files` of them, which `source` names for the tool `name`."""

    name: str
    source: str
    lines: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def needs_of_tests(tree: Tree) -> Iterator[NeedsOfTests]:
    tox = read_tox(tree.text)
    yield NeedsOfTests(name="tox", source=tox.file, lines=_plain(tox.requirements), files=_there(tree, tox.files))
    yield NeedsOfTests(
        name="hatch",
        source="hatch.toml" if "hatch.toml" in tree.paths else "pyproject.toml",
        lines=_plain(_of_hatch(tree)),
    )
    lines, files = list[str](), list[str]()
    for call in nox_calls(tree.text("noxfile.py"), "install"):
        words = shlex.split(call)
        files += [after for word, after in pairwise(words) if word in ("-r", "--requirement")]
        lines += [word for word in words if re.match(r"[A-Za-z][\w.-]*", word) and word not in files]
    yield NeedsOfTests(name="nox", source="noxfile.py", lines=_plain(lines), files=_there(tree, files))


def _plain(lines: Iterable[str]) -> tuple[str, ...]:
    """Without what comes from an address or a path: that may be anything, or the project itself."""
    names = (line for line in lines if re.match(r"[A-Za-z0-9]", line) and not re.search(r"://|[{}/\\#\0]|\.whl", line))
    return tuple(dict.fromkeys(names))


def _there(tree: Tree, files: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path in files if path in tree.paths))


def _of_hatch(tree: Tree) -> Iterator[str]:
    named = _toml(tree, "hatch.toml") or as_dict(as_dict(_toml(tree, "pyproject.toml").get("tool")).get("hatch"))
    environments = as_dict(named.get("envs"))
    for name in _HATCH_ENVIRONMENTS:
        environment = as_dict(environments.get(name))
        if environment and name == "hatch-test" and not environment.get("dependencies"):
            yield from _BY_HATCH
        for key in ("dependencies", "extra-dependencies"):
            yield from map(as_str, as_list(environment.get(key)))


def _toml(tree: Tree, path: str) -> dict[str, object]:
    try:
        return read_toml(tree.text(path).encode())
    except Unreadable:
        return {}


def plugins(tree: Tree) -> dict[str, str]:
    """The plugins that pytest's settings need, each with the file that shows it."""
    found = dict[str, str]()
    for path, text in _pytest_settings(tree):
        options = " ".join(re.findall(r"^\s*[\"']?addopts[\"']?\s*=\s*((?:.*\n?)(?:[ \t]+.*\n?)*)", text, re.MULTILINE))
        options = re.sub(r"[\"'\[\],\n]", " ", _list(text, "addopts") or options)
        for pattern, name in _PLUGINS:
            if re.search(rf"(?:^|\s)(?:{pattern})", options):
                found.setdefault(name, path)
        for pattern, name in _SETTINGS:
            if re.search(rf"^\s*[\"']?(?:{pattern})[\"']?\s*=", text, re.MULTILINE):
                found.setdefault(name, path)
        for name in re.findall(r"[A-Za-z][\w.-]*", _list(text, "required_plugins") or _line(text, "required_plugins")):
            found.setdefault(name, path)
    return found


def _pytest_settings(tree: Tree) -> Iterator[tuple[str, str]]:
    """Each file of pytest's settings, with the section that holds them."""
    for path, section in (*_INI, ("pyproject.toml", "tool.pytest.ini_options"), ("pyproject.toml", "tool.pytest")):
        found = re.search(
            rf"^\[{re.escape(section)}\][^\n]*\n((?:(?!\[[\w.:-]+\]).*\n?)*)", tree.text(path), re.MULTILINE
        )
        if found:
            yield path, found[1][:_LONGEST]
    for path in ("pytest.toml", ".pytest.toml"):
        if text := tree.text(path)[:_LONGEST]:
            yield path, text


def _list(text: str, key: str) -> str:
    """The value of a key, where it is a list or a text of several lines in TOML."""
    found = re.search(
        rf"^\s*{key}\s*=\s*(?:\[([^\]]*)\]|\"\"\"(.*?)\"\"\"|'''(.*?)''')", text, re.MULTILINE | re.DOTALL
    )
    return next((group for group in found.groups() if group), "") if found else ""


def _line(text: str, key: str) -> str:
    found = re.search(rf"^\s*{key}\s*=\s*([^\n]*)", text, re.MULTILINE)
    return re.sub(r"[<>=!~]=?[\w.*]+", "", found[1]) if found else ""
