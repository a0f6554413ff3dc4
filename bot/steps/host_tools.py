"""The host's tools for the commands of one repository: what the operator has, and the versions that its files name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git import CommitFiles, history
from bot.adapters.git.commit_files import files_of
from bot.adapters.installed import ToolSelection, select_tools
from bot.adapters.services import find_services
from bot.adapters.settings import Settings
from bot.adapters.tools import Toolbox, find_tools
from bot.core.changes import Note
from bot.core.failures import TaskFailed
from bot.core.services import KINDS, describe_missing, how_to_install
from bot.core.version_files import VERSION_FILES
from bot.steps.base_commit import settings_of

_LARGEST = 1_000_000  # bytes of a file that names versions


def tools_of(settings: Settings, environment: Mapping[str, str]) -> Toolbox:
    """As `TOOLS` says, or as the operator has them in `environment`. What is private to Nightshift is none of them."""
    keys = (settings.github_app_private_key_file, settings.signing_key_file)
    private = (settings.data_dir, Path(".env"), *filter(None, keys))
    home = Path(environment.get("HOME", "") or "/nonexistent")
    return find_tools(settings.tools, environment, home=home, private=private)


def tools_for(toolbox: Toolbox, files: CommitFiles) -> ToolSelection:
    """The tools that the files of a commit name, as they are on this host."""
    listed = set(files.paths)
    contents = files.read_all([path for path in VERSION_FILES if path in listed], limit=_LARGEST)
    texts = {path: content.decode("utf-8", "replace") for path, content in contents.items()}
    return select_tools(toolbox, texts.get)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostReport:
    """What of a repository's tools and services is on this host: `here` and `missing` in words, `fix` what to do."""

    here: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    fix: str = ""


def mirror_of(settings: Settings, repository: str) -> Path:
    return settings.data_dir.absolute() / "mirrors" / f"{repository}.git"


def report_host(toolbox: Toolbox, mirror: Path, branch: str) -> HostReport | None:
    """Of a repository's branch as its mirror has it; None if that holds no such branch yet, or cannot be read."""
    if (commit := history.resolve(mirror, f"refs/remotes/origin/{branch}") if mirror.is_dir() else None) is None:
        return None
    try:
        files = files_of(mirror, commit)
        selection = tools_for(toolbox, files)
        settings = settings_of(files)
    except TaskFailed:
        return None  # its tasks report that
    services = find_services(settings.services, toolbox.path)
    missing = (*map(str, selection.missing), *map(describe_missing, services.missing))
    named = {each.tool for each in selection.missing}
    here = (str(tool) for tool in selection.named if tool not in named)
    fixes = ["install them, or name their folder in TOOLS"] if selection.missing else []
    fixes += [how_to_install(services.missing)] if services.missing else []
    titles = (KINDS[service.kind].title for service in services.found)
    return HostReport(here=(*here, *titles), missing=missing, fix="; ".join(fixes))


def explain_missing(obstacle: str, selection: ToolSelection) -> str:
    """Why a command could not run, with the version that the repository asks for where its tool was not found."""
    words = obstacle.replace(":", " ").replace("`", " ").split()
    named = [str(each) for each in selection.missing if each.tool.name in words and not each.others]
    return "; ".join([obstacle, *named]) if obstacle else ""


def notes_of(selection: ToolSelection) -> tuple[Note, ...]:
    """What the reviewer should know of the tools that the checks ran with."""
    return tuple(Note(path=each.tool.origin, what=each.what) for each in selection.missing)
