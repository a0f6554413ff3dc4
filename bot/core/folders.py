"""Where most of many files are: what a person needs to know of a change that is too large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def fullest_folder(paths: Iterable[str]) -> str:
    """The innermost folder that holds more than half of the files, with a slash at its end; empty if none does."""
    left = [path.split("/") for path in paths]
    enough, folder = len(left) // 2 + 1, list[str]()
    while True:
        deeper = Counter(parts[len(folder)] for parts in left if len(parts) > len(folder) + 1)
        name, count = next(iter(deeper.most_common(1)), ("", 0))
        if count < enough:
            return "".join(f"{part}/" for part in folder)
        folder.append(name)
        left = [parts for parts in left if parts[: len(folder)] == folder]


def most_of_them(paths: Iterable[str]) -> str:
    """What a sentence about too many files ends with: where most of them are, and how many. Empty if no folder holds
    more than half of them."""
    every = list(paths)
    folder = fullest_folder(every)
    count = sum(path.startswith(folder) for path in every)
    return f", {count:,} of them in `{folder}`" if folder else ""
