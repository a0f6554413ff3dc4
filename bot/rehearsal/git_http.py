"""A git server over smart HTTP, as GitHub has one: bare repositories behind `git http-backend`, with access control.

`GitHttp` is a WSGI application. Who may do what is asked of `authorize` on each request; which refs may not be pushed
is asked of `refuse_ref`; `on_push` is called with what a push changed before the client gets its answer, so that
a client that pushes and then asks the API finds the push there. The repositories' own hooks do not run.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO, TYPE_CHECKING

from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import get_input_stream

from bot.core.references import is_repository
from bot.rehearsal.git_backend import Backend
from bot.rehearsal.git_hooks import HOOKS
from bot.rehearsal.git_report import with_reasons

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PATH = re.compile(r"/([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")


class Access(Enum):
    """What `authorize` can answer."""

    ALLOWED = 200
    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRequest:
    """What is asked for: `repository` is `owner/repo`, `token` what the client showed, `write` whether it pushes."""

    repository: str
    token: str | None
    write: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefUpdate:
    """One ref that a push moved. `old` is all zeros for a new ref, `new` for a deleted one."""

    ref: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """Why a ref is not moved: `text` for the person who pushes, `reason` for git's report. `if_unsigned`: only if a
    new commit has no signature; none is verified. `if_forced`: only if the ref loses commits. With both: if either."""

    text: str
    reason: str = "hook declined"
    if_unsigned: bool = False
    if_forced: bool = False

    @property
    def folders(self) -> list[str]:
        """Where the hook looks for it."""
        conditions = {"unsigned": self.if_unsigned, "forced": self.if_forced}
        return [name for name, holds in conditions.items() if holds] or ["refused"]


def lfs_folder(root: Path, repository: str) -> Path:
    """Where contents under Git LFS are kept for a repository below `root`."""
    return root / f"{repository.lower()}.lfs"


def is_git_path(path: str) -> bool:
    """Whether a request for this path is git's, for a server of both git and an API."""
    return _PATH.fullmatch(path) is not None


def _nothing_happens(_repository: str, _updates: list[RefUpdate]) -> None:
    """The default `on_push`."""


def _nothing_is_refused(_repository: str, _ref: str) -> Declined | None:
    """The default `refuse_ref`."""
    return None


@dataclass(slots=True, kw_only=True)
class GitHttp:
    """Serves `root/owner/repo.git` at `/owner/repo.git/…` and `/owner/repo/…`.

    `authorize(request)` may also say in words why it is forbidden, which git shows as the remote's.
    `refuse_ref(repository, ref)` says why a push to that ref is declined, or returns None; it is asked once for each
    ref of each push. `on_push(repository, updates)` is called once for a push that moved something.
    `filters()`: whether it leaves files out on request, as GitHub does.
    """

    root: Path
    authorize: Callable[[GitRequest], Access | str]
    on_push: Callable[[str, list[RefUpdate]], None] = _nothing_happens
    refuse_ref: Callable[[str, str], Declined | None] = _nothing_is_refused
    filters: Callable[[], bool] = lambda: True

    def lfs_folder(self, repository: str) -> Path:
        """Where the contents of its files under Git LFS are, by their names."""
        return lfs_folder(self.root.resolve(), repository)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        match = _PATH.fullmatch(request.path)
        if match is None or not is_repository(f"{match[1]}/{match[2]}"):
            return _refusal(Access.NOT_FOUND)
        repository, endpoint = f"{match[1]}/{match[2]}", match[3]
        service = request.args.get("service") if endpoint == "info/refs" else endpoint
        if service not in ("git-upload-pack", "git-receive-pack"):
            return Response("Please upgrade your git client.\n", 403)
        write = service == "git-receive-pack"
        access = self.authorize(GitRequest(repository=repository, token=token_of(request), write=write))
        if access is Access.ALLOWED and not (self.root / f"{repository}.git").is_dir():
            access = Access.NOT_FOUND
        if isinstance(access, str):
            return Response(access, Access.FORBIDDEN.value, content_type="text/plain; charset=utf-8")
        if access is not Access.ALLOWED:
            return _refusal(access)
        if endpoint == "git-receive-pack":
            return self._receive(request, repository)
        backend = Backend(self._environment(request, repository, endpoint), get_input_stream(request.environ))
        return _stream(backend)

    def _receive(self, request: Request, repository: str) -> Response:
        """A push, answered only when `on_push` has returned."""
        if request.headers.get("Content-Encoding"):
            return Response("A push with an encoded body is not understood.\n", 415)
        body = get_input_stream(request.environ)
        try:
            commands = read_commands(body)
        except ValueError:
            return Response("Expected packet lines, as `git push` sends them.\n", 400)
        folder = Path(tempfile.mkdtemp(prefix="push-"))
        try:
            reasons = self._write_hooks(folder, repository, commands.refs)
            environment = self._environment(request, repository, "git-receive-pack", folder)
            response = _whole(Backend(environment, body, prefix=commands.raw))
            response.set_data(with_reasons(response.get_data(), reasons))
            updates = _read_pushed(folder / "pushed")
        finally:
            shutil.rmtree(folder)
        if updates:
            self.on_push(repository, updates)
        return response

    def _write_hooks(self, folder: Path, repository: str, refs: Iterable[str]) -> dict[str, str]:
        """Returns the reasons for the report, by ref."""
        reasons = dict[str, str]()
        (folder / "hooks").mkdir()
        for name, script in HOOKS.items():
            (folder / "hooks" / name).write_text(script)
            (folder / "hooks" / name).chmod(0o700)
        for ref in refs:
            declined = self.refuse_ref(repository, ref)
            if declined is not None and ".." not in ref:  # git refuses such a ref itself
                for name in declined.folders:
                    target = folder / name / ref
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(f"{declined.text}\n")
                reasons[ref] = declined.reason
        return reasons

    def _environment(
        self, request: Request, repository: str, endpoint: str, folder: Path | None = None
    ) -> dict[str, str]:
        config = {"http.receivepack": "true", "safe.directory": "*", "receive.autogc": "false"}
        config["uploadpack.allowFilter"] = "true" if self.filters() else "false"
        if folder is not None:
            config["core.hooksPath"] = str(folder / "hooks")
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_PROJECT_ROOT": str(self.root.resolve()),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{repository}.git/{endpoint}",
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.query_string.decode("latin-1"),
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": request.headers.get("Content-Length", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "rehearsal",
            "REMOTE_ADDR": request.remote_addr or "127.0.0.1",
            "PUSH_FOLDER": str(folder or ""),
            "LFS_FOLDER": str(self.lfs_folder(repository)),
            "GIT_CONFIG_COUNT": str(len(config)),
        }
        for index, (key, value) in enumerate(config.items()):
            environment |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
        return {name: value for name, value in environment.items() if value}


def token_of(request: Request) -> str | None:
    """GitHub takes a token as the password under any name, or as the user name without a password."""
    shown = request.authorization
    if shown is None or shown.type != "basic":
        return None
    password = shown.password or ""
    return (shown.username if password in ("", "x-oauth-basic") else password) or None


def _refusal(access: Access) -> Response:
    texts = {
        Access.UNAUTHENTICATED: "Authentication failed.\n",
        Access.FORBIDDEN: "Permission denied.\n",
        Access.NOT_FOUND: "Repository not found.\n",
    }
    response = Response(texts[access], access.value)
    if access is Access.UNAUTHENTICATED:
        response.headers["WWW-Authenticate"] = 'Basic realm="GitHub"'
    return response


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The head of a push: `raw` as it came in, up to and with the flush packet; `refs` that it wants to move."""

    raw: bytes
    refs: tuple[str, ...]


def read_commands(body: IO[bytes]) -> Commands:
    """Read the command list of a receive-pack request, packet line by packet line, and leave the pack unread.

    Raises ValueError unless it is a list of packet lines.
    """
    raw = b""
    refs: list[str] = []
    while head := _exactly(body, 4):
        length = int(head, 16)
        line = _exactly(body, length - 4)
        raw += head + line
        if length < 4:  # noqa: PLR2004 - the flush packet, 0000
            break
        words = line.split(b"\0")[0].split()
        if len(words) == 3:  # noqa: PLR2004 - old, new, ref; `shallow` lines have two
            refs.append(words[2].decode(errors="replace"))
    return Commands(raw=raw, refs=tuple(refs))


def _exactly(body: IO[bytes], size: int) -> bytes:
    """Up to `size` bytes, fewer only at the end: a chunked body's `read` stops at the end of a chunk."""
    content = b""
    while len(content) < size and (more := body.read(size - len(content))):
        content += more
    return content


def _read_pushed(report: Path) -> list[RefUpdate]:
    if not report.exists():
        return []
    rows = (line.split(" ", 2) for line in report.read_text(errors="replace").split("\n") if line)
    return [RefUpdate(old=old, new=new, ref=ref) for old, new, ref in rows]


def _stream(backend: Backend) -> Response:
    response = Response(backend.chunks(), backend.status, backend.headers)
    response.call_on_close(backend.close)
    return response


def _whole(backend: Backend) -> Response:
    try:
        return Response(b"".join(backend.chunks()), backend.status, backend.headers)
    finally:
        backend.close()
