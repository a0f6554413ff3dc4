"""The files and symbolic links of a commit, by two git processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.command import git

_LONGEST = 4096  # bytes of a path on Linux
_LINK = b"120000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`links`: the text of each link, by its path. It says where the link leads, if followed from its folder."""

    paths: frozenset[str]
    links: Mapping[str, str]


def listing(gitdir: Path, commit: str) -> Listing:
    listed = git("ls-tree", "-r", "-z", "--full-tree", commit, gitdir=gitdir).stdout.split(b"\0")
    entries = [each.split(b"\t", 1) for each in listed if each]
    links = {_text(path): described.split(b" ")[2] for described, path in entries if described.startswith(_LINK)}
    return Listing(
        paths=frozenset(_text(path) for _, path in entries),
        links=dict(zip(links, _contents(gitdir, list(links.values())), strict=True)),
    )


def _contents(gitdir: Path, names: Sequence[bytes]) -> Iterator[str]:
    """Of these objects, in this order."""
    answer = git("cat-file", "--batch", gitdir=gitdir, stdin=b"\n".join(names)).stdout if names else b""
    position = 0
    for _ in names:
        end = answer.index(b"\n", position)
        size = int(answer[position:end].split(b" ")[2])
        yield _text(answer[end + 1 : end + 1 + min(size, _LONGEST)])
        position = end + 2 + size


def _text(field: bytes) -> str:
    return field.decode(errors="replace")
