"""What an attempt reads of its base commit: settings, instructions, registries, and the template of pull requests."""

from __future__ import annotations

from functools import partial

from bot.adapters.git import CommitFiles
from bot.core.environment.ecosystems import ecosystems, hosts
from bot.core.failures import FailureKind, TaskFailed
from bot.core.instructions import LARGEST as MOST_OF_INSTRUCTIONS
from bot.core.instructions import Instructions, find_instructions
from bot.core.registries import Destination, lockfiles, registries
from bot.core.repository_settings import FILE, RepositorySettings, RepositorySettingsWrong, read_repository_settings
from bot.core.settings_document import Mistake
from bot.core.wrong_settings import LARGEST, SettingsHaveMistakes, wrong_settings

_LOCKFILE = 5_000_000
_TEMPLATES = ("pull_request_template.md", ".github/pull_request_template.md", "docs/pull_request_template.md")


def settings_of(files: CommitFiles) -> RepositorySettings:
    """The repository's own, or TaskFailed(SETUP_FAILED) that names each mistake: half of them would protect nothing.
    What is read without the commit too is SettingsHaveMistakes: then the whole repository waits."""
    content = None
    try:
        content = _settings_file(files)
        return read_repository_settings(content)
    except RepositorySettingsWrong as wrong:
        detail = f"{FILE} at {files.commit[:10]} is wrong:\n{wrong}"
        if content is None:
            raise TaskFailed(FailureKind.SETUP_FAILED, detail) from None
        raise SettingsHaveMistakes(detail, wrong_settings(content, wrong.mistakes)) from None


def _settings_file(files: CommitFiles) -> bytes | None:
    """None only if there is no file. An unreadable one raises, because its rules would not be applied."""
    near = [path for path in files.paths if path.lower() in (FILE, FILE.replace(".yml", ".yaml"))]
    if misnamed := [Mistake(key=f"`{path}`", says=f"it has to be called `{FILE}`") for path in near if path != FILE]:
        raise RepositorySettingsWrong(misnamed)
    content = files.read(FILE, limit=LARGEST + 1)
    if near and content is None:
        raise RepositorySettingsWrong([Mistake(says="it is no file that can be read")])
    return content


def _text(content: bytes | None) -> str | None:
    return content.decode("utf-8", "replace") if content is not None else None


def instructions_of(files: CommitFiles) -> Instructions:
    """From the base commit alone: what the session writes there instructs no session."""
    return find_instructions(files.paths, partial(files.read_all, limit=MOST_OF_INSTRUCTIONS + 1))


def registries_of(files: CommitFiles) -> frozenset[Destination]:
    """Those of the commit's languages, and those that its lockfiles name: what the session writes into a manifest or a
    lockfile opens nothing."""
    contents = files.read_all(lockfiles(files.paths), limit=_LOCKFILE)
    named = (registries(path, content) for path, content in contents.items())
    return hosts(ecosystems(files.paths)).union(*named)


def template_of(files: CommitFiles) -> str | None:
    """The repository's own pull request template, wherever GitHub looks for one."""
    by_name = {path.lower(): path for path in files.paths}
    for name in _TEMPLATES:
        if name in by_name:
            return _text(files.read(by_name[name]))
    return None
