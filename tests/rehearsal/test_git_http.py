"""The git server of a rehearsal, asked by real git."""

from __future__ import annotations

import gzip
import http.client
import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.rehearsal.git_http import RefUpdate, is_git_path, read_commands
from tests.git_host import GitHost, commit_files, run_git, serve

ZEROS = "0" * 40


@pytest.fixture
def host(tmp_path: Path) -> GitHost:
    host = GitHost(tmp_path / "host", writers={"writer"}, readers={"reader"})
    host.create("octo/tools", {"README.md": "Tools\n"})
    return host


@pytest.fixture
def url(host: GitHost) -> Iterator[str]:
    with serve(host.app()) as url:
        yield url


def as_token(url: str, token: str, repository: str = "octo/tools.git") -> str:
    return f"{url.replace('://', f'://x-access-token:{token}@')}/{repository}"


def refused(*arguments: str, cwd: Path | None = None) -> str:
    with pytest.raises(subprocess.CalledProcessError) as failure:
        run_git(*arguments, cwd=cwd)
    stderr: bytes = failure.value.stderr
    return stderr.decode()


def get(url: str, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


@pytest.fixture
def clone(url: str, tmp_path: Path) -> Path:
    run_git("clone", "-q", as_token(url, "writer"), str(tmp_path / "clone"))
    return tmp_path / "clone"


def commit(clone: Path, path: str, content: bytes) -> str:
    (clone / path).write_bytes(content)
    run_git("add", "-A", cwd=clone)
    run_git("commit", "-q", "-m", f"Write {path}", cwd=clone)
    return run_git("rev-parse", "HEAD", cwd=clone)


def test_a_reader_clones_and_fetches_what_came_later(url: str, host: GitHost, tmp_path: Path) -> None:
    """A token that may read clones, with and without `.git` in the address, and fetches new commits."""
    run_git("clone", "-q", as_token(url, "reader", "octo/tools"), str(tmp_path / "clone"))
    assert (tmp_path / "clone/README.md").read_text() == "Tools\n"

    head = commit_files(host.root / "octo/tools.git", "main", {"b.txt": "b"}, "More")
    run_git("fetch", "-q", cwd=tmp_path / "clone")

    assert run_git("rev-parse", "origin/main", cwd=tmp_path / "clone") == head


def test_a_push_is_reported_before_the_client_hears_of_its_success(clone: Path, host: GitHost) -> None:
    """Who pushes and then asks, finds the push recorded: which refs moved, from where, to where."""
    base = run_git("rev-parse", "HEAD", cwd=clone)
    head = commit(clone, "a.txt", b"a")

    run_git("push", "-q", "origin", "HEAD:refs/heads/auto/1", "HEAD:main", cwd=clone)

    [(repository, updates)] = host.pushes
    assert repository == "octo/tools"
    assert set(map(repr, updates)) == {
        repr(RefUpdate(ref="refs/heads/auto/1", old=ZEROS, new=head)),
        repr(RefUpdate(ref="refs/heads/main", old=base, new=head)),
    }


def test_a_deleted_branch_is_reported_with_zeros(clone: Path, host: GitHost) -> None:
    """Deleting a branch is a push too."""
    head = run_git("rev-parse", "HEAD", cwd=clone)
    run_git("push", "-q", "origin", "HEAD:refs/heads/auto/1", cwd=clone)
    run_git("push", "-q", "origin", ":refs/heads/auto/1", cwd=clone)
    assert host.pushes[1] == ("octo/tools", [RefUpdate(ref="refs/heads/auto/1", old=head, new=ZEROS)])


def test_a_refused_ref_is_declined_with_its_reason_and_the_others_pass(clone: Path, host: GitHost) -> None:
    """As on GitHub, a protected branch does not take the rest of the push down with it."""
    host.refused["refs/heads/main"] = "error: GH006: Protected branch update failed for refs/heads/main."
    head = commit(clone, "a.txt", b"a")

    said = refused("push", "origin", "HEAD:refs/heads/auto/1", "HEAD:main", cwd=clone)

    assert "GH006: Protected branch update failed" in said
    assert "(hook declined)" in said
    assert host.pushes == [("octo/tools", [RefUpdate(ref="refs/heads/auto/1", old=ZEROS, new=head)])]


def test_a_push_that_changes_nothing_is_not_reported(clone: Path, host: GitHost) -> None:
    """Neither a push of what is there already nor a refused one makes an event."""
    run_git("push", "-q", "origin", "HEAD:main", cwd=clone)
    host.refused["refs/heads/x"] = "no"
    refused("push", "-q", "origin", "HEAD:refs/heads/x", cwd=clone)
    assert host.pushes == []


def test_a_large_push_comes_in_chunks(clone: Path, host: GitHost) -> None:
    """Above its post buffer git sends a push without a length; all of it arrives."""
    content = os.urandom(3_000_000)
    head = commit(clone, "big.bin", content)
    run_git("push", "-q", "origin", "HEAD:main", cwd=clone)
    assert run_git("cat-file", "-s", f"{head}:big.bin", cwd=host.root / "octo/tools.git") == "3000000"


def test_many_wants_come_compressed(url: str, host: GitHost, tmp_path: Path) -> None:
    """Git compresses a long fetch request; the server unpacks it."""
    for number in range(40):
        commit_files(host.root / "octo/tools.git", f"branch-{number}", {"n": str(number)}, "One of many")
    run_git("clone", "-q", "--mirror", as_token(url, "reader"), str(tmp_path / "mirror"))
    assert len(run_git("for-each-ref", "refs/heads", cwd=tmp_path / "mirror").splitlines()) == 41


def test_strangers_are_asked_for_a_token(url: str) -> None:
    """No token or an unknown one gets 401 and the realm by which git knows to ask."""
    response = get(url, "/octo/tools.git/info/refs?service=git-upload-pack")
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="GitHub"'
    assert "Authentication failed" in refused("ls-remote", as_token(url, "unknown"))


def test_readers_may_not_push(url: str, clone: Path, host: GitHost) -> None:
    """A token without write permission gets 403 and nothing moves."""
    commit(clone, "a.txt", b"a")
    assert "403" in refused("push", as_token(url, "reader"), "HEAD:main", cwd=clone)
    assert host.pushes == []


def test_a_repository_that_is_not_there_is_not_found(url: str) -> None:
    """A missing repository is 404 even for those who may do everything."""
    assert "not found" in refused("ls-remote", as_token(url, "writer", "octo/gone.git"))


@pytest.mark.parametrize(
    "path",
    [
        "/octo/../octo/tools.git/info/refs?service=git-upload-pack",
        "/../tools.git/info/refs?service=git-upload-pack",
        "/%2e%2e/tools.git/info/refs?service=git-upload-pack",
        "/octo/%2e%2e%2ftools.git/info/refs?service=git-upload-pack",
        "/octo/tools.git/HEAD",
        "/octo/tools.git/objects/info/packs",
        "/octo/tools.git/config",
    ],
)
def test_nothing_but_smart_http_on_repositories_is_served(url: str, path: str) -> None:
    """Neither files of a repository nor paths that step out of the root."""
    assert get(url, path, Authorization="Basic d3JpdGVyOg==").status == 404


def test_the_dumb_protocol_is_refused(url: str) -> None:
    """A client that names no service gets the advice to upgrade, as GitHub does."""
    assert get(url, "/octo/tools.git/info/refs", Authorization="Basic d3JpdGVyOg==").status == 403


def test_only_gits_paths_are_claimed() -> None:
    """A server that holds git and an API under one address can tell them apart."""
    assert is_git_path("/octo/tools.git/info/refs")
    assert is_git_path("/octo/tools/git-receive-pack")
    assert not is_git_path("/repos/octo/tools/git/refs")
    assert not is_git_path("/octo/tools/pull/3")


def test_the_commands_of_a_push_are_read_and_the_pack_is_left() -> None:
    """Reading stops at the flush packet; a body without commands has no refs."""
    line = f"{ZEROS} {ZEROS} refs/heads/a\0report-status".encode()
    body = io.BytesIO(b"%04x%s0000PACK..." % (len(line) + 4, line))
    commands = read_commands(body)
    assert commands.refs == ("refs/heads/a",)
    assert body.read() == b"PACK..."
    assert read_commands(io.BytesIO(b"")).refs == ()


class OneByteAtATime(io.BytesIO):
    def read(self, _size: int | None = -1) -> bytes:
        return super().read(1)


def test_the_commands_may_arrive_in_pieces() -> None:
    """Where one chunk of the request ends has nothing to do with where a packet line ends."""
    line = f"{ZEROS} {ZEROS} refs/heads/a".encode()
    body = OneByteAtATime(b"%04x%s0000PACK..." % (len(line) + 4, line))
    assert read_commands(body).refs == ("refs/heads/a",)
    assert body.getvalue()[body.tell() :] == b"PACK..."


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [(gzip.compress(b"0000", mtime=0), "gzip", 415), (b"{not a push}", "identity", 415), (b"{not a push}", "", 400)],
)
def test_what_is_not_a_push_is_refused(url: str, body: bytes, encoding: str, status: int) -> None:
    """Git never compresses a push; what does, or sends something else, gets an error."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    headers = {"Authorization": "Basic d3JpdGVyOg==", "Content-Encoding": encoding}
    connection.request("POST", "/octo/tools.git/git-receive-pack", body=body, headers=headers)
    assert connection.getresponse().status == status
    connection.close()
