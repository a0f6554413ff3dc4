"""A night on a person's own clone: one issue, and a scripted session that applies one patch and commits it.

It shows what Nightshift would make of such a change in this repository: checks, guards, limits and the pull request.
The clone is only read.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.references import is_repository
from bot.rehearsal.scenario import Scenario

_SECONDS = 3600
_LARGEST_PATCH = 500_000  # bytes: a session's command holds it
_TIME_LIMIT = 300.0  # for git on a large clone
_PERSON = "you"
_MENDS = 3  # more sessions than an attempt has for a change whose checks fail
SETTINGS = (
    "NETWORK_HOSTS",
    "NETWORK_PROXY",
    "CA_FILE",
    "REGISTRIES",
    "REGISTRY_CREDENTIALS",
    "GIT_CREDENTIALS",
    "TOOLS",
)
"""What of the operator's settings decides whether set-up and checks find what they need."""
_REFRESH = "git update-index -q --refresh"


class PreviewRefused(Exception):
    """The preview cannot be played; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`repository`: a clone, with or without a work tree; `issue`: its first line is the title; `settings`: the
    operator's, of those in SETTINGS."""

    repository: Path
    issue: str
    patch: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def scenario(self, folder: Path) -> Scenario:
        """The night. `folder`: the night's own, in which the patch is tried. Raises PreviewRefused."""
        title, _, body = self.issue.strip().partition("\n")
        if not title.strip():
            raise PreviewRefused("--issue is empty: give a title, and a description in the lines after it")
        patch = self._read_patch()
        branch = self._look_at_clone()
        self._try_patch(patch, folder)
        name = self._name()
        return Scenario.model_validate(
            {
                "name": f"a preview of {name}",
                "seconds": _SECONDS,
                "settings": {"MAX_TURNS": "10", **self.settings},
                "repositories": [{"name": name, "source": str(self.repository.absolute()), "default_branch": branch}],
                "people": [{"login": _PERSON, "roles": {name: "admin"}}],
                "issues": [
                    {
                        "key": "preview",
                        "repository": name,
                        "title": _without_mentions(title.strip()),
                        "body": _without_mentions(body.strip()),
                        "author": _PERSON,
                        "labeled_by": _PERSON,
                        "attempts": [_session(patch, title.strip()), *([_LEAVE_IT] * _MENDS)],
                        "expect": {"state": None},
                    }
                ],
            }
        )

    def _read_patch(self) -> bytes:
        try:
            patch = self.patch.read_bytes()
        except OSError as error:
            raise PreviewRefused(f"{self.patch} cannot be read: {error.strerror}") from error
        if not patch.strip():
            raise PreviewRefused(f"{self.patch} is empty: write a patch into it, as `git diff` prints one")
        if len(patch) > _LARGEST_PATCH:
            raise PreviewRefused(f"{self.patch} has {len(patch):,} bytes; at most {_LARGEST_PATCH:,} can be played")
        return patch

    def _look_at_clone(self) -> str:
        """The branch that is checked out. Raises PreviewRefused for what is no clone that a night can begin with."""
        if not self.repository.is_dir():
            raise PreviewRefused(f"{self.repository} is not a folder: name a clone, such as `.`")
        if self._git("rev-parse", "--git-dir").returncode:
            raise PreviewRefused(f"{self.repository} is not a git repository: name a clone, such as `.`")
        if self._git("rev-parse", "--verify", "--quiet", "HEAD^{commit}").returncode:
            raise PreviewRefused(f"{self.repository} has no commit yet")
        if self._text("rev-parse", "--is-shallow-repository") == "true":
            raise PreviewRefused(f"{self.repository} is a shallow clone: run `git fetch --unshallow` in it first")
        if self._text("config", "--get-regexp", r"^remote\..*\.promisor$"):
            raise PreviewRefused(f"{self.repository} is a partial clone: name one that was made without --filter")
        branch = self._text("symbolic-ref", "--quiet", "--short", "HEAD")
        if not branch:
            raise PreviewRefused(f"{self.repository} has no branch checked out: run `git switch` in it first")
        return branch

    def _try_patch(self, patch: bytes, folder: Path) -> None:
        """Whether it applies, in an index of the night's own."""
        index = {"GIT_INDEX_FILE": str(folder / "preview.index")}
        read = self._git("read-tree", "HEAD", environment=index)
        tried = self._git("apply", "--cached", "--check", stdin=patch, environment=index)
        (folder / "preview.index").unlink(missing_ok=True)
        if read.returncode or tried.returncode:
            output = (read.stderr + tried.stderr).decode(errors="replace").strip()
            raise PreviewRefused(f"{self.patch} does not apply to the last commit of {self.repository}:\n{output}")

    def _name(self) -> str:
        """OWNER/REPO as the clone's own remote says, else after its folder."""
        parts = re.split(r"[/:]", self._text("config", "--get", "remote.origin.url").removesuffix(".git").rstrip("/"))
        name = "/".join(parts[-2:])
        own = (
            re.sub(r"[^A-Za-z0-9_.-]", "-", self.repository.resolve().name.removesuffix(".git")).strip(".-") or "clone"
        )
        return name if is_repository(name) else f"preview/{own}"

    def _text(self, *arguments: str) -> str:
        return self._git(*arguments).stdout.decode(errors="replace").strip()

    def _git(
        self, *arguments: str, stdin: bytes = b"", environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", *arguments],
            cwd=self.repository,
            env=_environment() | (environment or {}),
            input=stdin,
            capture_output=True,
            check=False,
            timeout=_TIME_LIMIT,
        )


def _environment() -> dict[str, str]:
    """Git writes nothing into the clone, not even a refreshed index."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _session(patch: bytes, title: str) -> list[dict[str, object]]:
    message = title.replace("'", "'\\''")
    return [
        {"tools": [{"Bash": {"command": _apply(patch), "description": "Apply the patch"}}]},
        {"tools": [{"Bash": {"command": f"git commit -q -m '{message}'", "description": "Commit it"}}]},
        {"finish": {"status": "complete", "summary": "The patch that this preview was given."}},
    ]


_LEAVE_IT = [{"finish": {"status": "complete", "summary": "The patch is left as it is: this preview fixes nothing."}}]


def _apply(patch: bytes) -> str:
    """A command that applies it. What is no text is encoded, as commands are text. The index is refreshed first,
    since `git apply` goes by the times of files, and a workspace may have been given to another user."""
    try:
        text = patch.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or "\0" in text or "\r" in text:
        encoded = base64.encodebytes(patch).decode()
        return f"{_REFRESH}\nbase64 -d <<'END_OF_PATCH' | git apply --index\n{encoded}END_OF_PATCH"
    ends = "" if text.endswith("\n") else "\n"
    word = next(word for word in _words() if word not in text)
    return f"{_REFRESH}\ngit apply --index <<'{word}'\n{text}{ends}{word}"


def _words() -> list[str]:
    """One of them is in no patch of this size."""
    return [f"END_OF_PATCH{'_' * count}" for count in range(1000)]


def _without_mentions(text: str) -> str:
    """`#{key}` is a mention of another issue in a scenario; here there is none."""
    return re.sub(r"#\{", "#\u200b{", text)
