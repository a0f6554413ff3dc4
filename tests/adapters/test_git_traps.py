"""Traps in a workspace that have git run a program, and a host that runs nothing of them.

Each plant makes git run a program wherever git reads that config, hook or attribute. The host then does all that it
ever does with a workspace: collect, push, close.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.git_host import run_git

if TYPE_CHECKING:
    from tests.adapters.conftest import Trap


def hooks(trap: Trap) -> None:
    (trap.gitdir / "hooks").mkdir()
    names = "applypatch-msg pre-commit commit-msg post-commit pre-push post-checkout post-index-change update"
    for name in (*names.split(), "reference-transaction", "pre-receive", "post-receive", "fsmonitor-watchman"):
        shutil.copy(trap.program, trap.gitdir / "hooks" / name)


def hooks_path(trap: Trap) -> None:
    hooks(trap)
    shutil.copytree(trap.gitdir / "hooks", trap.root / "evil-hooks")
    trap.config("[core]", f"hooksPath = {trap.root}/evil-hooks")


def fsmonitor(trap: Trap) -> None:
    trap.config("[core]", f"fsmonitor = {trap.program}", "untrackedCache = true")


def include_path(trap: Trap) -> None:
    (trap.root / "evil.config").write_text(f"[core]\nfsmonitor = {trap.program}\nsshCommand = {trap.program}\n")
    trap.config("[include]", f"path = {trap.root}/evil.config")


def evil_gitdir_file(trap: Trap) -> None:
    evil = trap.root / "evil"
    trap.gitdir.rename(evil)
    hooks_here = evil / "hooks"
    hooks_here.mkdir()
    shutil.copy(trap.program, hooks_here / "post-index-change")
    (evil / "config").write_text(f"[core]\nbare = false\nfsmonitor = {trap.program}\n")
    trap.gitdir.write_text(f"gitdir: {evil}\n")


def gitdir_within_the_gitdir(trap: Trap) -> None:
    evil = trap.gitdir / ".git"
    shutil.copytree(trap.gitdir, evil)
    (evil / "config").write_text(f"[core]\nbare = false\nfsmonitor = {trap.program}\n")


def filters_in_the_tree(trap: Trap) -> None:
    (trap.root / ".gitattributes").write_text("* filter=evil\n")
    trap.config('[filter "evil"]', f"clean = {trap.program}", f"smudge = {trap.program}", "required = true")


def filters_in_info(trap: Trap) -> None:
    trap.attributes("* filter=evil")
    trap.config('[filter "evil"]', f"process = {trap.program}")


def diff_drivers(trap: Trap) -> None:
    trap.attributes("* diff=evil")
    trap.config("[diff]", f"external = {trap.program}")
    trap.config('[diff "evil"]', f"command = {trap.program}", f"textconv = {trap.program}", "cachetextconv = true")


def merge_drivers(trap: Trap) -> None:
    trap.attributes("* merge=evil")
    trap.config('[merge "evil"]', f"driver = {trap.program} %A")


def signing(trap: Trap) -> None:
    trap.config("[commit]", "gpgSign = true", "[gpg]", f"program = {trap.program}", "[push]", "gpgSign = true")


def transports(trap: Trap) -> None:
    trap.config("[core]", f"sshCommand = {trap.program}", f"gitProxy = {trap.program}", f"askPass = {trap.program}")
    trap.config('[remote "origin"]', f"url = ext::{trap.program}", "vcs = evil", "fetch = +refs/*:refs/*")
    trap.config("[protocol]", "allow = always")


def remote_programs(trap: Trap) -> None:
    for name in ("origin", ".", str(trap.gitdir), trap.mirror.url):
        trap.config(f'[remote "{name}"]', f"receivepack = {trap.program}", f"uploadpack = {trap.program}")


def upload_pack_hook(trap: Trap) -> None:
    trap.config("[uploadpack]", f"packObjectsHook = {trap.program}", "allowFilter = true", "allowAnySHA1InWant = true")


def alternate_refs_command(trap: Trap) -> None:
    trap.config("[core]", f"alternateRefsCommand = {trap.program}")


def credential_helper(trap: Trap) -> None:
    trap.config("[credential]", f"helper = !{trap.program}", "[http]", "proxy = http://127.0.0.1:9")
    trap.config(f'[http "{trap.mirror.url}"]', "proxy = http://127.0.0.1:9")
    trap.config('[url "http://127.0.0.1:9/"]', "insteadOf = http://")


def promisor(trap: Trap) -> None:
    trap.config("[extensions]", "partialClone = evil", "[core]", "repositoryformatversion = 1")
    trap.config('[remote "evil"]', "promisor = true", f"url = ext::{trap.program}", f"uploadpack = {trap.program}")
    trap.config("[protocol]", "allow = always")


def aliases_pager_editor(trap: Trap) -> None:
    trap.config("[alias]", *(f"{name} = !{trap.program}" for name in ("fetch", "upload-pack", "add", "push")))
    trap.config("[core]", f"pager = {trap.program}", f"editor = {trap.program}")


def housekeeping(trap: Trap) -> None:
    trap.config("[gc]", "auto = 1", "[maintenance]", "auto = true", f"[trace2]\neventTarget = {trap.canary}")


def nested_repository(trap: Trap) -> None:
    trap.nest("nested")
    with (trap.root / "nested/.git/config").open("a") as config:
        config.write(f"[core]\nfsmonitor = {trap.program}\n")


def submodule_fsmonitor(trap: Trap) -> None:
    nested_repository(trap)
    run_git("-c", "core.fsmonitor=false", "add", "nested", cwd=trap.root)
    trap.config('[submodule "nested"]', "url = ./nested", f"update = !{trap.program}", "ignore = none")


def worktree_config(trap: Trap) -> None:
    trap.config("[core]", "repositoryformatversion = 1", "[extensions]", "worktreeConfig = true")
    (trap.gitdir / "config.worktree").write_text(f"[core]\nfsmonitor = {trap.program}\n")


EXECUTIONS = [
    hooks,
    hooks_path,
    fsmonitor,
    include_path,
    evil_gitdir_file,
    gitdir_within_the_gitdir,
    filters_in_the_tree,
    filters_in_info,
    diff_drivers,
    merge_drivers,
    signing,
    transports,
    remote_programs,
    upload_pack_hook,
    alternate_refs_command,
    credential_helper,
    promisor,
    aliases_pager_editor,
    housekeeping,
    nested_repository,
    submodule_fsmonitor,
    worktree_config,
]


@pytest.mark.parametrize("plant", EXECUTIONS, ids=lambda plant: plant.__name__)
def test_nothing_that_the_agent_planted_runs(trap: Trap, plant: Callable[[Trap], None]) -> None:
    """The work comes out, what was committed and what was left lying; the planted program never runs."""
    (trap.root / "README.md").write_text("The work\n")
    trap.commit()
    (trap.root / "left.py").write_text("x = 1\n")
    plant(trap)
    trap.canary.unlink(missing_ok=True)  # planting it takes git, which falls into some traps itself

    work = trap.whole_way()

    assert not trap.canary.exists()
    assert work is not None
    assert trap.mirror.files(work.head).read("README.md") == b"The work\n"
    assert trap.mirror.files(work.head).read("left.py") == b"x = 1\n"
    assert trap.mirror.live_head("auto/1") == work.head


@pytest.mark.parametrize("plant", [fsmonitor, hooks, filters_in_the_tree], ids=lambda plant: plant.__name__)
def test_the_traps_are_real(trap: Trap, plant: Callable[[Trap], None]) -> None:
    """The same plants do run when git is used naively in the workspace: the test above would notice."""
    plant(trap)
    (trap.root / "README.md").write_text("The work\n")
    run_git("add", "README.md", cwd=trap.root)
    assert trap.canary.exists()
