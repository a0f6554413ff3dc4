"""Takes commits out of a git directory that an agent could write: through `git upload-pack`, confined by the caller.

Every object is checked on arrival. A git directory that looks tampered with is not read at all. Unconfined, git 2.39.5
served objects of any other repository that the agent's `objects/info/alternates` named.
"""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.git import history
from bot.adapters.git.bounds import Bounds
from bot.adapters.git.command import git, run
from bot.adapters.git.workspace import Workspace, alternates
from bot.adapters.process import CommandFailed, Completed
from bot.core.failures import FailureKind, TaskFailed

_log = logging.getLogger(__name__)

_SESSION = "refs/nightshift/session"  # what the agent has checked out, as it made it
_ASK_SECONDS = 60.0  # to list an agent's git directory
_FETCH_SECONDS = 300.0
_TAIL = 1000  # characters of git's output that are repeated
_FETCH = Bounds(memory=512 << 20, cpu=60, file=256 << 20)  # four times what is searched of a change


def leave_unconfined(command: list[str]) -> list[str]:
    """The command as it is, where there is no sandbox."""
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The commit that the agent has checked out, and that of the branch it began on; None: there is none."""

    checked_out: str | None = None
    own: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """`confine` wraps a command so that it sees the workspace and the mirror's objects and nothing else; it has to keep
    the environment."""

    quarantine: Path
    mirror: Path
    workspace: Workspace
    branch: str
    base: str
    confine: Callable[[list[str]], list[str]] = field(default=leave_unconfined)

    def take(self) -> Heads:
        """Fetch what the agent has checked out, and its own branch, into the quarantine."""
        claimed = self._read_claims()
        if claimed.get("HEAD") == claimed.get(self._own):
            claimed.pop("HEAD", None)  # one is fetched, and is both
        wanted = [name for name in self._refs if claimed.get(name, self.base) != self.base]
        if not self._fetch(wanted):
            claimed.pop("HEAD")
            self._fetch(wanted[1:])
        checked_out, own = (self._take(claimed, name) for name in self._refs)
        if checked_out is None or (own not in (None, checked_out) and not self._is_related(checked_out)):
            checked_out = own  # nothing, or an unrelated history, is checked out: the files are the work
        return Heads(checked_out=checked_out, own=own)

    @property
    def _refs(self) -> dict[str, str]:
        """What is fetched, and where it is put: what the files belong to, and the branch that the agent began on."""
        return {"HEAD": _SESSION, self._own: f"{_SESSION}-branch"}

    @property
    def _own(self) -> str:
        return f"refs/heads/{self.branch}"

    def _take(self, claimed: dict[str, str], name: str) -> str | None:
        if claimed.get(name, self.base) == self.base:
            return claimed.get(name)
        return history.resolve(self.quarantine, self._refs[name])

    def _fetch(self, names: list[str]) -> bool:
        """False where what is checked out is not sound, and the branch that the agent began on may be."""
        if not names:
            return True
        specs = [f"+{name}:{self._refs[name]}" for name in names]
        fetched = self._upload_pack("fetch", *specs, timeout=_FETCH_SECONDS)
        if fetched.over_limit:
            raise CommandFailed(fetched)
        if fetched.code == 0 and all(history.resolve(self.quarantine, self._refs[name]) for name in names):
            return True
        if len(names) == 1:
            errors = fetched.stderr.strip()[-_TAIL:] or "they did not arrive"
            raise TaskFailed(FailureKind.AGENT_CRASHED, f"The session's commits were refused: {errors}")
        return False

    def _read_claims(self) -> dict[str, str]:
        """The commits of what is fetched, by the agent's git directory."""
        listed = self._upload_pack("ls-remote", *self._refs, timeout=_ASK_SECONDS)
        if listed.code != 0:
            _log.warning(
                "%s: its git directory cannot be read: %s", self.workspace.path, listed.stderr[-_TAIL:].strip()
            )
            return {}
        rows = (line.partition("\t") for line in listed.text.split("\n"))
        return {name: commit for commit, _, name in rows if name in self._refs}

    def _is_related(self, commit: str) -> bool:
        return git("merge-base", self.base, commit, gitdir=self.quarantine, codes=(0, 1)).code == 0

    def _upload_pack(self, verb: str, *refs: str, timeout: float) -> Completed:
        """`--strict`, or git would look for a second `.git` within the one that we name."""
        served_by = shlex.join(self.confine(["git", "upload-pack", "--strict"]))
        options = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"] if verb == "fetch" else []
        return git(
            verb,
            *options,
            f"--upload-pack={served_by}",
            str(self.workspace.gitdir),
            *refs,
            gitdir=self.quarantine,
            protocols="file",
            settings={"fetch.unpackLimit": "1"},
            timeout=timeout,
            codes=None,
            bounds=_FETCH,
        )

    def gitdir_is_sound(self) -> bool:
        """Whether it still is a folder of files that borrows objects from the mirror alone. A link, a `commondir` or
        another alternate would make an unconfined upload-pack serve objects from elsewhere."""
        gitdir = self.workspace.gitdir
        found = self._tampering(gitdir)
        if found:
            _log.warning("%s: its git directory is not read: %s", self.workspace.path, found)
        return not found

    def _tampering(self, gitdir: Path) -> str:
        if gitdir.is_symlink() or not gitdir.is_dir():
            return "it is not a folder"
        if run(["find", str(gitdir), "-xdev", "!", "-type", "f", "!", "-type", "d", "-print", "-quit"]).stdout:
            return "it holds links"
        if (gitdir / "commondir").exists():
            return "it names a common directory"
        borrows = gitdir / "objects/info/alternates"
        if borrows.exists() and borrows.read_bytes() != alternates(self.mirror).encode():
            return "it borrows objects from elsewhere"
        return ""
