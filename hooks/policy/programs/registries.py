"""Where packages come from: another registry may have another package of the same name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.programs.variables import check_assignment
from hooks.policy.shell.values import UNKNOWN, program_name
from hooks.policy.tables import read_list, variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hooks.policy.options import Options
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

REGISTRY_OPTIONS = (
    "--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--index", "--default-index", "--pypi-mirror",
    "--registry", "--source", "--server", "--only-server", "--mirror", "--channel", "--override-channels",
)  # fmt: skip
SETTINGS_FILES = (
    ".npmrc", ".yarnrc", ".yarnrc.yml", "bunfig.toml", "pip.conf", "uv.toml", ".cargo/config.toml", ".cargo/config",
    "nuget.config", "NuGet.Config", ".bundle/config", ".condarc", "pdm.toml", ".pdm.toml", "poetry.toml",
)  # fmt: skip
"""Files in which package managers look for their settings, beside the manifest or above it."""
SETTING = re.compile(r"^\s*[\"'<]?(?P<name>[\w@/.:-]+?)[\"']?\s*[=:]\s*[\"']?(?P<value>[^\s\"']+)", re.MULTILINE)
SOURCE_LINE = re.compile(r"registr|index|mirror|source|server|channel|replace|add\b", re.IGNORECASE)
URL = re.compile(r"(?:sparse\+|git\+)?(?:https?|git|file|ssh)://[^\s\"'<>,\]]+")


def is_official(source: str) -> bool:
    """Whether it is a registry that package managers ask by themselves, or one on this machine."""
    return re.fullmatch(variables()["registries"].harmless, source, re.DOTALL) is not None


def check_registry_options(options: Options, names: tuple[str, ...], command: Command, shell: Shell) -> None:
    """Options that name a registry; a local folder with `--no-index` is none."""
    for source in options.values(*names):
        if not is_official(source) and not (options.has("--no-index") and "://" not in source):
            shell.refuse("remote.package", (*command.argv[:2], source))


def check_settings_files(folder: str, command: Command, shell: Shell) -> None:
    """A settings file that this session wrote counts as an option on the command line."""
    for path in shell.resolve(folder):
        for file in _settings_above(path, shell):
            if shell.memory.is_own_file(file, shell.scope):
                _check_settings(file, shell.memory.read_content(file)[1] or "", command, shell)


def _settings_above(folder: str | None, shell: Shell) -> Iterator[str]:
    while folder and paths.is_inside(folder, str(shell.context.workspace)):
        yield from (f"{folder}/{name}" for name in SETTINGS_FILES)
        folder = str(Path(folder).parent)


def _check_settings(file: str, text: str, command: Command, shell: Shell) -> None:
    if file.endswith("npmrc"):
        for setting in SETTING.finditer(text):
            check_assignment(f"npm_config_{setting['name']}", setting["value"], shell)
    for line in filter(SOURCE_LINE.search, text.splitlines()):
        if any(not is_official(url) for url in URL.findall(line)):
            shell.refuse("remote.package", (*command.argv[:2], line.strip()))


REQUIREMENT_SOURCE = re.compile(
    r"^\s*(?:-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host)[\s=]+(\S+)", re.MULTILINE
)


UNKNOWN_LINE = re.compile(rf"^\s*{UNKNOWN}", re.MULTILINE)
LISTERS = frozenset(
    {"pip", "pip3", "uv", "poetry", "pdm", "pipenv", "hatch", "rye", "python", "python3", "pip-compile"}
)


def _lists_installed(path: str, shell: Shell) -> bool:
    """`pip freeze > requirements.txt`, `grep -v x requirements.txt > new.txt`: from what was installed or listed."""
    draft = shell.memory.drafts.get(path)
    names = [program_name(argv[0]) for argv in draft.sources if argv] if draft else []
    return (
        bool(names) and all(name in LISTERS or name in read_list("text_editors") for name in names) and names != ["cat"]
    )


def check_requirements(name: str, command: Command, shell: Shell) -> None:
    """A requirements file that this session wrote must not name another index, nor code at an address."""
    for path in shell.resolve(name):
        if path is not None and shell.memory.is_fetched(path):
            shell.refuse("remote.code", command.argv)
        if path is None or not shell.memory.is_own_file(path, shell.scope):
            continue
        text = shell.memory.read_content(path)[1]
        if (text is None and not _lists_installed(path, shell)) or UNKNOWN_LINE.search(text or ""):
            shell.refuse_unless_lenient("unresolved.code", command.argv)
        text = text or ""
        if re.search(r"^\s*(-e\s+)?([\w.\[\]-]+\s*@\s*)?(git\+|https?://)", text, re.MULTILINE):
            shell.refuse("remote.code", command.argv)
        for source in REQUIREMENT_SOURCE.findall(text):
            if not is_official(source):
                shell.refuse("remote.package", (*command.argv[:2], source))
