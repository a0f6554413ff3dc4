"""The part of the tour that has GitHub make a tree and a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.rehearsal.tour import Walker


def see_objects(walk: Walker, repository: str) -> None:
    readme = walk("GET", f"{repository}/contents/README.md")["sha"]
    entry = {"path": "a", "mode": "100644", "type": "blob", "sha": readme}
    tree = walk("POST", f"{repository}/git/trees", {"tree": [entry]})["sha"]
    parents = [walk.github.branches("octo/tools")["main"]]
    walk("POST", f"{repository}/git/commits", {"message": "A", "tree": tree, "parents": parents})
