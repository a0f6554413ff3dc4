"""Walks a tree that hostile code made, or still changes: by descriptors, so that no path is too long and no link is
followed, and only to a fixed depth, so that no walk runs out of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

DEEPEST = 250
"""Folders within each other. Build trees and installed packages stay below sixty."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class TooDeep(Exception):
    """A tree has more folders within each other than are walked."""


def walk(root: Path, shut: Callable[[os.DirEntry[str]], None]) -> Iterator[tuple[int, os.DirEntry[str]]]:
    """Each entry below `root`, with the descriptor of its folder, before what is in it. `shut` is called with each
    folder that may not be entered. What was removed meanwhile is left out. Raises TooDeep."""
    try:
        opened = [os.open(root, _FOLDER)]
    except OSError:
        return
    listings = [os.scandir(opened[0])]
    try:
        while listings:
            if (entry := next(listings[-1], None)) is None:
                listings.pop().close()
                os.close(opened.pop())
                continue
            yield opened[-1], entry
            if entry.is_dir(follow_symlinks=False) and (inner := _enter(entry, opened[-1], shut)) is not None:
                opened.append(inner)
                if len(opened) > DEEPEST:
                    raise TooDeep
                listings.append(os.scandir(inner))
    finally:
        for listing in listings:
            listing.close()
        for descriptor in opened:
            os.close(descriptor)


def _enter(entry: os.DirEntry[str], folder: int, shut: Callable[[os.DirEntry[str]], None]) -> int | None:
    try:
        return os.open(entry.name, _FOLDER, dir_fd=folder)
    except PermissionError:
        shut(entry)
    except OSError:
        pass  # it was removed, or is not a folder any more
    return None
