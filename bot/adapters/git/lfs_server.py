"""The LFS server of a repository: GitHub's batch API (github.com/git-lfs/git-lfs, docs/api/batch.md).

The address is always made from the repository's own; a `.lfsconfig` file is never read. The token goes to that address
only: what the server names for contents gets the headers that it asks for and no other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.adapters.git.credentials import GitCredentials
from bot.adapters.git.lfs_store import LfsStore
from bot.adapters.git.refusals import NotReached
from bot.adapters.outside import DIRECTLY, Outside
from bot.core.failures import FailureKind, TaskFailed
from bot.core.lfs import Pointer

if TYPE_CHECKING:
    import requests

_JSON = "application/vnd.git-lfs+json"
_SECONDS = (15.0, 300.0)  # to connect, and between two pieces of an answer
_AT_ONCE = 100  # objects in one request, as git-lfs asks
_LARGEST_ANSWER = 4 << 20
_CHUNK = 1 << 20
_OK = (200, 201)


@dataclass(frozen=True, slots=True, kw_only=True)
class LfsServer:
    """`url` is the repository's, as `https://github.com/octo/tools.git`. `outside`: how the host gets to other hosts,
    on which the contents usually are. The repository's own is asked as git and the API ask it."""

    url: str
    credentials: GitCredentials | None
    outside: Outside = DIRECTLY

    def download(self, pointers: Sequence[Pointer], store: LfsStore) -> list[Pointer]:
        """Fetch contents into the store. Returns those that the server has not. Raises TaskFailed, NotReached too."""
        missing = list[Pointer]()
        for pointer, actions in self._batch("download", pointers):
            if not self._fetch(pointer, actions.get("download"), store):
                missing.append(pointer)
        return missing

    def upload(self, pointers: Sequence[Pointer], store: LfsStore, *, ref: str) -> None:
        """Bring contents to the server, as far as it has not got them. Raises TaskFailed(PUSH_REJECTED), NotReached."""
        for pointer, actions in self._batch("upload", pointers, ref=ref):
            if "upload" in actions:
                self._send(pointer, actions["upload"], store)
                self._verify(pointer, actions.get("verify"))

    def _batch(
        self, operation: str, pointers: Sequence[Pointer], *, ref: str = ""
    ) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
        for start in range(0, len(pointers), _AT_ONCE):
            some = pointers[start : start + _AT_ONCE]
            body: dict[str, Any] = {"operation": operation, "transfers": ["basic"], "hash_algo": "sha256"}
            body["objects"] = [{"oid": each.oid, "size": each.size} for each in some]
            if ref:
                body["ref"] = {"name": ref}
            answered = {each["oid"]: each for each in self._ask(body)}
            for pointer in some:
                answer = answered.get(pointer.oid, {})
                if "error" in answer and operation == "upload":
                    raise _refusal_of(f"object {pointer.oid[:10]}: {answer['error'].get('message', 'refused')}")
                yield pointer, answer.get("actions") or {}

    def _ask(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        headers = {"Accept": _JSON, "Content-Type": _JSON}
        address = f"{self.url}/info/lfs/objects/batch"
        with (
            self._token() as token,
            self._open_answer("POST", address, headers=headers, data=json.dumps(body), token=token) as answer,
        ):
            content = answer.raw.read(_LARGEST_ANSWER, decode_content=True)
            try:
                said = json.loads(content)
            except ValueError:
                said = {}
            if answer.status_code not in _OK:
                raise _failure_of(answer.status_code, str(said.get("message", "")) if isinstance(said, dict) else "")
            objects = said.get("objects") if isinstance(said, dict) else None
            return [each for each in objects if isinstance(each, dict) and "oid" in each] if objects else []

    @contextmanager
    def _token(self) -> Iterator[str]:
        if self.credentials is None:
            yield ""
            return
        with self.credentials.lend() as lent:
            yield lent.token

    def _fetch(self, pointer: Pointer, action: Mapping[str, Any] | None, store: LfsStore) -> bool:
        if action is None:
            return False
        with self._open_answer("GET", self._check(action), headers=_headers(action)) as answer:
            if answer.status_code not in _OK:
                raise _failure_of(answer.status_code, "")
            kept = store.put(_Limited(answer.raw, pointer.size))
        if kept != pointer:
            store.path(kept.oid).unlink()
            raise NotReached(f"object {pointer.oid[:10]} did not arrive whole")
        return True

    def _send(self, pointer: Pointer, action: Mapping[str, Any], store: LfsStore) -> None:
        headers = {"Content-Type": "application/octet-stream", **_headers(action)}
        with (
            store.path(pointer.oid).open("rb") as file,
            self._open_answer("PUT", self._check(action), headers=headers, data=file) as answer,
        ):
            if answer.status_code not in _OK:
                raise _failure_of(answer.status_code, "")

    def _verify(self, pointer: Pointer, action: Mapping[str, Any] | None) -> None:
        if action is None:
            return
        headers = {"Accept": _JSON, "Content-Type": _JSON, **_headers(action)}
        body = json.dumps({"oid": pointer.oid, "size": pointer.size})
        with self._open_answer("POST", self._check(action), headers=headers, data=body) as answer:
            if answer.status_code not in _OK:
                raise _failure_of(answer.status_code, "")

    def _check(self, action: Mapping[str, Any]) -> str:
        """An address for contents: encrypted, unless the repository itself is on this machine's loopback."""
        href, own = str(action.get("href", "")), urlsplit(self.url)
        parts = urlsplit(href)
        if parts.scheme == "https" or (parts.scheme, parts.netloc) == (own.scheme, own.netloc):
            return href
        raise _refusal_of(f"the LFS server names an address without TLS: {parts.scheme}://{parts.hostname}")

    @contextmanager
    def _open_answer(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str],
        data: str | IO[bytes] | None = None,
        token: str = "",
    ) -> Iterator[requests.Response]:
        """One request: no redirect is followed, and nothing comes from the environment. Raises NotReached."""
        import requests  # noqa: PLC0415 - few repositories have such files

        with requests.Session() as session:
            session.trust_env = False
            auth = ("x-access-token", token) if token else None
            try:
                with session.request(
                    method,
                    address,
                    headers=dict(headers),
                    data=data,
                    auth=auth,
                    timeout=_SECONDS,
                    stream=True,
                    allow_redirects=False,
                    proxies=self._proxies(address),
                    verify=str(self.outside.bundle) if self.outside.bundle else True,
                ) as answer:
                    yield answer
            except (requests.RequestException, OSError) as error:
                if isinstance(error, OSError) and not isinstance(error, requests.RequestException) and error.errno:
                    raise
                raise NotReached(f"the LFS server did not answer: {type(error).__name__}") from None

    def _proxies(self, address: str) -> dict[str, str]:
        if urlsplit(address).netloc == urlsplit(self.url).netloc:
            return self.credentials.network.proxies_for(address) if self.credentials else {}
        return {"https": self.outside.proxy.url} if self.outside.proxy else {}


class _Limited:
    """Reads no more than what was announced, and one byte to notice that there is more."""

    def __init__(self, source: Any, size: int) -> None:
        self._source, self._left = source, size + 1

    def read(self, size: int) -> bytes:
        content: bytes = self._source.read(min(size, self._left), decode_content=False) if self._left else b""
        self._left -= len(content)
        return content


def _headers(action: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in (action.get("header") or {}).items()}


def _failure_of(status: int, said: str) -> TaskFailed:
    if status == 429 or status >= 500:  # noqa: PLR2004
        return NotReached(f"the LFS server answered {status} {said}".strip())
    return _refusal_of(f"the LFS server answered {status} {said}".strip())


def _refusal_of(said: str) -> TaskFailed:
    return TaskFailed(FailureKind.PUSH_REJECTED, said)
