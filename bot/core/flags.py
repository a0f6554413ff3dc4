"""What people should look at before anything else: published, but named in the first lines of the pull request."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from bot.core.changes import FileChange, Note
from bot.core.install_scripts import install_scripts
from bot.core.packages import package_changes
from bot.core.shadowing import shadowing
from bot.core.steering import steering_changed


def flags(
    changes: Sequence[FileChange],
    *,
    downgraded: Iterable[Note] = (),
    commands: Iterable[str] = (),
    known: Collection[str] = (),
) -> tuple[Note, ...]:
    """The most serious first. `downgraded`: protected paths that the repository's settings let pass; `commands`: what
    the checks run; `known`: the base commit's paths."""
    found = (
        *downgraded,
        *shadowing(changes, known),
        *steering_changed(changes, commands),
        *install_scripts(changes),
        *package_changes(changes),
    )
    return tuple(dict.fromkeys(found))
