"""Set-ups that a repository wrote for other tools: the setup steps of Copilot, devcontainers, OpenHands.

They were written for other machines. A step that needs root or an expression of GitHub's is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from bot.core.documents import Unreadable, read_yaml
from bot.core.environment.values import Command, Origin, SetUp, Tree, quote_word
from bot.core.untrusted import as_dict, as_dicts, as_list, as_str

WORKFLOWS = (".github/workflows/copilot-setup-steps.yml", ".github/workflows/copilot-setup-steps.yaml")
_JOB = "copilot-setup-steps"
_DEVCONTAINERS = (".devcontainer/devcontainer.json", ".devcontainer.json")
_NESTED = re.compile(r"\.devcontainer/[^/]+/devcontainer\.json")
_KEYS = ("onCreateCommand", "updateContentCommand", "postCreateCommand")
_OPENHANDS = ".openhands/setup.sh"
_NEEDS_MORE = re.compile(
    r"\$\{\{|\bsudo\b|\b(?:apt|apt-get|apk|dnf|yum|brew)\s+(?:-\S+\s+)*(?:install|update|add|upgrade)\b"
)
_NAME = re.compile(r"[A-Za-z_]\w*")
_JSONC = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|,(?=(?:\s|//[^\n]*|/\*.*?\*/)*[}\]])', re.DOTALL)
_VARIABLE = re.compile(r"\$\{(\w+)(?::([^}:]*))?(?::[^}]*)?\}")


def borrow_set_up(tree: Tree) -> SetUp | None:
    """The first of them that has a command which can run here; None if there is none."""
    for origin, commands in (
        (Origin.WORKFLOW, _workflow),
        (Origin.DEVCONTAINER, _devcontainer),
        (Origin.OPENHANDS, _openhands),
    ):
        if found := tuple(commands(tree)):
            return SetUp(origin=origin, commands=found)
    return None


def _workflow(tree: Tree) -> Iterator[Command]:
    path = next((path for path in WORKFLOWS if path in tree.paths), "")
    try:
        job = as_dict(as_dict(read_yaml(tree.text(path).encode()).get("jobs")).get(_JOB))
    except Unreadable:
        return
    for step in as_dicts(job.get("steps")):
        run = as_str(step.get("run")).strip()
        if run and not _NEEDS_MORE.search(run):
            folder = as_str(step.get("working-directory"))
            exports = _exports({**as_dict(job.get("env")), **as_dict(step.get("env"))})
            text = f"{exports}{f'cd {quote_word(folder)} && ' if folder else ''}{run}"
            yield Command(text=f"({text}\n)" if folder or exports else text, reason=path)


def _exports(variables: dict[str, object]) -> str:
    values = {name: str(value) for name, value in variables.items() if isinstance(value, str | int | float)}
    return "".join(
        f"export {name}={quote_word(value)}; "
        for name, value in values.items()
        if _NAME.fullmatch(name) and "${{" not in value
    )


def _devcontainer(tree: Tree) -> Iterator[Command]:
    nested = sorted(path for path in tree.paths if _NESTED.fullmatch(path))
    path = next((path for path in (*_DEVCONTAINERS, *nested) if path in tree.paths), "")
    try:
        document = as_dict(json.loads(without_comments(tree.text(path)) or "{}"))
    except (ValueError, RecursionError):
        return
    for key in _KEYS:
        for text in _of_devcontainer(document.get(key)):
            if text.strip() and not _NEEDS_MORE.search(text):
                yield Command(text=_substitute(text), reason=f"{key} in {path}")


def _of_devcontainer(value: object) -> Iterator[str]:
    """A text for a shell, a list of words, or several of them by name."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield " ".join(map(_word, map(as_str, as_list(value))))
    elif isinstance(value, dict):
        for each in value.values():
            yield from () if isinstance(each, dict) else _of_devcontainer(each)


def _word(word: str) -> str:
    """A word of a list, which no shell reads; a variable in it is put in its place all the same."""
    return quote_word(word) if not _VARIABLE.search(word) else "".join(map(_piece, _pieces(word)))


def _pieces(word: str) -> Iterator[str]:
    start = 0
    for found in _VARIABLE.finditer(word):
        yield from (word[start : found.start()], found[0])
        start = found.end()
    yield word[start:]


def _piece(piece: str) -> str:
    return piece if _VARIABLE.fullmatch(piece) or not piece else quote_word(piece)


def _substitute(text: str) -> str:
    """With the container's variables as a shell in the checkout has them."""
    return _VARIABLE.sub(_variable, text)


def _variable(found: re.Match[str]) -> str:
    if found[1] in {"containerWorkspaceFolder", "localWorkspaceFolder"}:
        return '"$PWD"'
    if found[1].endswith("WorkspaceFolderBasename"):
        return '"$(basename "$PWD")"'
    return f'"${{{found[2]}-}}"' if found[1] in {"containerEnv", "localEnv"} and found[2] else found[0]


def without_comments(text: str) -> str:
    """JSON with comments and trailing commas as JSON without."""
    return _JSONC.sub(lambda found: found[1] or "", text)


def _openhands(tree: Tree) -> Iterator[Command]:
    if tree.text(_OPENHANDS).strip():
        yield Command(text=f"bash {_OPENHANDS}", reason=_OPENHANDS)
