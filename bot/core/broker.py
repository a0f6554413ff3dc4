"""What may be published: judgments over changes as values, made by the host and never by the agent.

Each returns what is wrong, for a person; an empty answer means that nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from bot.core.changes import FileChange, Note
from bot.core.embedded import find_embedded_settings, has_settings
from bot.core.folders import heaviest_folder
from bot.core.globs import covers, first_match
from bot.core.links import destination, is_within
from bot.core.protected import FIXED, FOLLOWED, GIT_HOOKS, KINDS, ProtectedKind
from bot.core.repository_settings import RepositoryLimits

_NAMED = 20
_NO_LINKS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The changed paths that are special, each with its reason: `refused` is not published, `flagged` is, and named
    first."""

    refused: tuple[Note, ...] = ()
    flagged: tuple[Note, ...] = ()


def sort_protected(
    changes: Iterable[FileChange],
    *,
    protected: Iterable[str] = (),
    flagged: Iterable[str] = (),
    links: Mapping[str, str] = _NO_LINKS,
) -> Sorted:
    """`protected` and `flagged`: the repository's own lists. What it protects itself it cannot downgrade, nor what is
    FIXED; everything else that `flagged` names is published. `links`: the base commit's, with what they say."""
    own, downgraded = tuple(protected), tuple(flagged)
    behind = _behind_links(links, own, downgraded)
    refused: dict[str, dict[str, None]] = {}
    named: dict[str, dict[str, None]] = {}
    for change in changes:
        reasons = _reasons(change, own, behind)
        for path in change.paths:
            published = first_match(path, downgraded) is not None
            if published and not any(covers(pattern, path) for pattern in (*FIXED, *own)):
                why = reasons.get(path, ["the repository's settings name it"])
                named.setdefault(path, {}).update(dict.fromkeys(why))
            elif path in reasons:
                refused.setdefault(path, {}).update(dict.fromkeys(reasons[path]))
    return Sorted(refused=_notes(refused), flagged=_notes(named))


def _notes(reasons: dict[str, dict[str, None]]) -> tuple[Note, ...]:
    return tuple(Note(path, "; ".join(why)) for path, why in reasons.items())


def _behind_links(links: Mapping[str, str], own: Iterable[str], downgraded: Iterable[str]) -> dict[str, str]:
    """Where protected links lead, with the reason: programs follow them, and so do `.cursor -> tooling`'s rules."""
    found: dict[str, str] = {}
    for link in links:
        kinds = [kind.why for kind in _kinds(link, may_be_link=True) if kind in FOLLOWED]
        kinds += [GIT_HOOKS.why] if has_settings(link) else []
        if any(covers(pattern, link) for pattern in own):
            kinds.append("the repository's settings protect it")
        target = destination(link, links) if kinds and first_match(link, downgraded) is None else None
        if target is not None:
            found[target] = f"{link} leads to it, and {kinds[0].replace('it ', 'that ', 1)}"
    return found


def _reasons(change: FileChange, own: Iterable[str], behind: Mapping[str, str]) -> dict[str, list[str]]:
    """Why each of the change's paths is protected, for those that are."""
    found: dict[str, list[str]] = {}
    for path in change.paths:
        found[path] = [kind.why for kind in _kinds(path, may_be_link=change.may_be_link)]
        if any(covers(pattern, path, may_be_link=change.may_be_link) for pattern in own):
            found[path].append("the repository's settings protect it")
        found[path] += [why for target, why in behind.items() if is_within(path, target)]
    for kind, what in find_embedded_settings(change):
        found[change.path].append(f"{what}: {kind.why}")
    return {path: reasons for path, reasons in found.items() if reasons}


@lru_cache(maxsize=32_768)  # a path is in many commits, and the list is long
def _kinds(path: str, *, may_be_link: bool) -> tuple[ProtectedKind, ...]:
    return tuple(
        kind for kind in KINDS if any(covers(pattern, path, may_be_link=may_be_link) for pattern in kind.patterns)
    )


def excesses(limits: RepositoryLimits, *, whole: Sequence[FileChange], committed: Sequence[FileChange]) -> list[str]:
    """What is larger than the limits, each with its figure, the folder responsible, and the limit. `whole`: the change
    as a whole; `committed`: by commit."""
    figures = (
        ([(change.path, 1) for change in whole], limits.files, "files changed"),
        ([(change.path, _lines(change)) for change in whole], limits.lines, "lines added and removed"),
        ([(change.path, change.added_bytes) for change in committed], limits.bytes, "bytes added by its commits"),
    )
    return [_excess(parts, what, limit) for parts, limit, what in figures if sum(size for _, size in parts) > limit]


def _excess(parts: Sequence[tuple[str, int]], what: str, limit: int) -> str:
    folder = heaviest_folder(parts)
    inside = sum(size for path, size in parts if path.startswith(folder))
    where = f", {inside:,} of them in `{folder}`" if folder else ""
    return f"{sum(size for _, size in parts):,} {what}{where}; the limit is {limit:,}"


def _lines(change: FileChange) -> int:
    return len(change.added) + len(change.removed)


def list_paths(notes: Iterable[Note]) -> str:
    """Paths with their reasons for a person, one to a line, not too many."""
    every = [f"{note.path}: {note.what}" for note in notes]
    more = [f"and {len(every) - _NAMED} more"] if len(every) > _NAMED else []
    return "\n".join([*every[:_NAMED], *more])
