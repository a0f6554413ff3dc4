"""The name that the tables know a program by, in whatever folder, version or edition it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from hooks.policy.tables import program_names, read_list

INTERPRETERS = {
    "python": "python", "pip": "pip", "ruby": "ruby", "node": "node", "perl": "perl", "php": "php", "lua": "lua",
    "luajit": "lua", "gcc": "gcc", "clang": "clang", "pypy": "python", "psql": "psql", "tclsh": "tclsh", "bash": "bash",
}  # fmt: skip
"""Programs that are known by one name whatever their version, wherever they lie."""
VERSION = re.compile(
    r"(?P<name>[A-Za-z].*?[A-Za-z])[-_.]?v?(?P<number>\d+(\.\d+)*)([-_.]?(rc|beta|alpha|dev)[.-]?\d*)?"
)
PLATFORM = re.compile(
    r"[-_.](linux|darwin|macos|windows|freebsd|amd64|x86_64|x64|i386|arm64|aarch64|musl|gnu|static)\d*"
)
EDITION = re.compile(r"-(rs|cli|bin|real|orig|stable|latest|edge|nightly|ng)")
GNU = re.compile(r"(g|gnu|uu[-_]?)(?=\w)")
"""`gfind` and `grm` on systems whose own tools are others, `uu-rm` of the rewritten ones."""


@lru_cache(maxsize=4096)
def find_program_name(word: str) -> str:
    """The name without folders and version: `/usr/bin/python3.11` is `python`, `kubectl-1.29` is `kubectl`."""
    name = word.rstrip("/").rpartition("/")[2].removeprefix("^")  # nu marks other programs so
    for suffix in (".exe", ".cmd"):
        name = name.removesuffix(suffix)
    if name[-1:].isdigit() and (interpreter := INTERPRETERS.get(name.rstrip("0123456789.-"))):
        return interpreter
    known = program_names()
    if name in known:
        return name
    is_local = "/" in word and not word.startswith("/")
    return next((each for each in _plainer_names(name, is_local=is_local) if each in known), name)


def _plainer_names(name: str, *, is_local: bool) -> Iterator[str]:
    """What the name is without its additions.

    A local file `./test2` is another program than `test`: only a version with a point is taken for one there.
    """
    bare = PLATFORM.sub("", name)
    version = VERSION.fullmatch(bare)
    if version and not (is_local and "." not in version["number"]):
        bare = version["name"]
    tools = read_list("gnu_tools")
    yield bare
    edition = EDITION.sub("", bare)
    if not is_local and edition not in tools:
        yield edition
    for each in (name, bare):
        if GNU.match(each) and (unprefixed := GNU.sub("", each, count=1)) in tools:
            yield unprefixed
