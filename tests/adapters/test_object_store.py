"""Object storage keeps what a reference names, in a folder and in a bucket, and refuses anything else."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from bot.adapters.object_store import ObjectStore, ObjectsUnusable, open_object_store


@dataclass(frozen=True)
class Storage:
    data_dir: Path
    object_store: str | None = None
    aws_access_key_id: str | None = None
    aws_secret_access_key: SecretStr | None = None
    aws_region: str | None = None
    aws_endpoint_url: str | None = None


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A server of S3's API on loopback; the address of it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    boto3.client(
        "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="id", aws_secret_access_key="key"
    ).create_bucket(Bucket="attempts")
    yield address
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return open_object_store(Storage(tmp_path))
    address: str = request.getfixturevalue("bucket")
    return open_object_store(in_bucket(tmp_path, address))


def in_bucket(folder: Path, address: str) -> Storage:
    return Storage(folder, "s3://attempts/night", "id", SecretStr("key-of-the-bucket"), "us-east-1", address)


def test_what_was_put_is_read_by_its_reference(objects: ObjectStore, tmp_path: Path) -> None:
    large = b"0123456789abcdef" * 200_000
    (tmp_path / "file").write_bytes(large)

    small, file = objects.put(b"a document"), objects.put(tmp_path / "file")
    objects.fetch(file, tmp_path / "copy")

    assert small == f"sha256:{hashlib.sha256(b'a document').hexdigest()}"
    assert objects.get(small) == b"a document"
    assert (tmp_path / "copy").read_bytes() == large
    assert objects.put(b"a document") == small


def test_what_is_missing_or_too_large_or_no_reference_is_refused(objects: ObjectStore, tmp_path: Path) -> None:
    reference = objects.put(b"x" * 2000)

    for read in (f"sha256:{'0' * 64}", "../../etc/passwd", "sha256:../x", ""):
        with pytest.raises(ObjectsUnusable):
            objects.get(read)
    with pytest.raises(ObjectsUnusable, match="2000 bytes"):
        objects.get(reference, most=1000)
    with pytest.raises(ObjectsUnusable):
        objects.fetch(reference, tmp_path / "large", most=1000)
    assert not (tmp_path / "large").exists()


def test_an_object_that_somebody_replaced_is_refused(tmp_path: Path) -> None:
    objects = open_object_store(Storage(tmp_path, str(tmp_path / "shared")))
    reference = objects.put(b"what the host made")
    stored = next(path for path in (tmp_path / "shared").rglob("*") if path.is_file())
    stored.write_bytes(b"what another one put")

    with pytest.raises(ObjectsUnusable, match="another object"):
        objects.get(reference)
    with pytest.raises(ObjectsUnusable):
        objects.fetch(reference, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_old_objects_are_removed(objects: ObjectStore) -> None:
    kept = [objects.put(b"one"), objects.put(b"two")]
    now = datetime.now(UTC)

    assert objects.remove_older(now - timedelta(days=1)) == 0
    assert objects.remove_older(now + timedelta(days=1)) >= len(kept)
    with pytest.raises(ObjectsUnusable):
        objects.get(kept[0])


def test_no_error_shows_the_credential(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        storage = in_bucket(tmp_path, f"http://127.0.0.1:{unused.getsockname()[1]}")
        objects = open_object_store(storage)

    with pytest.raises(ObjectsUnusable) as refused:
        objects.put(b"x")

    assert "key-of-the-bucket" not in f"{objects!r} {refused.value}"
