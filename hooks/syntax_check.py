"""Reports to Claude, right after an edit, that a file no longer parses. Advice only: it never blocks, keeps no state.

Runs in Claude Code's cell as a separate file (PostToolUse on Edit, Write, NotebookEdit), so it imports nothing of the
project. Parsers that are programs run where a session's commands run, because a file may be written to attack them.
The gate, on the host, uses this module's own parsers only (`check_content`), when a session says that it is complete.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

SECONDS = 10
PATH = "/usr/local/bin:/usr/bin:/bin"
SIZE_LIMIT = 2 * 1024 * 1024
SHOWN = 600


def check_file(path: Path) -> str:
    """What is wrong with a file's syntax, or "": it parses, or no checker knows it."""
    checker = CHECKERS.get(path.suffix.lower())
    try:
        if checker is None or not path.is_file() or path.is_symlink() or path.stat().st_size > SIZE_LIMIT:
            return ""
        found = checker(path)
    except (OSError, RecursionError, MemoryError):
        return ""
    return f"{path.name}: {found.strip()[:SHOWN]}" if found else ""


def check_content(path: Path, content: bytes) -> str:
    """As `check_file`, of content that was read already, and by this module's own parsers alone."""
    parser = PARSERS.get(path.suffix.lower())
    try:
        found = parser(path, content) if parser else ""
    except (RecursionError, MemoryError):
        return ""
    return f"{path.name}: {found.strip()[:SHOWN]}" if found else ""


def _check_python(path: Path, content: bytes) -> str:
    try:
        compile(content, path.name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _check_json(path: Path, content: bytes) -> str:
    if path.name in {"tsconfig.json", "jsconfig.json", "devcontainer.json"} or ".vscode" in path.parts:
        return ""  # these files may hold comments
    try:
        json.loads(content.decode("utf-8-sig", "replace"))
    except ValueError as error:
        return f"invalid JSON: {error}"
    return ""


def _check_toml(_path: Path, content: bytes) -> str:
    try:
        tomllib.loads(content.decode("utf-8", "replace"))
    except tomllib.TOMLDecodeError as error:
        return f"invalid TOML: {error}"
    return ""


def _check_yaml(_path: Path, content: bytes) -> str:
    try:
        import yaml  # noqa: PLC0415 -- optional: the cell's Python may lack it
    except ImportError:
        return ""
    try:
        for _ in yaml.compose_all(content.decode("utf-8", "replace"), Loader=yaml.SafeLoader):
            pass
    except yaml.YAMLError as error:
        return f"invalid YAML: {error}"
    return ""


PARSERS: dict[str, Callable[[Path, bytes], str]] = {
    ".py": _check_python,
    ".pyi": _check_python,
    ".json": _check_json,
    ".ipynb": _check_json,
    ".toml": _check_toml,
    ".yml": _check_yaml,
    ".yaml": _check_yaml,
}


def _parse_file(path: Path) -> str:
    return PARSERS[path.suffix.lower()](path, path.read_bytes())


def _checker(*command: str, complains: Callable[[str], str] = str, by_name: bool = True) -> Callable[[Path], str]:
    """A checker that runs a program on the file, if the program is there, and passes on what it `complains` of.

    By name, or over standard input, where a program would otherwise go on to files that this one names.
    """

    def checker(path: Path) -> str:
        program = shutil.which(command[0], path=PATH)
        if program is None:
            return ""
        try:
            with path.open("rb") as content:
                ended = subprocess.run(
                    _in_cell_of_commands([program, *command[1:], *([str(path)] if by_name else [])]),
                    stdin=subprocess.DEVNULL if by_name else content,
                    capture_output=True,
                    timeout=SECONDS,
                    check=False,
                    cwd="/",
                    env={"PATH": PATH, "HOME": "/nonexistent", "LANG": "C.UTF-8"},
                )
        except subprocess.TimeoutExpired:
            return ""
        return complains((ended.stderr or ended.stdout).decode("utf-8", "replace")) if ended.returncode else ""

    return checker


def _in_cell_of_commands(command: list[str]) -> list[str]:
    """Claude Code in its cell has a program that it starts in place of a shell, and that runs commands in others."""
    shell = os.environ.get("CLAUDE_CODE_SHELL_PREFIX")
    return [shell, shlex.join(command)] if shell else command


def keep_syntax_errors(said: str) -> str:
    """TypeScript numbers its errors of syntax from 1000 to 1999; types and imports are not this check's business."""
    return "\n".join(line for line in said.splitlines() if re.search(r"\berror TS1\d{3}:", line))


def keep_placed_errors(said: str) -> str:
    """An error of syntax comes with its place; without one the formatter itself could not run."""
    return said if " --> " in said else ""


_TYPESCRIPT = _checker(
    *("tsc", "--noEmit", "--noResolve", "--skipLibCheck", "--jsx", "preserve", "--pretty", "false"),
    complains=keep_syntax_errors,
)


CHECKERS: dict[str, Callable[[Path], str]] = {
    **dict.fromkeys(PARSERS, _parse_file),
    ".js": _checker("node", "--check"),
    ".mjs": _checker("node", "--check"),
    ".cjs": _checker("node", "--check"),
    ".ts": _TYPESCRIPT,
    ".mts": _TYPESCRIPT,
    ".tsx": _TYPESCRIPT,
    ".rs": _checker("rustfmt", "--edition", "2021", complains=keep_placed_errors, by_name=False),
    ".sh": _checker("bash", "-n"),
    ".bash": _checker("bash", "-n"),
    ".go": _checker("gofmt", "-l", "-e"),
    ".rb": _checker("ruby", "-c"),
    ".php": _checker("php", "-l"),
}


def main() -> int:
    """Read the hook's call; exit code 2 hands standard error to Claude, which continues."""
    try:
        tool_input = json.load(sys.stdin)["tool_input"]
        path = Path(tool_input.get("file_path") or tool_input["notebook_path"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0
    found = check_file(path)
    if not found:
        return 0
    sys.stderr.write(f"The file does not parse after this edit; fix it before you go on.\n{found}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
