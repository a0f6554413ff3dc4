"""GitHub's native stacks of pull requests, a preview: a repository without it answers 404.

https://docs.github.com/en/rest/pulls/stacks
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from bot.adapters.github import reading
from bot.adapters.github.errors import GitHubFailed
from bot.adapters.github.writing import Writing
from bot.core.native_stacks import NativeStack


class NativeStacks(Writing):
    """Every method raises GitHubFailed."""

    def native_stack(self, repository: str, pull: int) -> NativeStack | None:
        """The one that a pull request is part of. 404: the repository has no such thing."""
        pages = self._pages(self._as(repository), f"/repos/{repository}/stacks", _read_stack, pull_request=str(pull))
        return next(chain.from_iterable(pages), None)

    def create_native_stack(self, repository: str, pulls: Sequence[int]) -> int:
        """Of open pull requests, from the bottom to the top. Returns its number. 422 for what is no chain, and where
        one is part of a stack already."""
        return self._send("POST", repository, "stacks", {"pull_requests": list(pulls)}, reading.number)

    def add_to_native_stack(self, repository: str, number: int, pulls: Sequence[int]) -> None:
        """On its top."""
        self._send("POST", repository, f"stacks/{number}/add", {"pull_requests": list(pulls)})

    def dissolve_native_stack(self, repository: str, number: int) -> None:
        """All that is not merged leaves it. Repeating it changes nothing."""
        try:
            self._send("POST", repository, f"stacks/{number}/unstack", may_be_empty=True)
        except GitHubFailed as error:
            if not error.gone:
                raise


def _read_stack(shown: Any) -> NativeStack:
    shown = reading.as_object(shown)
    members = map(reading.as_object, reading.as_a(list, shown["pull_requests"]))
    still_open = (each for each in members if each["state"] == "open")
    return NativeStack(
        number=reading.as_a(int, shown["number"]),
        pulls=tuple(reading.as_a(int, each["number"]) for each in still_open),
    )
