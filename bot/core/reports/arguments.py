"""Arguments by which runners without variables for it report every test, where a command passes them on to the runner.

Without a request jest, vitest and PHPUnit name only the tests that fail. Their reports are a second output beside the
one that people read. Mocha's would replace it, so mocha is asked for the list that it prints by default, and unittest
for its longer one. Gradle, Maven and Cargo end at the first project or program whose tests fail, which would hide what
a change breaks in all others. What other commands do with one more argument is not known: they stay as they are.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.reports.exunit import VARIABLE, prepare_exunit
from bot.core.untrusted import as_dict, as_list, as_str

JEST_FILE = "jest.json"
VITEST_FILE = "vitest.json"
PHPUNIT_FILE = "phpunit.xml"
ReadText = Callable[[str], str | None]

_ARGUMENTS = {
    "jest": f"--json --outputFile={{folder}}/{JEST_FILE}",
    "vitest": f"--reporter=default --reporter=json --outputFile.json={{folder}}/{VITEST_FILE}",
    "mocha": "--reporter spec",
    "phpunit": f"--log-junit {{folder}}/{PHPUNIT_FILE}",
    "unittest": "-v",
    "django": "-v 2",
    "mix": VARIABLE,
    "gradle": "--continue",
    "maven": "--fail-at-end",
    "cargo": "--no-fail-fast",
}
_PROGRAMS = re.compile(r"(?:.*/)?(?:_)?(jest|vitest|mocha|phpunit|pest|paratest)(?:\.(?:[cm]?js|phar|php))?")
_OF_PHPUNIT = frozenset({"pest", "paratest"})  # they take PHPUnit's options
_OPTIONS = re.compile(r"^(?:-[bBdEIOsSuvx]+ |-[WX] ?\S+ )*")
_PYTHON = re.compile(r"(?:.*/)?python[\d.]*")
_BUILDS = {  # by what is run, after a shell
    "gradle": re.compile(r"(?:\S*/)?gradlew?(?: .*)?"),
    "maven": re.compile(r"(?:\S*/)?mvn[wd]?(?: .*)?"),
    "cargo": re.compile(r"cargo (?:\+\S+ )?(?:test|t|nextest run)(?: .*)?"),
}
_SHELL = re.compile(r"^(?:ba)?sh ")
# What a person decided already, Maven's other two ways to fail, and what follows `--`, which is a test program's.
_DECIDED_BUILD = re.compile(r" (?:--|(?:--(?:no-)?(?:continue|fail-fast)|--fail-(?:at-end|never)|-fae|-ff|-fn))(?: |$)")
_WRAPPERS = {  # programs that hand their arguments on to jest
    ("react-scripts", "test"),
    ("craco", "test"),
    ("kcd-scripts", "test"),
    ("tsdx", "test"),
    ("vue-cli-service", "test:unit"),
    ("wp-scripts", "test-unit-js"),
}
_LAUNCHERS = frozenset(
    {"php", "npx", "bunx", "node", "cross-env", "env", "c8", "nyc", "dotenv", "dotenvx", "exec", "dlx"}
)
_MANAGERS = frozenset({"npm", "pnpm", "yarn", "bun"})
_NPM_TESTS = frozenset({"test", "t", "tst"})
# What already decides on the report, or runs no tests. Mocha's reporters of dots name no test that passes.
_DECIDED = re.compile(
    r"--(?:json|outputFile|reporters?(?![ =](?:dot|min|nyan|progress|landing)\b)|listTests|showConfig|version|help)\b"
    r"|--(?:log-junit|list-(?:tests(?:-xml)?|suites|groups)|(?:generate|migrate)-configuration|dry-run)\b"
    r"|(?:^|\s)(?:-R(?! (?:dot|min|nyan|progress|landing)\b)|--|bench|list|init|typecheck)(?:\s|=|$)"
)
_OPERATOR = re.compile(r"&&|\|\||[;|&\n]")
_SUBSTITUTION = re.compile(r"[`#]|\$\(|<\(")
_DEEPEST = 4  # scripts that call scripts


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a script of a package, in its `manifest`. `hands_on`: what has to stand before further arguments; None:
    it takes none."""

    script: str
    folder: str = ""
    package: str = ""
    hands_on: str | None = ""
    manifest: str = "package.json"


def arguments_for(command: str, folder: str, paths: Callable[[], Sequence[str]], read: ReadText) -> str:
    """What to add to a command so that its runner writes a report into `folder`; empty if nothing. `paths`, `read`: of
    the commit that is checked."""
    place, text = _place(command)
    runner, before = _find(text, place, _Packages(paths, read), _DEEPEST)
    return f"{before}{_ARGUMENTS[runner].format(folder=shlex.quote(folder))}" if runner else ""


def prepare_report(added: str, folder: str) -> str:
    """What the shell has to do before a command that gets these arguments."""
    if not added:
        return ""
    made = f"mkdir -p {shlex.quote(folder)} || true; "  # jest does not make it
    return made + prepare_exunit(folder) if VARIABLE in added else made


def without_arguments(line: str, folder: str) -> str:
    """A line of output without them: package managers print the commands that they run."""
    if folder not in line:
        return line
    said = (each.format(folder=shlex.quote(folder)) for each in _ARGUMENTS.values() if "{folder}" in each)
    for arguments in said:
        for spelled in (arguments, " ".join(f'"{word}"' for word in arguments.split())):
            line = line.replace(f" -- {spelled}", "").replace(f" {spelled}", "")
    return line


@dataclass(frozen=True, slots=True)
class _Packages:
    paths: Callable[[], Sequence[str]]
    read: ReadText

    def script(self, call: _Call, folder: str) -> str:
        """Empty where there is none that is one command."""
        path = f"{folder}/{call.manifest}" if folder else call.manifest
        found = as_dict(self._manifest(path).get("scripts")).get(call.script)
        if call.manifest != "composer.json":
            return as_str(found)
        lines = [as_str(each) for each in as_list(found)] or [as_str(found)]  # each of several gets all arguments
        return _of_composer(lines[0]) if len(lines) == 1 else ""

    def folder_of(self, name: str) -> str | None:
        for path in self.paths():
            is_manifest = path.endswith("/package.json") and "node_modules/" not in path
            if is_manifest and self._manifest(path).get("name") == name:
                return path.removesuffix("/package.json")
        return None

    def _manifest(self, path: str) -> dict[str, object]:
        try:
            return as_dict(json.loads(self.read(path) or ""))
        except (ValueError, RecursionError):
            return {}


def _of_composer(script: str) -> str:
    """How a shell would call what Composer's scripts call by a sign: PHP, or one of them, which gets all arguments."""
    if script.startswith("@composer ") or not script.startswith("@"):
        return "" if script.startswith("@") else script
    return script.removeprefix("@") if script.startswith("@php ") else f"composer {script.removeprefix('@')} --"


def _place(command: str) -> tuple[str, str]:
    """The folder to which a command goes first, and the rest of it: empty where that goes somewhere else."""
    found = re.match(r"\s*cd (?!.*\.\.)([\w@./-]+) && (.*)", command, re.DOTALL)
    folder, rest = (found[1].strip("/").removeprefix("./"), found[2]) if found else ("", command)
    return (folder, "") if re.search(r"(?:^|[;&|({]|\s)(?:cd|pushd|chdir)\s", rest) else (folder, rest)


def _find(text: str, folder: str, packages: _Packages, depth: int) -> tuple[str, str]:
    """The runner that gets what is added at the end of `text`, and what has to stand before it."""
    words = _last_words(text)
    if not words or depth == 0:
        return "", ""
    if (call := _script_call(words)) is not None:
        return _in_script(call, folder, packages, depth)
    runner = _of_build(words) or _runner(words)
    return runner, " " if runner else ""


def _in_script(call: _Call, folder: str, packages: _Packages, depth: int) -> tuple[str, str]:
    place = packages.folder_of(call.package) if call.package else "/".join(filter(None, (folder, call.folder)))
    if call.hands_on is None or place is None or not (script := packages.script(call, place)):
        return "", ""
    runner, before = _find(script, place, packages, depth - 1)
    return runner, f"{call.hands_on}{before}" if runner else ""


def _last_words(text: str) -> list[str]:
    """The words of the last simple command, which gets what is added; none where that cannot be said."""
    if _SUBSTITUTION.search(text):
        return []
    try:
        words = shlex.split(_OPERATOR.split(text)[-1])
    except ValueError:  # an operator within quotes
        return []
    while words and (re.fullmatch(r"\w+=.*", words[0])):
        del words[0]
    return words


def _script_call(words: Sequence[str]) -> _Call | None:
    if words[0] == "composer":
        return _composer_call(words)
    if words[0] not in _MANAGERS:
        return None
    rest, folder, package = list(_plain(words)), "", ""
    options = [word for word in words[1:] if word.startswith("-")]
    for word in options:
        name, _, value = word.partition("=")
        if name == "--workspace" and value:
            folder = value.strip("/").removeprefix("./")
    if words[0] == "pnpm" and rest[:1] == ["--dir"]:
        folder, rest = (rest[1].strip("/"), rest[2:]) if len(rest) > 1 else ("", [])
    if words[0] == "yarn" and rest[:1] == ["workspace"]:
        package, rest = (rest[1], rest[2:]) if len(rest) > 1 else ("", [])
    rest = rest[1:] if rest[:1] and rest[0] in ("run", "run-script") else rest
    if not rest or rest[0] in _LAUNCHERS:
        return None
    if words[0] != "npm" and _PROGRAMS.fullmatch(rest[0]):
        return None  # `yarn jest`: a program of the package
    return _read_named(words, options, rest, folder, package)


def _composer_call(words: Sequence[str]) -> _Call | None:
    rest = [word for word in words[1 : words.index("--") if "--" in words else None] if not word.startswith("-")]
    rest = rest[1:] if rest[:1] and rest[0] in ("run", "run-script") else rest
    hands_on = "" if "--" in words else " --"
    return _Call(rest[0], hands_on=hands_on, manifest="composer.json") if len(rest) == 1 else None


def _read_named(words: Sequence[str], options: Sequence[str], rest: Sequence[str], folder: str, package: str) -> _Call:
    """npm takes what stands before `--` for itself, the others hand everything on."""
    script = "test" if words[0] == "npm" and rest[0] in _NPM_TESTS else rest[0]
    many = {"--workspaces", "-ws", "--recursive", "-r", "--filter", "-F", "-w", "--parallel"}
    if any(option.partition("=")[0] in many for option in options) or tuple(words[:2]) == ("bun", "test"):
        return _Call(script, hands_on=None)  # several packages would write one file; `bun test` is a runner
    if words[0] != "npm":
        return _Call(script, folder, package)
    return _Call(script, folder, hands_on="" if "--" in words else " --")


def _plain(words: Sequence[str]) -> Iterator[str]:
    """The words without options, up to `--`. The folder after pnpm's `--dir` is none."""
    for word in words[1:]:
        if word == "--":
            return
        if not word.startswith("-") or word == "--dir":
            yield word


def _runner(words: Sequence[str]) -> str:
    """Which runner a simple command runs, by itself or by a program that starts it."""
    if (words[0], *words[1:2]) in _WRAPPERS:
        return "" if _DECIDED.search(" ".join(words[2:])) else "jest"
    if _PYTHON.fullmatch(words[0]):
        return _of_python(words[1:])
    if tuple(words[:2]) == ("mix", "test"):
        return "" if any(word.startswith(("--formatter", "--help")) for word in words) else "mix"
    for index, word in enumerate(words):
        if found := _PROGRAMS.fullmatch(word):
            starts = index == 0 or words[0] in _LAUNCHERS or words[0] in _MANAGERS - {"npm"}
            name = "phpunit" if found[1] in _OF_PHPUNIT else found[1]
            return name if starts and not _DECIDED.search(" ".join(words[index + 1 :])) else ""
    if words[:2] == ["artisan", "test"] or words[:3] == ["php", "artisan", "test"]:
        return "" if _DECIDED.search(" ".join(words[2:])) else "phpunit"
    return ""


def _of_build(words: Sequence[str]) -> str:
    """What builds several projects, by itself or by its wrapper. The exit code stays: it fails at the end."""
    line = _SHELL.sub("", " ".join(words), count=1)
    if _DECIDED_BUILD.search(line):
        return ""
    return next((name for name, pattern in _BUILDS.items() if pattern.fullmatch(line)), "")


def _of_python(words: Sequence[str]) -> str:
    """`-v` after `-q` counts; Django's own number of how much is said stays."""
    rest = _OPTIONS.sub("", " ".join(words)).split()
    if rest[:2] == ["-m", "unittest"] and not {"-h", "--help"} & set(rest):
        return "unittest"
    is_django = rest[:3] == ["-m", "django", "test"] or (rest[1:2] == ["test"] and rest[0].endswith("manage.py"))
    says_how_much = any(re.match(r"-v\d?$|--verbosity\b|-h$|--help$", word) for word in rest)
    return "django" if is_django and not says_how_much else ""
