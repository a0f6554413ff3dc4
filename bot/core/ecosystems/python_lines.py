"""A line that runs Python's tests, as CI, tox, nox or a makefile has it, and the check that it stands for.

What makes environments, measures coverage or writes reports is left out. A line that chooses a part of the tests stands
for no check, unless the part is most of them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from bot.core.ecosystems.files import END_TO_END, TreeFiles

PYTEST = "python3 -m pytest -q"
TEST_FILE = r"(?:.*/)?(?:test_[^/]*|[^/]*_test|tests)\.py|(?:.*/)?tests?/[^/]*_tests\.py"
RUNNERS = {"virtue": "python3 -m virtue", "green": "python3 -m green", "nose2": "python3 -m nose2 -v"}
"""Runners of unittest's tests, which a project installs to test itself, and how they are called."""
_SCRIPT = re.compile(r"(?:[\w-]+/)*(?:run[_-]?tests?|test_?runner|all_?tests|test_?all|tests?)\.py")
_MODULE = re.compile(r"[A-Za-z_][\w.]*\.(?:tests?|testing|runtests|test_all|all|selftest)(?:\.[a-z_]+)?|tests?")
_LAUNCHERS = frozenset({"uv", "poetry", "pdm", "pipenv", "hatch", "rye"})
_WITH_VALUE = frozenset(
    {"--with", "--group", "--extra", "--python", "-p", "--package", "--with-requirements", "--env-file", "--only-group"}
)
_OF_COVERAGE = frozenset(
    {"--source", "--source-pkgs", "--rcfile", "--omit", "--include", "--context", "--concurrency", "--data-file"}
)
_PYTHON = re.compile(r"(?:.*/)?(?:python[\d.]*|py|pypy3?)(?:\.exe)?")
_PYTHON_VALUES = frozenset({"-W", "-X"})
_NOT_TESTS = frozenset(
    {"--collect-only", "--co", "--codspeed", "--benchmark-only", "--lf", "--last-failed", "--version", "--help", "--ff"}
    | {"--fixtures", "--markers", "--setup-only", "--setup-plan", "--test-mypy", "--integration"}
)
_KEPT = re.compile(r"--(?:ignore(?:-glob)?|deselect|import-mode)=[\w./*:\[\]-]+")
_PART = re.compile(r"-[mk]")
_TAKES_VALUE = frozenset(
    {"-n", "--numprocesses", "-p", "-c", "-o", "-W", "-r", "--rootdir", "--tb", "--durations", "--maxfail", "--cov"}
    | {"--cov-report", "--cov-config", "--junitxml", "--junit-xml", "--basetemp", "--timeout", "--dist", "--reruns"}
    | {"--confcutdir", "--ignore", "--deselect", "--run-optional", "-E", "--reruns-delay", "--color", "--log-level"}
)


@dataclass(frozen=True, slots=True)
class PythonCall:
    """A call of a runner of tests. `runner`: `pytest`, `unittest`, `django`, `script`, `module` or one of RUNNERS."""

    runner: str
    words: tuple[str, ...] = ()
    program: str = ""


def read_call(line: str) -> PythonCall | None:
    """None for a line that calls no runner of Python's tests, or none that can be said in one command."""
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    words = _without_launchers(words)
    if not words or any(word in ("&&", "||", "|", ";", "&", ">") for word in words):
        return None
    return _of_words(words)


def _without_launchers(words: list[str]) -> list[str]:
    while words and re.fullmatch(r"\w+=.*", words[0]):
        words = words[1:]
    if words[:1] == ["time"] or words[:1] == ["exec"]:
        words = words[1:]
    if words[:1] == ["xvfb-run"]:
        words = _without_options(words[1:])
    if len(words) > 1 and words[0] in _LAUNCHERS and words[1] == "run":
        if any(word.startswith("--directory") for word in words):
            return []
        words = _without_options(words[2:])
    return words[1:] if words[:1] == ["--"] else words


def _without_options(words: list[str]) -> list[str]:
    while words and words[0].startswith("-") and words[0] != "--":
        words = words[2 if words[0] in _WITH_VALUE else 1 :]
    return words


def _of_words(words: list[str]) -> PythonCall | None:
    if _PYTHON.fullmatch(words[0]):
        return _of_python(words[1:])
    if words[0].rpartition("/")[2] == "coverage" and words[1:2] == ["run"]:
        return _of_coverage(words[2:])
    program = words[0].rpartition("/")[2]
    if program in ("pytest", "py.test"):
        return PythonCall("pytest", tuple(words[1:]))
    if program in ("django-admin", "django-admin.py") and words[1:2] == ["test"]:
        return PythonCall("django", tuple(words[2:]))
    if program in RUNNERS:
        return PythonCall(program, tuple(words[1:]))
    return _of_script(words) if words[0].endswith(".py") else None


def _of_python(words: list[str]) -> PythonCall | None:
    while words and words[0].startswith("-") and not words[0].endswith("m"):
        words = words[2 if words[0] in _PYTHON_VALUES else 1 :]
    if words and re.fullmatch(r"-[A-Za-z]*m", words[0]):
        return _of_module(words[1:])
    return _of_script(words) if words else None


def _of_coverage(words: list[str]) -> PythonCall | None:
    while words and words[0].startswith("-") and words[0] not in ("-m", "--module"):
        words = words[2 if words[0] in _OF_COVERAGE else 1 :]
    if words[:1] and words[0] in ("-m", "--module"):
        return _of_module(words[1:])
    return _of_script(words) if words else None


def _of_module(words: list[str]) -> PythonCall | None:
    if not words:
        return None
    if words[0] in ("pytest", "py.test"):
        return PythonCall("pytest", tuple(words[1:]))
    if words[0] == "coverage" and words[1:2] == ["run"]:
        return _of_coverage(words[2:])
    if words[0] == "unittest" or words[0] in RUNNERS:
        return PythonCall(words[0], tuple(words[1:]))
    if words[0] == "django" and words[1:2] == ["test"]:
        return PythonCall("django", tuple(words[2:]))
    return PythonCall("module", tuple(words[1:]), words[0]) if _MODULE.fullmatch(words[0]) else None


def _of_script(words: list[str]) -> PythonCall | None:
    path = words[0].removeprefix("./")
    if path.rpartition("/")[2] == "manage.py" and words[1:2] == ["test"]:
        return PythonCall("script", tuple(words[1:]), path)
    return PythonCall("script", tuple(words[1:]), path) if _SCRIPT.fullmatch(path) else None


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of a repository: `files` of it, and the `tests` among them. `variables`: what tox sets."""

    files: TreeFiles
    tests: tuple[str, ...]
    variables: Mapping[str, str]

    def command(self, call: PythonCall) -> str:
        """The command for this call; empty if it runs a part of the tests, or what the repository does not have."""
        if call.runner == "pytest":
            return self._pytest(call.words)
        if call.runner == "unittest":
            return self._unittest(call.words)
        if call.runner == "django":
            return self._django(call.words)
        if call.runner == "module":
            return self._module(call)
        return self._script(call) if call.runner == "script" else self._other(call)

    def _pytest(self, words: tuple[str, ...]) -> str:
        if _NOT_TESTS & set(words):
            return ""
        chosen, places = list[str](), list[str]()
        for before, word in zip(("", *words), words, strict=False):
            if _PART.fullmatch(before):
                if not re.fullmatch(r"not [\w ()-]+", word):
                    return ""
                chosen += [before, word]
            elif _KEPT.fullmatch(word) and self._exists(word.partition("=")[2]):
                chosen.append(word)
            elif before not in _TAKES_VALUE and not word.startswith("-"):
                places.append(word.removeprefix("./").rstrip("/"))
        places = [place for place in places if place != "."]
        if any(map(END_TO_END.search, places)) or (places and not self._holds_most(places)):
            return ""
        places = [place for place in places if self._is_there(place)]
        if all("/" not in place for place in places) and self._hold_all(places):
            places = []
        return shlex.join([*PYTEST.split(), *chosen, *places])

    def _exists(self, pattern: str) -> bool:
        place = pattern.partition("::")[0].rstrip("/")
        return "*" in place or place in ("importlib", "prepend", "append") or self._is_there(place)

    def _is_there(self, place: str) -> bool:
        return place in self.files.folders or place in self.files.paths

    def _holds_most(self, places: Collection[str]) -> bool:
        """Whether most files of tests lie in these places."""
        within = [path for path in self.tests if any(path == each or path.startswith(f"{each}/") for each in places)]
        return 2 * len(within) > len(self.tests)

    def _hold_all(self, places: Collection[str]) -> bool:
        """Whether pytest finds the same without these places: no file elsewhere is named as one of tests."""
        return all(path.partition("/")[0] in places for path in self.files.find(TEST_FILE))

    def _unittest(self, words: tuple[str, ...]) -> str:
        if not all(re.fullmatch(r"[\w./*=-]+", word) for word in words):
            return ""
        start = next((after for word, after in pairwise(words) if word in ("-s", "--start-directory")), "")
        named = [word for before, word in zip(("", *words), words, strict=False) if not before.startswith("-")]
        places = [word for word in named if word not in ("discover",) and not word.startswith("-")]
        places = [start] if start else [self._place(word) for word in places]
        if places not in ([], ["."]) and not self._holds_most(places):
            return ""
        verbose = () if {"-v", "--verbose"} & set(words) else ("-v",)
        ahead = 1 if words[:1] == ("discover",) else 0
        return shlex.join(["python3", "-m", "unittest", *words[:ahead], *verbose, *words[ahead:]])

    def _place(self, name: str) -> str:
        """The file or folder of a dotted name."""
        place = name.removeprefix("./").rstrip("/")
        if self._is_there(place):
            return place
        path = place.replace(".", "/")
        return f"{path}.py" if f"{path}.py" in self.files.paths else path

    def _django(self, words: tuple[str, ...]) -> str:
        settings = next((word.partition("=")[2] for word in words if word.startswith("--settings=")), "")
        settings = settings or next((after for word, after in pairwise(words) if word == "--settings"), "")
        settings = settings or self.variables.get("DJANGO_SETTINGS_MODULE", "")
        if not re.fullmatch(r"[A-Za-z_][\w.]*", settings):
            return ""
        labels = [word.rstrip("/") for word in words if self._is_there(self._place(word)) and word != settings]
        if labels and not self._holds_most([self._place(label) for label in labels]):
            return ""
        return shlex.join(["python3", "-m", "django", "test", "-v", "2", f"--settings={settings}", *labels])

    def _module(self, call: PythonCall) -> str:
        """A package of tests that can be called, or a module of one."""
        path = call.program.replace(".", "/")
        for start in ("", "src/", "lib/"):
            if f"{start}{path}/__main__.py" in self.files.paths or f"{start}{path}.py" in self.files.paths:
                return f"python3 -m {call.program}"
        return ""

    def _script(self, call: PythonCall) -> str:
        if call.program not in self.files.paths:
            return ""
        words = [word for word in call.words if not word.startswith("-")] if not _has_values(call.words) else []
        if call.program.rpartition("/")[2] == "manage.py":
            settings = [word for word in call.words if re.fullmatch(r"--settings=[\w.]+", word)]
            words = ["test", *settings, *(word for word in words if word != "test")]
        if not all(re.fullmatch(r"[\w./=-]+", word) for word in words):
            return ""
        return shlex.join(["python3", call.program, *words])

    def _other(self, call: PythonCall) -> str:
        places = [word for word in call.words if self._is_there(self._place(word))]
        return f"{RUNNERS[call.runner]} {shlex.join(places)}".rstrip() if places or call.runner != "virtue" else ""


def _has_values(words: Iterable[str]) -> bool:
    """Whether an option is there, after which a word may be its value."""
    return any(word.startswith("-") and "=" not in word for word in words)
