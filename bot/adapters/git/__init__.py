"""Git on the host: mirrors that only the host writes, workspaces that the agent owns, and a way out between them.

The host's git never reads a config, hook or filter that an agent could have written. It works in the mirror alone,
looks at a workspace's files only through a separate index, and takes the agent's commits out of the workspace's
private git directory only through `git upload-pack`, which may be confined, with every object checked on arrival.
"""

from __future__ import annotations

from bot.adapters.git.collect import Collected
from bot.adapters.git.command import git
from bot.adapters.git.commit_files import CommitFiles
from bot.adapters.git.credentials import GitCredentials
from bot.adapters.git.lock import LockHeld
from bot.adapters.git.mirror import Mirror
from bot.adapters.git.quarantine import Quarantine
from bot.adapters.git.refusals import NotReached
from bot.adapters.git.repository import Repository
from bot.adapters.git.rewrite import Rewriting
from bot.adapters.git.signing import SigningKey
from bot.adapters.git.submodules import SubmoduleSeeds, addresses_of, commits_of, fetch_submodules
from bot.adapters.git.workspace import Author, Workspace

__all__ = [
    "Author",
    "Collected",
    "CommitFiles",
    "GitCredentials",
    "LockHeld",
    "Mirror",
    "NotReached",
    "Quarantine",
    "Repository",
    "Rewriting",
    "SigningKey",
    "SubmoduleSeeds",
    "Workspace",
    "addresses_of",
    "commits_of",
    "fetch_submodules",
    "git",
]
