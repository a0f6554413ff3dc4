"""Where a repository's settings are, and where people put them instead: a file that is not read would protect nothing.

Both readers judge by this: an attempt, which has the commit's paths, and the pass, which has listings of GitHub.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from bot.core.facts import PathFacts
from bot.core.repository_settings import FILE
from bot.core.settings_document import Mistake
from bot.core.wrong_settings import WrongSettings, wrong_settings

_FOLDER = posixpath.dirname(FILE)
_BESIDE = frozenset({FILE, f"{_FOLDER}/nightshift.yaml"})
_ABOVE = frozenset({"nightshift.yml", "nightshift.yaml", ".nightshift.yml", ".nightshift.yaml"})
_LINK = "symlink"


def find_misplaced(paths: Iterable[str]) -> list[Mistake]:
    """Files that are meant to be the settings and are not read. At the top of a repository another program's may be,
    so there they count only where the repository has no settings."""
    known = sorted(paths)
    beside = [path for path in known if path.lower() in _BESIDE and path != FILE]
    above = [] if FILE in known else [path for path in known if path.lower() in _ABOVE]
    return [Mistake(key=f"`{path}`", says=f"it has to be called `{FILE}`: `{_move(path)}`") for path in beside + above]


def _move(path: str) -> str:
    made = "" if path.startswith(f"{_FOLDER}/") else f"mkdir -p {_FOLDER} && "
    return f"{made}git mv {path} {FILE}"


def find_link(links: Mapping[str, str]) -> list[Mistake]:
    """`links`: the text of each symbolic link. GitHub shows what one link leads to, and not what a second one does."""
    target = posixpath.normpath(posixpath.join(_FOLDER, links[FILE])) if FILE in links else None
    return [UNREADABLE] if target in links else []


UNREADABLE = Mistake(key=f"`{FILE}`", says="it is not a file that can be read: replace it with the file itself")


def judge_listing(listed: Iterable[PathFacts], *, shows_file: bool) -> WrongSettings | None:
    """`shows_file`: GitHub shows a content for the settings' own name."""
    kinds = {each.path: each.kind for each in listed if each.kind in {"file", _LINK}}
    mistakes = find_misplaced(kinds)
    unreadable = [UNREADABLE] if FILE in kinds and not shows_file else []
    return hold_for(mistakes + unreadable) if mistakes or unreadable else None


def hold_for(mistakes: list[Mistake]) -> WrongSettings:
    """The same version for each reader."""
    return wrong_settings("\n".join(map(str, mistakes)).encode(), mistakes)
