"""The part of the tour through the simulation that stacks pull requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.rehearsal.github.server import SimulatedGitHub


def see_stacks(walk: Callable[..., Any], repository: str, github: SimulatedGitHub) -> None:
    github.enable_stacks("octo/tools")
    numbers = list[int]()
    for below, branch in (("main", "part/1"), ("part/1", "part/2"), ("part/2", "part/3")):
        github.create_branch("octo/tools", branch, below, by="maria")
        github.push_commit("octo/tools", branch, {branch: "1\n"}, by="maria")
        pull = {"title": branch, "head": branch, "base": below}
        numbers.append(walk("POST", f"{repository}/pulls", pull)["number"])
    made = walk("POST", f"{repository}/stacks", {"pull_requests": numbers[:2]})["number"]
    stack = f"{repository}/stacks/{made}"
    walk("POST", f"{stack}/add", {"pull_requests": numbers[2:]})
    for path in (f"{repository}/stacks", stack, f"{repository}/pulls/{numbers[0]}"):
        walk("GET", path)
    github.merge_pull_request("octo/tools", numbers[0], by="maria")
    walk("POST", f"{stack}/unstack")
