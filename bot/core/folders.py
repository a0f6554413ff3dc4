"""Where most of many files are: what a person needs to know of a change that is too large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def fullest_folder(paths: Iterable[str]) -> str:
    """The innermost folder that holds more than half of the files, with a slash at its end; empty if none does."""
    return heaviest_folder((path, 1) for path in paths)


def heaviest_folder(sizes: Iterable[tuple[str, int]]) -> str:
    """The same of files that count for more than one: each path with its size."""
    left = [(path.split("/"), size) for path, size in sizes]
    enough, folder = sum(size for _, size in left) // 2 + 1, list[str]()
    while True:
        deeper = Counter[str]()
        for parts, size in left:
            if len(parts) > len(folder) + 1:
                deeper[parts[len(folder)]] += size
        name, weight = next(iter(deeper.most_common(1)), ("", 0))
        if weight < enough:
            return "".join(f"{part}/" for part in folder)
        folder.append(name)
        left = [(parts, size) for parts, size in left if parts[: len(folder)] == folder]


def most_of_them(paths: Iterable[str]) -> str:
    """What a sentence about too many files ends with: where most of them are, and how many. Empty if no folder holds
    more than half of them."""
    every = list(paths)
    folder = fullest_folder(every)
    count = sum(path.startswith(folder) for path in every)
    return f", {count:,} of them in `{folder}`" if folder else ""
