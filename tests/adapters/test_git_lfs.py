"""Files under Git LFS: contents in checkouts, pointers in commits, contents on the server before a push."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from bot.adapters.git import Collected, GitCredentials, Mirror, SigningKey, Workspace, git
from bot.adapters.git.lfs import uses_lfs
from bot.core.failures import FailureKind, TaskFailed
from bot.core.lfs import Pointer, read_pointer
from bot.rehearsal.git_http import lfs_folder
from bot.rehearsal.github.server import SimulatedGitHub
from tests.adapters.conftest import OCTO, by
from tests.git_host import run_git
from tests.signing_keys import make_key, verify

TOKEN = "ghp_1234567890abcdef"
OLD, NEW = b"old content\n" * 200, b"new content\n" * 300
REPOSITORY = "octo/tools"


def pointer_to(content: bytes) -> Pointer:
    return Pointer(hashlib.sha256(content).hexdigest(), len(content))


@dataclass(frozen=True, slots=True)
class Large:
    """`octo/tools` with `data.bin` under Git LFS."""

    github: SimulatedGitHub
    mirror: Mirror
    base: str
    folder: Path

    def open(self, name: str = "workspace") -> Workspace:
        self.folder.mkdir(exist_ok=True)
        workspace = self.mirror.open_workspace(self.folder / name, base=self.base, branch="auto/1")
        assert self.mirror.large_files.fill(workspace) == ()
        return workspace

    def collect(self, workspace: Workspace) -> Collected | None:
        with self.mirror.quarantine(self.folder / "quarantine.git") as quarantine:
            work = quarantine.collect(
                workspace, branch="auto/1", base=self.base, message="Rest", rewriting=by(OCTO), most_files=100
            )
            if work is not None:
                quarantine.release(work.head, "auto/1")
            return work

    def push(self, work: Collected) -> None:
        self.mirror.push(work.head, "auto/1", expected=None)

    def stored(self) -> set[bytes]:
        """What the server has."""
        return {path.read_bytes() for path in lfs_folder(self.github.world.folder, REPOSITORY).glob("*")}


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Large]:
    files: dict[str, str | bytes] = {
        "README.md": "Tools\n",
        "data.bin": pointer_to(OLD).text,
        "in/more.bin": pointer_to(OLD).text,
        "plain.bin.txt": pointer_to(OLD).text,
        ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        ".lfsconfig": '[lfs]\n\turl = http://127.0.0.1:9/evil\n[remote "origin"]\n\tlfsurl = http://127.0.0.1:9/evil\n',
    }
    with SimulatedGitHub(tmp_path / "github") as github:
        github.add_repository(REPOSITORY, files=files)
        github.add_user("bot")
        github.set_role(REPOSITORY, "bot", "write")
        github.add_token("bot", value=TOKEN)
        store = lfs_folder(github.world.folder, REPOSITORY)
        store.mkdir()
        (store / pointer_to(OLD).oid).write_bytes(OLD)
        url = f"{github.web_url}/{REPOSITORY}.git"
        mirror = Mirror(tmp_path / "mirrors/tools.git", url, GitCredentials(github.web_url, lambda: TOKEN))
        mirror.fetch()
        base = mirror.remote_head("main")
        assert base is not None
        yield Large(github, mirror, base, tmp_path / "attempt")


needs_git_lfs = pytest.mark.needs("git-lfs")


def blob(large: Large, work: Collected, path: str) -> bytes:
    return git("cat-file", "blob", f"{work.head}:{path}", gitdir=large.mirror.folder).stdout


@needs_git_lfs
def test_a_checkout_has_the_contents(large: Large) -> None:
    """Of what an attribute names, and nothing else; they are fetched once, and the session sees a clean status."""
    workspace = large.open()
    assert (workspace.path / "data.bin").read_bytes() == OLD
    assert (workspace.path / "in/more.bin").read_bytes() == OLD
    assert (workspace.path / "plain.bin.txt").read_bytes() == pointer_to(OLD).text
    assert run_git("status", "--short", cwd=workspace.path) == ""
    assert large.collect(workspace) is None
    (lfs_folder(large.github.world.folder, REPOSITORY) / pointer_to(OLD).oid).unlink()
    assert (large.open("again").path / "data.bin").read_bytes() == OLD


@needs_git_lfs
@pytest.mark.parametrize("how", ["left", "git-lfs", "raw", "twice"])
def test_a_changed_file_is_published_as_an_object(large: Large, how: str, tmp_path: Path) -> None:
    """Uncommitted, committed by git-lfs, committed by a git that knows nothing of it, or changed in two commits. With
    a key each commit is signed as it is published, with the pointer in it."""
    key = make_key(tmp_path)
    large.mirror.key = SigningKey(file=key)
    workspace = large.open()
    if how == "raw":
        (workspace.gitdir / "config").write_text("[core]\n\trepositoryformatversion = 0\n")
    if how == "twice":
        (workspace.path / "data.bin").write_bytes(b"between\n" * 50)
        run_git("commit", "-qam", "Between", cwd=workspace.path)
    (workspace.path / "data.bin").write_bytes(NEW)
    if how != "left":
        run_git("add", "data.bin", cwd=workspace.path)
        run_git("commit", "-qm", "New data", cwd=workspace.path)

    work = large.collect(workspace)

    assert work is not None
    assert read_pointer(blob(large, work, "data.bin")) == pointer_to(NEW)
    changed = git("diff-tree", "-r", "--name-only", large.base, work.head, gitdir=large.mirror.folder).text
    assert changed.split() == ["data.bin"]
    assert large.stored() == {OLD}
    large.push(work)
    assert large.stored() == {OLD, NEW} | ({b"between\n" * 50} if how == "twice" else set())
    assert large.github.branches(REPOSITORY)["auto/1"] == work.head
    for name in git("rev-list", f"{large.base}..{work.head}", gitdir=large.mirror.folder).text.split():
        verify(large.mirror.folder, name, key)


@needs_git_lfs
def test_a_new_file_and_one_that_moved(large: Large) -> None:
    workspace = large.open()
    (workspace.path / "new.bin").write_bytes(NEW)
    run_git("mv", "data.bin", "moved.bin", cwd=workspace.path)
    work = large.collect(workspace)
    assert work is not None
    assert read_pointer(blob(large, work, "new.bin")) == pointer_to(NEW)
    assert read_pointer(blob(large, work, "moved.bin")) == pointer_to(OLD)
    large.push(work)
    assert large.stored() == {OLD, NEW}


@needs_git_lfs
def test_the_address_is_the_repositorys_own(large: Large) -> None:
    """A `.lfsconfig` that names another server, in the base commit and in the workspace, is not read."""
    workspace = large.open()
    (workspace.path / ".lfsconfig").write_text("[lfs]\n\turl = http://127.0.0.1:9/other\n")
    run_git("config", "lfs.url", "http://127.0.0.1:9/third", cwd=workspace.path)
    (workspace.path / "data.bin").write_bytes(NEW)
    work = large.collect(workspace)
    assert work is not None
    large.push(work)
    assert NEW in large.stored()


@needs_git_lfs
def test_no_token_is_in_the_workspace(large: Large) -> None:
    workspace = large.open()
    for path in [*workspace.path.rglob("*"), *large.mirror.folder.rglob("*")]:
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()


@needs_git_lfs
def test_a_pointer_to_nothing_is_refused(large: Large) -> None:
    """A clone would end with an error. A link in the place of the content is not followed."""
    workspace = large.open()
    nothing = Pointer("0" * 64, 5)
    (workspace.path / "data.bin").write_bytes(nothing.text)
    with pytest.raises(TaskFailed, match=r"`data\.bin` is a pointer of Git LFS, and its content is missing") as failed:
        large.collect(workspace)
    assert failed.value.kind is FailureKind.AGENT_CRASHED


@needs_git_lfs
def test_contents_that_are_published_are_searched(large: Large) -> None:
    """A secret in one shows in no change of a file."""
    workspace = large.open()
    (workspace.path / "data.bin").write_bytes(b"secret stuff\n" * 20)
    with large.mirror.quarantine(large.folder / "q.git") as quarantine:
        quarantine.collect(
            workspace, branch="auto/1", base=large.base, message="Rest", rewriting=by(OCTO), most_files=100
        )
        assert [each.after for each in quarantine.contents()] == [b"secret stuff\n" * 20]


@needs_git_lfs
def test_more_than_is_searched_is_refused(large: Large) -> None:
    workspace = large.open()
    with (workspace.path / "data.bin").open("wb") as file:
        file.truncate(64_000_001)
    with pytest.raises(TaskFailed, match="more than 64,000,000 bytes under Git LFS") as failed:
        large.collect(workspace)
    assert failed.value.kind is FailureKind.DIFF_TOO_LARGE


def test_without_git_lfs_a_change_is_refused_in_plain_words(large: Large, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checkout shows pointers then; a change of another file is published."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    workspace = large.open()
    assert (workspace.path / "data.bin").read_bytes() == pointer_to(OLD).text
    (workspace.path / "README.md").write_text("More\n")
    assert large.collect(workspace) is not None
    (workspace.path / "data.bin").write_bytes(NEW)
    with pytest.raises(
        TaskFailed, match=r"data\.bin: it is stored with Git LFS, and git-lfs is not installed"
    ) as failed:
        large.collect(workspace)
    assert failed.value.kind is FailureKind.PROTECTED_PATH


@needs_git_lfs
def test_what_cannot_be_fetched_stays_a_pointer(large: Large) -> None:
    """The session goes on, and the reviewer learns of it."""
    (lfs_folder(large.github.world.folder, REPOSITORY) / pointer_to(OLD).oid).unlink()
    large.folder.mkdir()
    workspace = large.mirror.open_workspace(large.folder / "w", base=large.base, branch="auto/1")
    assert [note.what for note in large.mirror.large_files.fill(workspace)] == [
        "names a file under Git LFS that the server does not have"
    ]
    assert (workspace.path / "data.bin").read_bytes() == pointer_to(OLD).text
    assert large.collect(workspace) is None


@needs_git_lfs
def test_a_server_that_lies_about_a_content_is_not_believed(large: Large) -> None:
    """What arrives has to have the name that the pointer gives."""
    (lfs_folder(large.github.world.folder, REPOSITORY) / pointer_to(OLD).oid).write_bytes(OLD[:-1] + b"!")
    large.folder.mkdir()
    workspace = large.mirror.open_workspace(large.folder / "w", base=large.base, branch="auto/1")
    (note,) = large.mirror.large_files.fill(workspace)
    assert "could not be fetched" in note.what
    assert list(large.mirror.large_files.store.pointers()) == []
    assert (workspace.path / "data.bin").read_bytes() == pointer_to(OLD).text
    assert not large.mirror.large_files.store.has(pointer_to(OLD))


def test_only_a_repository_with_such_a_rule_uses_it(large: Large) -> None:
    assert uses_lfs(large.mirror.folder, large.base)
    large.github.push_commit(REPOSITORY, "main", {".gitattributes": "*.bin binary\n"}, by="octo")
    large.mirror.fetch()
    assert not uses_lfs(large.mirror.folder, large.mirror.remote_head("main") or "")


@pytest.mark.parametrize(
    "content",
    [b"", b"version https://git-lfs.github.com/spec/v1\n", OLD, pointer_to(OLD).text + b"x", pointer_to(OLD).text * 2],
)
def test_other_files_are_no_pointers(content: bytes) -> None:
    assert read_pointer(content) is None
    assert read_pointer(pointer_to(content).text) == pointer_to(content)


def test_the_simulated_server_is_as_unkind_as_githubs(large: Large) -> None:
    """No token, no write access, a wrong content, another method or the API's token at the storage: all are refused; so
    is a push that refers to an object that is not there."""
    web, new = f"{large.github.web_url}/{REPOSITORY}.git/info/lfs/objects/batch", pointer_to(NEW)
    headers = {"Accept": "application/vnd.git-lfs+json"}
    body = {"operation": "upload", "objects": [{"oid": new.oid, "size": new.size}]}

    def batch(token: str | None = TOKEN, **changed: object) -> requests.Response:
        auth = ("x-access-token", token) if token else None
        return requests.post(web, data=json.dumps({**body, **changed}), headers=headers, auth=auth, timeout=10)

    assert batch(None).status_code == 401
    assert batch("wrong").status_code == 401
    assert batch(operation="delete").status_code == 422
    assert "error" in batch(operation="download").json()["objects"][0]
    assert requests.post(web, data="{}", timeout=10).status_code == 406
    action = batch().json()["objects"][0]["actions"]["upload"]
    href, given = action["href"], action["header"]
    assert requests.put(href, data=NEW, auth=("x-access-token", TOKEN), timeout=10).status_code == 403
    assert requests.get(href, headers=given, timeout=10).status_code == 403
    assert requests.put(href, data=b"else", headers=given, timeout=10).status_code == 422
    assert large.stored() == {OLD}

    workspace = large.open()
    (workspace.path / "data.bin").write_bytes(new.text)
    (workspace.gitdir / "config").write_text("[core]\n\trepositoryformatversion = 0\n")
    run_git("commit", "-qam", "To nothing", cwd=workspace.path)
    address = f"http://x:{TOKEN}@{large.github.web_url[7:]}/{REPOSITORY}.git"
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run_git("push", "-q", address, "HEAD:auto/2", cwd=workspace.path)
    assert b"GH008: Your push referenced at least 1 unknown Git LFS object" in failed.value.stderr
    assert "auto/2" not in large.github.branches(REPOSITORY)
