"""Sessions and settings of a repository, for the stories of what is published."""

from __future__ import annotations

from tests.stories.world import World, bash, finish


def settings(world: World, text: str) -> None:
    """The repository has a `.github/nightshift.yml`."""
    world.github.push_commit("octo/clock", "main", {".github/nightshift.yml": text}, by="ada")


def commits(*commands: str) -> list[dict[str, object]]:
    return [*(bash(command) for command in commands), bash("git add -A && git commit -qm 'Do it'"), finish()]
