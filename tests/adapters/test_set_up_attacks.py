"""What hostile code in a set-up tries: other layers, the host's git and Python, later sessions, living on."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from bot.adapters.claude.plan import USUAL_PATH
from bot.adapters.environments import Environment
from bot.adapters.git import Mirror
from bot.steps.equipment import exclude
from tests.adapters.cells import a_cell, inside
from tests.adapters.set_ups import SetUps
from tests.adapters.workspaces import changed, collected
from tests.git_host import GitHost, run_git

pytestmark = pytest.mark.needs("bwrap")


@pytest.fixture
def set_ups(git_host: GitHost, mirror: Mirror, tmp_path: Path) -> SetUps:
    return SetUps(git_host, mirror, tmp_path)


def after(set_ups: SetUps, script: str) -> Environment:
    """A set-up of this script, which the repository's settings call."""
    return set_ups.provide(set_ups.commit({"hostile.sh": script}), "setup: ['bash hostile.sh']\n")


def test_the_layers_of_other_repositories_are_out_of_reach(set_ups: SetUps) -> None:
    """Neither by their paths on the host, nor through a link that was put where the host copies to."""
    other = set_ups.provide(
        set_ups.commit({"x": "x"}), "setup: ['echo theirs > \"$HOME/x\"']\n", repository="octo/other"
    )
    assert other.layer is not None
    script = f"""
        echo mine > {other.layer}/home/x || true
        mkdir -p {other.layer.parent} && echo mine > {other.layer.parent}/planted || true
        ln -s {other.layer}/home "$HOME/.ssh"
        ln -s {other.layer}/home "$HOME/.config"
        rm -rf "$HOME/tmp"; ln -s {other.layer}/home "$HOME/tmp"
        ln -s {other.layer} node_modules
    """

    environment = after(set_ups, script)

    assert environment.failure is None
    assert environment.layer != other.layer
    assert (other.layer / "home/x").read_text() == "theirs\n"
    assert sorted(path.name for path in other.layer.iterdir()) == ["home", "python", "set_up.json", "tree"]
    assert sorted(path.name for path in other.layer.parent.iterdir()) == [other.layer.name]


def test_nothing_is_planted_for_git_or_for_the_hosts_python(set_ups: SetUps, tmp_path: Path) -> None:
    script = """
        printf '#!/bin/sh\\ntouch /tmp/hooked' > .git/hooks/post-checkout 2>/dev/null || mkdir -p .git/hooks
        printf '#!/bin/sh\\ntouch /tmp/hooked' > .git/hooks/pre-commit; chmod +x .git/hooks/*
        git config core.fsmonitor 'touch /tmp/hooked'; echo '* filter=x' > .git/info/attributes
        printf '[core]\\n\\tfsmonitor = touch /tmp/hooked\\n' > "$HOME/.gitconfig"
        mkdir -p "$HOME/.config/git" "$HOME/.ssh" "$HOME/.claude"; echo x > "$HOME/.config/git/config"
        echo 'touch /tmp/hooked' > "$HOME/.bashrc"; echo x > "$HOME/.claude/settings.json"
        echo '*' > .gitignore; echo '* text' > .gitattributes; mkdir src/.git; echo x > src/.git/config
        echo 'raise SystemExit("hooked")' > sitecustomize.py
    """

    environment = after(set_ups, script)

    assert environment.failure is None, environment.failure
    assert environment.created == ("sitecustomize.py",)
    home = tmp_path / "home"
    environment.fill(home=home)
    left = {path.relative_to(home).as_posix() for path in home.rglob("*")}
    assert not {name for name in left if name.split("/")[0] in {".gitconfig", ".bashrc", ".ssh", ".claude"}}
    assert ".config/git/config" not in left


def test_what_a_set_up_made_is_in_no_commit(set_ups: SetUps, mirror: Mirror, tmp_path: Path) -> None:
    """Not where .gitignore does not name it, not where the session adds everything, not where it is forced."""
    script = """
        mkdir -p node_modules/x vendor src/made.egg-info 'odd [name]*'
        for folder in node_modules/x vendor src/made.egg-info 'odd [name]*'; do echo made > "$folder/file"; done
        echo made > src/generated.py; echo made > made.lock
    """
    environment = after(set_ups, script)
    base = mirror.remote_head("main")
    assert base is not None
    workspace = mirror.open_workspace(tmp_path / "workspace", base=base, branch="auto/1")
    environment.fill(checkout=workspace.path)
    exclude(workspace, environment.created)

    assert run_git("status", "--porcelain", cwd=workspace.path) == ""
    (workspace.path / "time.txt").write_text("noon")
    run_git("add", "-A", cwd=workspace.path)
    run_git("add", "-f", "src/generated.py", "node_modules", cwd=workspace.path)
    run_git("commit", "-qm", "Add everything", cwd=workspace.path)
    (workspace.path / ".git/info/exclude").write_text("")
    (workspace.path / "later.txt").write_text("night")

    work = collected(mirror, workspace, base, never=environment.created)

    assert set(changed(mirror, base, work)) == {"time.txt", "later.txt"}


def test_a_daemon_ends_with_its_command(set_ups: SetUps) -> None:
    mark = f"daemon-of-{os.getpid()}"
    environment = after(set_ups, f"setsid nohup bash -c 'exec -a {mark} sleep 600' >/dev/null 2>&1 & disown\n")

    assert environment.failure is None
    assert [each for each in psutil.process_iter(["cmdline"]) if mark in " ".join(each.info["cmdline"] or ())] == []


def test_no_file_of_a_layer_gives_rights_to_others(set_ups: SetUps) -> None:
    """A program with a set-user-id bit, and a folder without permissions: the layer is the bot's, and is read."""
    environment = after(
        set_ups, 'cp /bin/true "$HOME/mine"; chmod 6755 "$HOME/mine"; mkdir "$HOME/shut"; chmod 0 "$HOME/shut"\n'
    )

    assert environment.layer is not None
    made = (environment.layer / "home/mine").stat()
    assert made.st_uid == os.geteuid()
    assert not made.st_mode & 0o6000


def test_a_copy_belongs_to_the_cell_that_gets_it(set_ups: SetUps, tmp_path: Path) -> None:
    environment = after(set_ups, "mkdir -p made; echo x > made/file; chmod 0600 made/file; chmod 0700 made\n")
    (tmp_path / "cell/workspace").mkdir(parents=True)
    environment.fill(checkout=tmp_path / "cell/workspace")
    cell = a_cell(tmp_path / "cell", number=8)

    assert inside(cell, ["bash", "-c", "cat made/file && echo y >> made/file && rm -r made"]).code == 0


def test_a_program_in_home_takes_no_others_place(set_ups: SetUps, tmp_path: Path) -> None:
    """One that the host has runs, whatever was put into HOME by that name; another one is found there."""
    script = """
        mkdir -p "$HOME/.local/bin" "$HOME/.cargo/bin" "$HOME/go/bin"
        for name in bash git env cat other; do
            for folder in "$HOME"/.local/bin "$HOME"/.cargo/bin "$HOME"/go/bin; do
                printf '#!/bin/sh\\necho planted' > "$folder/$name"; chmod +x "$folder/$name"
            done
        done
    """
    environment = after(set_ups, script)
    cell = a_cell(tmp_path / "cell")
    checkout, home = cell.writable
    environment.fill(checkout=checkout, home=home)
    cell = environment.in_cell(cell, checkout=checkout, home=home, python=None)
    path = ":".join((*environment.path, *USUAL_PATH, *environment.path_after))

    done = inside(cell, ["/bin/bash", "-c", "command -v bash git env cat; other"], {"PATH": path})

    assert done.text.splitlines() == ["/usr/bin/bash", "/usr/bin/git", "/usr/bin/env", "/usr/bin/cat", "planted"]
