"""A git host on loopback: repositories made from files, tokens, and a record of what was asked and pushed."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from bot.rehearsal.git_http import Access, Declined, GitHttp, GitRequest, RefUpdate

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

TIME_LIMIT = 60.0


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name for it
        """Requests are recorded by the host, not printed."""


@contextmanager
def serve(app: WSGIApplication) -> Iterator[str]:
    """Serve on a free port of loopback while the block runs; yields `http://127.0.0.1:PORT`."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run_git(
    *arguments: str, cwd: Path | None = None, stdin: bytes = b"", identity: Mapping[str, str] | None = None
) -> str:
    """Git as somebody called Octo, with no configuration but a repository's own. `identity`: variables that name
    another one. Raises CalledProcessError."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Octo",
        "GIT_AUTHOR_EMAIL": "octo@example.com",
        "GIT_COMMITTER_NAME": "Octo",
        "GIT_COMMITTER_EMAIL": "octo@example.com",
    }
    done = subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        env=environment | dict(identity or {}),
        input=stdin,
        capture_output=True,
        check=True,
        timeout=TIME_LIMIT,
    )
    return done.stdout.decode(errors="replace").strip()


def create_repository(root: Path, repository: str, files: Mapping[str, str | bytes], *, branch: str = "main") -> Path:
    """Make `root/owner/repo.git` with one commit of `files` on `branch`, or empty if there are none."""
    folder = root / f"{repository}.git"
    folder.parent.mkdir(parents=True, exist_ok=True)
    run_git("init", "-q", "--bare", f"--initial-branch={branch}", str(folder))
    if files:
        commit_files(folder, branch, files, "Begin")
    return folder


def commit_files(folder: Path, branch: str, files: Mapping[str, str | bytes], message: str) -> str:
    """Add a commit with these files to a branch of a bare repository, as if somebody had pushed it."""
    stream = [b"commit refs/heads/%s\n" % branch.encode()]
    stream.append(b"committer Octo <octo@example.com> now\n" + _data(message.encode()))
    if run_git("for-each-ref", f"refs/heads/{branch}", cwd=folder):
        stream.append(b"from refs/heads/%s^0\n" % branch.encode())
    for path, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        stream.append(b"M 100644 inline %s\n" % path.encode() + _data(data))
    run_git("fast-import", "--quiet", "--date-format=now", cwd=folder, stdin=b"".join(stream))
    return run_git("rev-parse", f"refs/heads/{branch}", cwd=folder)


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


@dataclass(slots=True)
class GitHost:
    """A git host with access by token: `writers` may push, `readers` only fetch, others are strangers."""

    root: Path
    writers: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)  # ref -> the text of its refusal
    requests: list[GitRequest] = field(default_factory=list)
    pushes: list[tuple[str, list[RefUpdate]]] = field(default_factory=list)
    before: Callable[[GitRequest], None] | None = None  # called ahead of each answer
    filters: bool = True  # whether it can leave files out

    def create(self, repository: str, files: Mapping[str, str | bytes]) -> Path:
        return create_repository(self.root, repository, files)

    def app(self) -> GitHttp:
        return GitHttp(
            root=self.root,
            authorize=self._authorize,
            on_push=lambda repository, updates: self.pushes.append((repository, updates)),
            refuse_ref=lambda _repository, ref: Declined(text=self.refused[ref]) if ref in self.refused else None,
            filters=lambda: self.filters,
        )

    def _authorize(self, request: GitRequest) -> Access:
        self.requests.append(request)
        if self.before is not None:
            self.before(request)
        if request.token in self.writers or (request.token in self.readers and not request.write):
            return Access.ALLOWED
        if request.token in self.readers:
            return Access.FORBIDDEN
        return Access.UNAUTHENTICATED
