"""The LFS server of the simulated GitHub: the batch API, and the storage that it refers to, as unkind as GitHub's.

Contents go to other addresses than the API's, with a header for one object each; a request there that brings the token
of the API is refused, as storage does. A content that is not what its name says is refused, and so is a push that
refers to one that is not there (`bot.rehearsal.git_http`).
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from bot.rehearsal.git_http import Access, GitRequest, lfs_folder, token_of
from bot.rehearsal.github.git_access import GitAccess
from bot.rehearsal.github.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_BATCH = re.compile(r"/([^/]+/[^/]+?)\.git/info/lfs/objects/batch")
_STORAGE = re.compile(r"/_lfs/([^/]+/[^/]+)/([0-9a-f]{64})(/verify)?")
_OID = re.compile(r"[0-9a-f]{64}")
_JSON = "application/vnd.git-lfs+json"
_MOST = 100
_EXPIRES = 3600


def is_lfs_path(path: str) -> bool:
    return _BATCH.fullmatch(path) is not None or _STORAGE.fullmatch(path) is not None


@dataclass(slots=True)
class Lfs:
    """`_issued`: the headers that were given out, each for one method and object."""

    world: World
    access: GitAccess
    _issued: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if (batch := _BATCH.fullmatch(request.path)) is not None:
            return self._batch(request, batch[1])
        stored = _STORAGE.fullmatch(request.path)
        assert stored is not None  # noqa: S101 - `is_lfs_path` has said so
        return self._store(request, stored[1], stored[2], verify=bool(stored[3]))

    def _batch(self, request: Request, repository: str) -> Response:
        if request.method != "POST" or not str(request.headers.get("Accept", "")).startswith(_JSON):
            return _say(406, "Not Acceptable")
        try:
            asked = json.loads(request.get_data())
            operation, objects = (
                asked["operation"],
                [(str(each["oid"]), int(each["size"])) for each in asked["objects"]],
            )
        except (ValueError, KeyError, TypeError):
            return _say(422, "Expected an operation and objects")
        if (
            operation not in ("upload", "download")
            or len(objects) > _MOST
            or asked.get("hash_algo", "sha256") != "sha256"
        ):
            return _say(422, "Expected upload or download, at most 100 objects, sha256")
        write = operation == "upload"
        access = self.access.authorize(GitRequest(repository=repository, token=token_of(request), write=write))
        access = Access.FORBIDDEN if isinstance(access, str) else access
        if access is not Access.ALLOWED:
            return _say(access.value, access.name.capitalize())
        answered = [self._object(repository, oid, size, write=write) for oid, size in objects]
        return _json({"transfer": "basic", "objects": answered, "hash_algo": "sha256"})

    def _object(self, repository: str, oid: str, size: int, *, write: bool) -> dict[str, Any]:
        answer: dict[str, Any] = {"oid": oid, "size": size}
        path = lfs_folder(self.world.folder, repository) / oid
        if _OID.fullmatch(oid) is None or size < 0:
            return answer | {"error": {"code": 422, "message": "Invalid object ID or size"}}
        if write:
            if path.exists():
                return answer
            actions = {"upload": self._action("PUT", repository, oid), "verify": self._action("POST", repository, oid)}
            return answer | {"actions": actions}
        if not path.exists():
            return answer | {"error": {"code": 404, "message": "Object does not exist on the server"}}
        return answer | {"authenticated": True, "actions": {"download": self._action("GET", repository, oid)}}

    def _action(self, method: str, repository: str, oid: str) -> dict[str, Any]:
        word = f"RemoteAuth {secrets.token_hex(16)}"
        self._issued[word] = (method, oid)
        href = f"{self.world.web_url}/_lfs/{repository}/{oid}{'/verify' if method == 'POST' else ''}"
        return {"href": href, "header": {"Authorization": word}, "expires_in": _EXPIRES}

    def _store(self, request: Request, repository: str, oid: str, *, verify: bool) -> Response:
        method = "POST" if verify else request.method
        if self._issued.get(str(request.headers.get("Authorization", ""))) != (method, oid):
            return _say(403, "Forbidden")
        path = lfs_folder(self.world.folder, repository) / oid
        if method == "GET":
            return Response(path.read_bytes(), content_type="application/octet-stream")
        if verify:
            return _json({}) if path.exists() else _say(404, "Not found")
        content = request.get_data()
        if hashlib.sha256(content).hexdigest() != oid:
            return _say(422, "The content does not match its object ID")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return Response("", 200)


def _json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), 200, content_type=_JSON)


def _say(status: int, message: str) -> Response:
    body = {"message": message, "documentation_url": "https://docs.github.com/", "request_id": "1"}
    response = Response(json.dumps(body), status, content_type=_JSON)
    if status == Access.UNAUTHENTICATED.value:
        response.headers["LFS-Authenticate"] = 'Basic realm="GitHub"'
    return response
