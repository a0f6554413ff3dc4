"""The pinned CLI is fetched by name, version and digest, and nothing else is ever unpacked."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from bot.adapters.claude.download import Pinned, download, read_pinned
from bot.core.failures import TaskFailed
from bot.doctor import TESTED_CLAUDE
from tests.stories.installation import Silent

LOCK = json.loads((Path(__file__).parents[3] / "package-lock.json").read_text())["packages"]
PATH = "/@anthropic-ai/claude-code-linux-x64/-/claude-code-linux-x64-1.2.3.tgz"


def archive(name: str = "package/claude", *, kind: bytes = tarfile.REGTYPE) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as made:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        content = b"#!/bin/sh\necho 1.2.3\n" if kind == tarfile.REGTYPE else b""
        member.size = len(content)
        made.addfile(member, io.BytesIO(content))
    return written.getvalue()


def pinned(content: bytes) -> Pinned:
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    return Pinned("1.2.3", {"linux-x64": f"sha512-{digest}"})


@contextmanager
def serving(content: bytes) -> Iterator[tuple[str, list[str]]]:
    """A registry's address, and the paths that it was asked for."""
    asked: list[str] = []

    @Request.application
    def registry(request: Request) -> Response:
        asked.append(request.path)
        return Response(content) if request.path == PATH else Response("", 404)

    server = make_server("127.0.0.1", 0, registry, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_is_pinned_is_what_the_lockfile_has() -> None:
    before = "node_modules/@anthropic-ai/claude-code"

    assert read_pinned().version == LOCK[before]["version"] == TESTED_CLAUDE
    for platform, integrity in read_pinned().integrity.items():
        assert integrity == LOCK[f"{before}-{platform}"]["integrity"]
    assert set(read_pinned().integrity) == {
        name.removeprefix(f"{before}-") for name in LOCK if name.startswith(f"{before}-linux-")
    }


def test_it_is_fetched_once_and_can_be_run(tmp_path: Path) -> None:
    with serving(archive()) as (registry, asked):
        first = download(tmp_path, "linux-x64", pinned(archive()), registry=registry)
        second = download(tmp_path, "linux-x64", pinned(archive()), registry=registry)

    assert first == second == tmp_path / "claude-code-1.2.3/claude"
    assert first.stat().st_mode & 0o111
    assert asked == [PATH]
    assert [path.name for path in first.parent.iterdir()] == ["claude"]


def test_another_archive_is_not_unpacked(tmp_path: Path) -> None:
    """A registry that serves something else under the same name."""
    with serving(archive()) as (registry, _), pytest.raises(TaskFailed, match="so it was not unpacked"):
        download(tmp_path, "linux-x64", pinned(b"other"), registry=registry)

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [archive("package/other"), archive(kind=tarfile.SYMTYPE), b"no archive"])
def test_an_archive_without_the_program_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    with serving(content) as (registry, _), pytest.raises(TaskFailed, match="set CLAUDE_BIN"):
        download(tmp_path, "linux-x64", pinned(content), registry=registry)

    assert not [path for path in tmp_path.rglob("*") if path.is_file() or path.is_symlink()]


def test_what_cannot_be_fetched_is_said(tmp_path: Path) -> None:
    with serving(archive()) as (registry, _):
        with pytest.raises(TaskFailed, match="there is none for plan9-x64"):
            download(tmp_path, "plan9-x64", pinned(archive()), registry=registry)
        with pytest.raises(TaskFailed, match="404"):
            download(tmp_path, "linux-x64", Pinned("9.9.9", pinned(b"").integrity), registry=registry)
    with pytest.raises(TaskFailed, match="could not be fetched"):
        download(tmp_path, "linux-x64", pinned(archive()), registry=registry)


def test_no_message_shows_a_password_of_the_registry(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving(archive()) as (registry, _), caplog.at_level("INFO"):
        named = registry.replace("http://", "http://bot:s3cret@")
        for content in (b"other", archive()):
            wrong = Pinned("9.9.9" if content == archive() else "1.2.3", pinned(content).integrity)
            with pytest.raises(TaskFailed) as failed:
                download(tmp_path, "linux-x64", wrong, registry=named)
            assert "s3cret" not in str(failed.value)
    assert "s3cret" not in caplog.text
    assert "1.2.3" in caplog.text
