"""Object storage: where control plane and hosts leave for each other what an attempt reads and what it made.

A folder that all of them see, or an S3 bucket. An object is named by its content, so a reference says what has to be
there: what was changed since, or cut short, is refused when it is read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore as Backend
from obstore.store import from_url
from pydantic import SecretStr

if TYPE_CHECKING:
    from obstore.store import RetryConfig

_REFERENCE = re.compile(r"sha256:([0-9a-f]{64})")
_PIECE = 1 << 20
MOST_OF_DOCUMENT = 64 << 20
MOST_OF_FILE = 8 << 30
_LISTED_AT_ONCE = 200
_TIMEOUT = timedelta(minutes=10)  # of one request, which may carry a gigabyte
_RETRIES: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(minutes=2)}


class ObjectsUnusable(Exception):
    """The storage did not answer, does not hold the object, or holds another one under its name."""


class StorageSettings(Protocol):
    """`object_store`: a folder, or s3://BUCKET/PREFIX. The rest is for S3, as its own tools name it; without keys the
    host's role is used."""

    @property
    def object_store(self) -> str | None: ...
    @property
    def data_dir(self) -> Path: ...
    @property
    def aws_access_key_id(self) -> str | None: ...
    @property
    def aws_secret_access_key(self) -> SecretStr | None: ...
    @property
    def aws_region(self) -> str | None: ...
    @property
    def aws_endpoint_url(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """Every method raises ObjectsUnusable. Several threads may use it."""

    backend: Backend = field(repr=False)  # it would show its credential

    def put(self, content: bytes | Path) -> str:
        """Keep the bytes, or those of a file; returns the reference. Again: they are as new as the others."""
        if isinstance(content, bytes):
            reference = _name(hashlib.sha256(content))
            self._put(reference, content)
        else:
            with content.open("rb") as file:
                reference = _name(hashlib.file_digest(file, "sha256"))
            self._put(reference, content)
        return reference

    def get(self, reference: str, most: int = MOST_OF_DOCUMENT) -> bytes:
        """`most`: bytes, so that an object of a host cannot fill the memory."""
        return b"".join(self._read(reference, most))

    def fetch(self, reference: str, to: Path, most: int = MOST_OF_FILE) -> None:
        """Into a new file. One that turns out to be another object is removed."""
        with to.open("xb") as file:
            try:
                self._write(file, reference, most)
            except BaseException:
                to.unlink()
                raise

    def remove_older(self, than: datetime) -> int:
        """Returns how many were removed."""
        removed = 0
        try:
            for page in obstore.list(self.backend, "objects", chunk_size=_LISTED_AT_ONCE):
                old = [each["path"] for each in page if each["last_modified"] < than]
                removed += len(old)
                if old:
                    obstore.delete(self.backend, old)
        except BaseError as error:
            raise ObjectsUnusable(_say(error)) from error
        return removed

    def _put(self, reference: str, content: bytes | Path) -> None:
        try:
            obstore.put(self.backend, _path(reference), content)
        except BaseError as error:
            raise ObjectsUnusable(_say(error)) from error

    def _write(self, file: BinaryIO, reference: str, most: int) -> None:
        for piece in self._read(reference, most):
            file.write(piece)

    def _read(self, reference: str, most: int) -> Iterator[bytes]:
        """The whole object; raises at its end if it is another one."""
        path, digest = _path(reference), hashlib.sha256()
        try:
            found = obstore.get(self.backend, path)
            if found.meta["size"] > most:
                raise ObjectsUnusable(f"{reference} has {found.meta['size']} bytes; at most {most} are read")
            for piece in found.stream(min_chunk_size=_PIECE):
                digest.update(piece)
                yield bytes(piece)
        except (BaseError, FileNotFoundError) as error:
            raise ObjectsUnusable(_say(error)) from error
        if _name(digest) != reference:
            raise ObjectsUnusable(f"what is stored as {reference} is another object")


def open_object_store(settings: StorageSettings) -> ObjectStore:
    """Of the settings: a folder of the data directory, if they name none. Raises ObjectsUnusable."""
    place = settings.object_store or str(settings.data_dir.absolute() / "objects")
    try:
        if place.startswith("s3://"):
            return ObjectStore(_open_bucket(place, settings))
        folder = Path(place)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return ObjectStore(from_url(folder.absolute().as_uri()))
    except (BaseError, OSError, ValueError) as error:
        raise ObjectsUnusable(f"OBJECT_STORE: {_say(error)}") from error


def _open_bucket(place: str, settings: StorageSettings) -> Backend:
    secret = settings.aws_secret_access_key
    given = {
        "access_key_id": settings.aws_access_key_id,
        "secret_access_key": secret.get_secret_value() if secret is not None else None,
        "region": settings.aws_region,
        "endpoint": settings.aws_endpoint_url,
    }
    # Plain http is for a storage on the own network, such as MinIO beside the hosts: the settings say so.
    plain = (settings.aws_endpoint_url or "").startswith("http://")
    config = {name: value for name, value in given.items() if value}
    made: Backend = from_url(  # type: ignore[call-overload]  # of S3 alone it knows that it is one
        place, config=config, client_options={"allow_http": plain, "timeout": _TIMEOUT}, retry_config=_RETRIES
    )
    return made


def _name(digest: hashlib._Hash) -> str:
    return f"sha256:{digest.hexdigest()}"


def _path(reference: str) -> str:
    """Raises ObjectsUnusable for what is no reference: it may come from a host."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ObjectsUnusable(f"{reference[:100]!r} is not the reference of an object")
    return f"objects/{found[1][:2]}/{found[1][2:]}"


def _say(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
