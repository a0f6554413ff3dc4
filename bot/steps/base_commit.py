"""What an attempt reads of its base commit: settings, instructions, registries, and the template of pull requests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bot.adapters.git import CommitFiles
from bot.core.environment.ecosystems import ecosystems, hosts
from bot.core.instructions import LARGEST as MOST_OF_INSTRUCTIONS
from bot.core.instructions import Instructions, find_instructions
from bot.core.registries import Destination, lockfiles, registries
from bot.core.repository_settings import FILE, RepositorySettings, RepositorySettingsWrong, read_repository_settings
from bot.core.settings_document import Mistake
from bot.core.settings_place import UNREADABLE, find_link, find_misplaced, hold_for
from bot.core.wrong_settings import LARGEST, SettingsHaveMistakes, WrongSettings, wrong_settings

_LOCKFILE = 5_000_000
_TEMPLATES = ("pull_request_template.md", ".github/pull_request_template.md", "docs/pull_request_template.md")


def settings_of(files: CommitFiles) -> RepositorySettings:
    """The repository's own, or SettingsHaveMistakes that names each mistake, and then the whole repository waits: half
    of them would protect nothing."""
    if mistakes := find_misplaced(files.paths) or find_link(files.links):
        raise _wrong(files, mistakes, hold_for(mistakes))
    content = files.read(FILE, limit=LARGEST + 1)
    if content is None and FILE in files.paths:
        raise _wrong(files, [UNREADABLE], hold_for([UNREADABLE]))
    try:
        return read_repository_settings(content)
    except RepositorySettingsWrong as wrong:
        raise _wrong(files, wrong.mistakes, wrong_settings(content or b"", wrong.mistakes)) from None


def _wrong(files: CommitFiles, mistakes: Sequence[Mistake], held: WrongSettings) -> SettingsHaveMistakes:
    detail = "\n".join(map(str, mistakes))
    return SettingsHaveMistakes(f"{FILE} at {files.commit[:10]} is wrong:\n{detail}", held)


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
