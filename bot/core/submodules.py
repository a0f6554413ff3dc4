"""Which submodules are checked out, and from which repository: those of the same owner, and those that are listed.

A `.gitmodules` file names addresses, and git would run what some of them say. Here an address only names a repository
of the same host; what is fetched from is always made from that name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.core.changes import Note
from bot.core.globs import first_match
from bot.core.references import is_repository

MOST = 20  # submodules of one repository, those within submodules included
DEEPEST = 4  # levels: more than people nest, and an end for those that lead back to themselves
_SCP = re.compile(r"(?:[A-Za-z0-9_.-]+@)?([A-Za-z0-9.-]+):(?!/)(.+)")  # git@github.com:owner/repo.git
_SCHEMES = ("https", "http", "ssh", "git", "git+ssh", "ssh+git")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submodule:
    """`path` in the repository that has it, `repository` as OWNER/REPO, `commit` that is checked out."""

    path: str
    repository: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submodules:
    """`wanted` are checked out; `left` stay empty, each with the reason."""

    wanted: tuple[Submodule, ...] = ()
    left: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What decides in one attempt. `repository`: the one that is worked on; `listed`: globs of paths from its
    settings."""

    repository: str
    web_url: str
    listed: tuple[str, ...] = ()

    def is_own(self, name: str) -> bool:
        return _owner(name) == _owner(self.repository)


def _owner(name: str) -> str:
    return name.split("/", maxsplit=1)[0].lower()


def choose_submodules(
    commits: Mapping[str, str],
    addresses: Mapping[str, str],
    choice: Choice,
    *,
    around: Submodule | None = None,
    most: int = MOST,
) -> Submodules:
    """`commits` by the paths at which a commit has submodules, `addresses` by the paths in its `.gitmodules`. `around`:
    the submodule in which these are; `most`: how many of them are checked out.

    What a repository of another owner names counts only if its path is listed: it could name a private repository.
    """
    wanted, left = list[Submodule](), list[Note]()
    inside = around.repository if around else choice.repository
    for inner, commit in commits.items():
        path = f"{around.path}/{inner}" if around else inner
        named = repository_at(addresses.get(inner, ""), repository=inside, web_url=choice.web_url)
        is_own = named is not None and choice.is_own(named) and choice.is_own(inside)
        if named is None:
            left.append(Note(path, "is a submodule that is not on the same host, so it is not checked out"))
        elif not is_own and first_match(path, choice.listed) is None:
            whose = "that a submodule of another owner names" if choice.is_own(named) else "of another owner"
            reason = f"is a submodule {whose}, {named}; list it under `submodules:` to have it checked out"
            left.append(Note(path, reason))
        elif len(wanted) >= most:
            left.append(Note(path, f"is one of more than {MOST} submodules, so it is not checked out"))
        else:
            wanted.append(Submodule(path=path, repository=named, commit=commit))
    return Submodules(wanted=tuple(wanted), left=tuple(left))


def repository_at(address: str, *, repository: str, web_url: str) -> str | None:
    """OWNER/REPO of an address on the host of `web_url`; None for all others. A relative one begins at `repository`."""
    if not address.isprintable() or " " in address:
        return None
    if address.startswith(("./", "../")):
        return _read_name("/".join(_resolve([*repository.split("/"), *address.split("/")])))
    host = urlsplit(web_url)
    if "://" in address:
        return _read_name(_path_on(address, host.hostname or "", host.netloc))
    scp = _SCP.fullmatch(address)
    return _read_name(scp[2]) if scp is not None and scp[1].lower() == (host.hostname or "").lower() else None


def _path_on(address: str, name: str, netloc: str) -> str:
    """The path of an address, empty if it is on another host."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _SCHEMES or (parts.hostname or "").lower() != name.lower() or parts.query or parts.fragment:
        return ""
    if parts.scheme in ("http", "https") and f"{parts.hostname}{f':{port}' if port else ''}" != netloc.lower():
        return ""
    return parts.path


def _resolve(parts: list[str]) -> list[str]:
    """Without `.` and `..`; one step too far leads nowhere."""
    made = list[str]()
    for part in parts:
        if part == "..":
            if not made:
                return []
            made.pop()
        elif part not in ("", "."):
            made.append(part)
    return made


def _read_name(path: str) -> str | None:
    name = path.strip("/").removesuffix(".git")
    return name if is_repository(name) else None
