"""How the tests of workspaces commit in one and collect its work."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.adapters.git import Collected, Mirror, Workspace
from tests.adapters.conftest import OCTO, by


def collect(
    mirror: Mirror,
    workspace: Workspace,
    base: str,
    *,
    confine: Callable[[list[str]], list[str]] = lambda command: command,
    never: Iterable[str] = (),
) -> Collected | None:
    """All that is accepted here is in the mirror then."""
    with mirror.quarantine(workspace.path.with_name("quarantine.git")) as quarantine:
        work = quarantine.collect(
            workspace,
            branch="auto/1",
            base=base,
            message="Keep the rest",
            rewriting=by(OCTO),
            most_files=100,
            confine=confine,
            never=never,
        )
        if work is not None:
            quarantine.release(work.head, "auto/1")
        return work


def collected(
    mirror: Mirror,
    workspace: Workspace,
    base: str,
    *,
    confine: Callable[[list[str]], list[str]] = lambda command: command,
    never: Iterable[str] = (),
) -> Collected:
    work = collect(mirror, workspace, base, confine=confine, never=never)
    assert work is not None
    return work


def changed(mirror: Mirror, base: str, work: Collected) -> dict[str, tuple[int, int]]:
    """The files that the work changes, each with how many lines it adds and removes."""
    return {each.path: (len(each.added), len(each.removed)) for each in mirror.changes(base, work.head)}
