"""By-products of programs are not collected, committed or not; what the base commit tracks always is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.git import Collected, Mirror, Workspace, git
from bot.core.failures import FailureKind, TaskFailed
from tests.adapters.conftest import OCTO, by
from tests.adapters.workspaces import changed, collect, collected
from tests.git_host import GitHost, commit_files, run_git

PYTHON = "home = /usr/bin\n"
ODD = {
    ".venv/pyvenv.cfg": PYTHON,
    "src/__pycache__/clock.cpython-311.pyc": "x",
    "tools.egg-info/PKG-INFO": "x",
    "node_modules/left-pad/package.json": "{}",
    "web/node_modules/.bin/x": "x",
    ".pytest_cache/README.md": "x",
    "target/.rustc_info.json": "{}",
}


@pytest.fixture
def base(mirror: Mirror) -> str:
    head = mirror.remote_head("main")
    assert head is not None
    return head


@pytest.fixture
def workspace(mirror: Mirror, base: str, tmp_path: Path) -> Iterator[Workspace]:
    workspace = mirror.open_workspace(tmp_path / "attempt/workspace", base=base, branch="auto/1")
    yield workspace
    workspace.close()


def write(workspace: Workspace, files: dict[str, str]) -> None:
    for path, content in files.items():
        place = workspace.path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)


def commit(workspace: Workspace, message: str = "Work") -> str:
    run_git("add", "-A", "-f", cwd=workspace.path)
    run_git("commit", "-q", "-m", message, cwd=workspace.path)
    return run_git("rev-parse", "HEAD", cwd=workspace.path)


def subjects(mirror: Mirror, base: str, work: Collected) -> list[str]:
    return git("log", "--reverse", "--format=%s", f"{base}..{work.head}", gitdir=mirror.folder).text.splitlines()


def taken_with(mirror: Mirror, workspace: Workspace, base: str, *never: str) -> Collected | None:
    """What is collected where a program that set up the repository has made these paths."""
    with mirror.quarantine(workspace.path.with_name("quarantine.git")) as quarantine:
        work = quarantine.collect(
            workspace, branch="auto/1", base=base, message="R", rewriting=by(OCTO), most_files=100, never=never
        )
        if work is not None:
            quarantine.release(work.head, "auto/1")
        return work


def test_without_a_rule_that_ignores_them(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """Neither alone nor beside work; folders of these names that hold source are work."""
    write(workspace, ODD)
    assert collect(mirror, workspace, base) is None
    write(workspace, {"env/settings.py": "x\n", "build/make.py": "x\n", "src/new.py": "x\n"})
    work = collected(mirror, workspace, base)
    assert set(changed(mirror, base, work)) == {"env/settings.py", "build/make.py", "src/new.py"}
    assert work.left_out == ()


def test_thousands_of_them_count_against_no_limit(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """Neither in their number nor in their size."""
    write(workspace, {".venv/pyvenv.cfg": PYTHON, "src/new.py": "x\n"})
    write(workspace, {f".venv/lib/{number}.py": "x" for number in range(1500)})
    assert set(changed(mirror, base, collected(mirror, workspace, base))) == {"src/new.py"}


def test_what_git_add_took_is_taken_out_of_the_commits(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """The commits stay, without them; what is left out is named, with its number of files."""
    write(workspace, {**ODD, "src/new.py": "x\n", **{f"node_modules/a/{number}.js": "x" for number in range(150)}})
    commit(workspace, "Add new.py")
    write(workspace, {"src/more.py": "x\n"})
    commit(workspace, "Add more.py")

    work = collected(mirror, workspace, base)

    assert set(changed(mirror, base, work)) == {"src/new.py", "src/more.py"}
    assert (subjects(mirror, base, work), work.leftovers) == (["Add new.py", "Add more.py"], False)
    told = {each.path: each.what for each in work.left_out}
    assert told["node_modules/"] == "was committed and is not published: it is installed packages, 151 files"
    assert told[".venv/"] == "was committed and is not published: it is a Python environment, 1 file"
    assert set(told) == {
        *(".venv/", "src/__pycache__/", "tools.egg-info/", "node_modules/", "web/node_modules/", ".pytest_cache/"),
        "target/",
    }


def test_a_commit_of_nothing_else_is_left_out(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """At the beginning, in the middle and at the end."""
    for number, message in enumerate(["Install", "Work", "Install more", "More work", "Install even more"]):
        write(
            workspace,
            {f"work{number}.py": "x\n"} if "ork" in message else {f"node_modules/{number}/package.json": "{}"},
        )
        commit(workspace, message)
    work = collected(mirror, workspace, base)
    assert (subjects(mirror, base, work), work.commits) == (["Work", "More work"], 2)


def test_nothing_but_by_products_is_nothing(mirror: Mirror, workspace: Workspace, base: str) -> None:
    write(workspace, ODD)
    commit(workspace)
    assert collect(mirror, workspace, base) is None


def test_one_that_was_committed_and_deleted_leaves_no_trace(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """It would be in the history for ever."""
    write(workspace, {**ODD, "a.py": "x\n"})
    commit(workspace)
    run_git("rm", "-rqf", ".venv", "node_modules", "target", cwd=workspace.path)
    write(workspace, {"b.py": "x\n"})
    commit(workspace)
    work = collected(mirror, workspace, base)
    names = git("log", "--format=", "--name-only", f"{base}..{work.head}", gitdir=mirror.folder).text.split()
    assert sorted(names) == ["a.py", "b.py"]


def test_what_the_base_tracks_is_collected(mirror: Mirror, git_host: GitHost, tmp_path: Path) -> None:
    """A repository that has its packages, or a cache for its tests, under version control."""
    files: dict[str, str | bytes] = {"node_modules/a/package.json": "{}", "tests/__pycache__/old.pyc": b"x"}
    base = commit_files(git_host.root / "octo/tools.git", "main", files, "Vendor")
    mirror.fetch()
    workspace = mirror.open_workspace(tmp_path / "w", base=base, branch="auto/1")
    write(workspace, {"node_modules/a/package.json": "{1}", "node_modules/b/package.json": "{}"})
    write(workspace, {"tests/__pycache__/old.pyc": "y", "other/__pycache__/x.pyc": "x"})
    expected = {"node_modules/a/package.json", "node_modules/b/package.json", "tests/__pycache__/old.pyc"}
    assert set(changed(mirror, base, collected(mirror, workspace, base))) == expected
    commit(workspace)
    work = collected(mirror, workspace, base)
    assert set(changed(mirror, base, work)) == expected
    assert [each.path for each in work.left_out] == ["other/__pycache__/"]
    workspace.close()


def test_deleting_one_that_the_base_tracks_is_work(mirror: Mirror, git_host: GitHost, tmp_path: Path) -> None:
    """`git rm -r --cached node_modules`, with a rule that ignores it from now on."""
    files: dict[str, str | bytes] = {"node_modules/a/package.json": "{}"}
    base = commit_files(git_host.root / "octo/tools.git", "main", files, "Vendor")
    mirror.fetch()
    workspace = mirror.open_workspace(tmp_path / "w", base=base, branch="auto/1")
    write(workspace, {".gitignore": "node_modules/\n"})
    run_git("rm", "-rq", "--cached", "node_modules", cwd=workspace.path)
    run_git("add", ".gitignore", cwd=workspace.path)
    run_git("commit", "-q", "-m", "Forget", cwd=workspace.path)
    assert set(changed(mirror, base, collected(mirror, workspace, base))) == {
        ".gitignore",
        "node_modules/a/package.json",
    }
    workspace.close()


def test_links_to_environments_stay_behind(mirror: Mirror, workspace: Workspace, base: str) -> None:
    (workspace.path / "node_modules").symlink_to("/opt/layer/node_modules")
    (workspace.path / "result").symlink_to("/nix/store/abc")
    (workspace.path / "shared").symlink_to("src")
    commit(workspace)
    work = collected(mirror, workspace, base)
    assert set(changed(mirror, base, work)) == {"shared"}
    assert [each.path for each in work.left_out] == ["node_modules", "result"]


def test_what_set_up_made_stays_behind(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """Of any name, committed or not; an edit of a tracked file is work."""
    write(workspace, {"generated/a.py": "x\n", "generated/deep/b.py": "x\n", "_version.py": "x\n", "gen.py": "x\n"})
    write(workspace, {"README.md": "More\n"})
    named = ("generated/", "_version.py", "README.md", "no/such/path")
    first = taken_with(mirror, workspace, base, *named)
    assert first is not None
    assert set(changed(mirror, base, first)) == {"gen.py", "README.md"}
    commit(workspace)
    again = taken_with(mirror, workspace, base, *named)
    assert again is not None
    assert set(changed(mirror, base, again)) == {"gen.py", "README.md"}


def test_a_repository_within_a_by_product_is_no_submodule(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """A package that was installed from git."""
    write(workspace, {"node_modules/.package-lock.json": "{}", "a.py": "x\n"})
    nested = workspace.path / "node_modules/from-git"
    run_git("init", "-q", str(nested))
    run_git("commit", "-q", "--allow-empty", "-m", "Nested", cwd=nested)
    commit(workspace)
    assert set(changed(mirror, base, collected(mirror, workspace, base))) == {"a.py"}


def test_too_many_files_are_named_by_their_folder(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """Where no by-product explains them: with the number of those in it."""
    write(workspace, {"src/new.py": "x\n", **{f"out/gen/{number}.txt": "x" for number in range(120)}})
    with pytest.raises(TaskFailed, match=r"121 new files .* 120 of them in `out/gen/`; the limit is 100") as failed:
        collect(mirror, workspace, base)
    assert failed.value.kind is FailureKind.DIFF_TOO_LARGE


def test_a_folder_of_too_many_trees_is_left_to_the_limits(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """A tree that unfolds into a million files costs what its distinct trees cost: too large, and no by-product."""
    blob = run_git("hash-object", "-w", "--stdin", cwd=workspace.path, stdin=b"")
    tree = run_git("mktree", cwd=workspace.path, stdin=f"100644 blob {blob}\tx\n".encode())
    for _ in range(20):
        rows = "".join(f"040000 tree {tree}\td{number}\n" for number in range(10))
        tree = run_git("mktree", cwd=workspace.path, stdin=rows.encode())
    commit_ = run_git("commit-tree", tree, "-p", base, "-m", "Bomb", cwd=workspace.path)
    run_git("update-ref", "HEAD", commit_, cwd=workspace.path)
    with pytest.raises(TaskFailed, match="more than 1,000,000 files changed"):
        collect(mirror, workspace, base)


MANIFEST = '{"main": "dist/index.js", "scripts": {"build": "tsc"}}'
BUILT = {"package.json": MANIFEST, "src/index.ts": "x\n", "dist/index.js": "y\n", "dist/deep/a.js": "z\n"}


@pytest.mark.parametrize("is_committed", [True, False])
def test_an_output_of_a_build_is_left_out_and_named(
    mirror: Mirror, workspace: Workspace, base: str, is_committed: bool
) -> None:
    """Also where it was only left in the workspace: the session may have meant it."""
    write(workspace, BUILT)
    if is_committed:
        commit(workspace)

    work = collected(mirror, workspace, base)

    assert set(changed(mirror, base, work)) == {"package.json", "src/index.ts"}
    how = "was committed" if is_committed else "was left in the workspace"
    assert [each.path for each in work.left_out] == ["dist/"]
    assert work.left_out[0].what.startswith(f"{how} and is not published: it is an output of a build")


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_repository_that_tracks_its_output_gets_it(
    git_host: GitHost, mirror: Mirror, tmp_path: Path, is_committed: bool
) -> None:
    """In new packages too."""
    commit_files(git_host.root / "octo/tools.git", "main", BUILT, "Track the output")
    head = mirror.fetch("main")["main"]
    workspace = mirror.open_workspace(tmp_path / "attempt/workspace", base=head, branch="auto/1")
    new = {f"packages/new/{path}": content for path, content in BUILT.items()}
    write(workspace, {"dist/index.js": "changed\n", "dist/new.js": "new\n", **new})
    if is_committed:
        commit(workspace)

    work = collected(mirror, workspace, head)

    assert set(changed(mirror, head, work)) == {"dist/index.js", "dist/new.js", *new}
    assert work.left_out == ()
    workspace.close()
