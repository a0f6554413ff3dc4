"""One file, or one repository, of a host that a set-up reaches for nothing else."""

from __future__ import annotations

from dataclasses import dataclass

_ASSETS = ("objects.githubusercontent.com", "release-assets.githubusercontent.com")


@dataclass(frozen=True, slots=True, order=True)
class Download:
    """A host, and a pattern for the whole path of what may be read there. The query is not looked at: that of a file
    in storage holds its signature. `by_git`: a repository, which git may fetch; `path` is its own, without `.git`."""

    host: str
    path: str
    by_git: bool = False


OF_ASSETS = tuple(Download(host, r"/github-production-release-asset[\w/-]*") for host in _ASSETS)
"""Where GitHub leads to from the address of a released file."""
