"""The host's tools for the commands of one repository: what the operator has, and the versions that its files name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.adapters.git import CommitFiles
from bot.adapters.installed import ToolSelection, select_tools
from bot.adapters.settings import Settings
from bot.adapters.tools import Toolbox, find_tools
from bot.core.changes import Note
from bot.core.version_files import VERSION_FILES

_LARGEST = 1_000_000  # bytes of a file that names versions


def tools_of(settings: Settings, environment: Mapping[str, str]) -> Toolbox:
    """As `TOOLS` says, or as the operator has them in `environment`. What is private to Nightshift is none of them."""
    private = (settings.data_dir, Path(".env"), *filter(None, [settings.github_app_private_key_file]))
    home = Path(environment.get("HOME", "") or "/nonexistent")
    return find_tools(settings.tools, environment, home=home, private=private)


def tools_for(toolbox: Toolbox, files: CommitFiles) -> ToolSelection:
    """The tools that the files of a commit name, as they are on this host."""
    listed = set(files.paths)
    contents = files.read_all([path for path in VERSION_FILES if path in listed], limit=_LARGEST)
    texts = {path: content.decode("utf-8", "replace") for path, content in contents.items()}
    return select_tools(toolbox, texts.get)


def notes_of(selection: ToolSelection) -> tuple[Note, ...]:
    """What the reviewer should know of the tools that the checks ran with."""
    return tuple(Note(path=each.tool.origin, what=each.what) for each in selection.missing)
