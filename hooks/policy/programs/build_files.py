"""Reads the commands that build files name: CMake, Meson, Ninja, Maven, Ant, MSBuild, and Go's generators."""

from __future__ import annotations

import re
import shlex

CMAKE = re.compile(r"\bCOMMAND\s+((?:\"[^\"]*\"|[^\s()\"]+)(?:\s+(?:\"[^\"]*\"|[^\s()\"]+))*)")
CMAKE_REMOVAL = re.compile(r"(?i:\bfile)\(\s*REMOVE_RECURSE\s+([^)$]+)\)")
"""Of literal folders: what the build's own variables name lies in its output."""
CMAKE_WORDS = re.compile(r"^[A-Z][A-Z_]{3,}$")
MESON = re.compile(r"\b(?:run_command\s*\(|command\s*:\s*\[)([^)\]]*)")
NINJA = re.compile(r"^\s+command\s*=\s*(.*)$", re.MULTILINE)
LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def read_build_file(text: str, _goals: tuple[str, ...]) -> list[str]:
    """The commands of CMakeLists.txt, meson.build and build.ninja."""
    code = re.sub(r"(?m)^\s*#.*$", "", text)
    commands = [_until_keyword(found) for found in CMAKE.findall(code)]
    commands += [shlex.join(_literals(found)) for found in MESON.findall(code)]
    commands += [f"rm -rf {found}" for found in CMAKE_REMOVAL.findall(code)]
    return [*commands, *NINJA.findall(code)]


def _until_keyword(words: str) -> str:
    """The words of a COMMAND end at the next keyword of CMake; its variables are not known."""
    kept: list[str] = []
    for word in re.findall(r"\"[^\"]*\"|\S+", words):
        if CMAKE_WORDS.match(word):
            break
        kept.append(word)
    text = re.sub(r"\$<[^>]*>", "${MADE}", " ".join(kept))
    return text.replace("${CMAKE_COMMAND}", "cmake").replace("${PYTHON_EXECUTABLE}", "python")


def _literals(text: str) -> list[str]:
    return [first or second for first, second in LITERAL.findall(text)]


def read_project(text: str, _goals: tuple[str, ...]) -> list[str]:
    """The commands of pom.xml, build.xml and project files of MSBuild."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    commands = re.findall(r"<Exec\s[^>]*\bCommand=\"([^\"]*)\"", text)
    for program, rest in re.findall(r"<exec\s[^>]*\bexecutable=\"([^\"]*)\"[^>]*?(/>|>.*?</exec>)", text, re.DOTALL):
        words = re.findall(r"<arg\s[^>]*\b(?:value|line|file|path)=\"([^\"]*)\"", rest)
        commands.append(" ".join((program, *words)))
    for program, rest in re.findall(r"<executable>(.*?)</executable>(.*?)(?=<executable>|\Z)", text, re.DOTALL):
        words = re.findall(r"<(?:argument|commandlineArgs)>(.*?)</(?:argument|commandlineArgs)>", rest, re.DOTALL)
        commands.append(" ".join((program.strip(), *(word.strip() for word in words))))
    return [_decode(command) for command in commands]


def _decode(text: str) -> str:
    for entity, character in (("&quot;", '"'), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return re.sub(r"\$\{[\w.-]*\.[\w.-]*\}|\$\([\w.]+\)", "${MADE}", text)


def read_generators(text: str, _goals: tuple[str, ...]) -> list[str]:
    """The commands of Go's `//go:generate` lines."""
    return re.findall(r"(?m)^//go:generate\s+(.+)$", text)


def read_earthfile(text: str, _goals: tuple[str, ...]) -> list[str]:
    """The commands of RUN in an Earthfile, in its containers or, behind LOCALLY, on this machine."""
    joined = re.sub(r"\\\n", " ", text)
    return re.findall(r"(?m)^\s*(?:RUN|ENTRYPOINT|CMD)\s+(?:--\S+\s+)*(.+)$", joined)


def read_init_hooks(text: str, _goals: tuple[str, ...]) -> list[str]:
    """The Python code that pylint runs before all else, as a command."""
    hooks = re.findall(r"(?m)^\s*init-hook\s*[=:]\s*(.+(?:\n[ \t]+.+)*)$", text)
    codes = (_unquote(re.sub(r"\n[ \t]+", "\n", hook)) for hook in hooks)
    return [f"python3 -c {shlex.quote(code)}" for code in codes]


def _unquote(text: str) -> str:
    quoted = re.fullmatch(r"\s*([\"'])(.*)\1\s*", text, re.DOTALL)
    return quoted[2].replace('\\"', '"') if quoted else text
