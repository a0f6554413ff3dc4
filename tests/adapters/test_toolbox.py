"""The host's tools in cells: where they are found, and that they work there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.process import run
from bot.adapters.sandbox import Bubblewrap
from bot.adapters.tools import Toolbox, find_tools
from tests.adapters.cells import PYTHON, a_cell, bubblewrap
from tests.adapters.tool_homes import LAYOUTS, a_home, find, in_cell, program


@pytest.fixture
def home() -> Iterator[Path]:
    with a_home() as made:
        yield made


@pytest.mark.parametrize("name", LAYOUTS)
def test_known_managers_are_found_though_path_does_not_name_them(home: Path, name: str) -> None:
    """A service manager starts the bot with a short PATH. What the tools need is set too."""
    where, files, variable = LAYOUTS[name]
    made = program(home / where)
    for path, content in files.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(content)

    found = find(home)

    assert str(made.parent) in found.path
    assert any(made.is_relative_to(folder) for folder in found.folders)
    assert not variable or variable in dict(found.variables)


def test_the_operators_path_comes_first_and_in_its_order(home: Path) -> None:
    """Without the folders that every cell has anyway, and without those that are not there."""
    one, two = program(home / "one/bin/x").parent, program(home / "two/bin/x").parent
    program(home / ".local/bin/y")

    assert find(home, str(two), "/usr/bin", str(one), f"{home}/gone/bin").path == (
        str(two),
        str(one),
        f"{home}/.local/bin",
    )


BESIDE = {
    "rustup beside Cargo": (".cargo/bin/cargo", ".rustup/toolchains", "RUSTUP_HOME", ".rustup"),
    "rustup of a container": ("cargo/bin/cargo", "rustup/toolchains", "RUSTUP_HOME", "rustup"),
    "pyenv by its shims": (".pyenv/shims/python3", ".pyenv/versions", "PYENV_ROOT", ".pyenv"),
    "pyenv by its programs": (".pyenv/bin/pyenv", ".pyenv/versions", "PYENV_ROOT", ".pyenv"),
    "pyenv by a plugin": (".pyenv/plugins/pyenv-virtualenv/shims/x", ".pyenv/versions", "PYENV_ROOT", ".pyenv"),
    "pyenv of a container": ("pyenv/versions/3.12.1/bin/python3", "pyenv/versions", "PYENV_ROOT", "pyenv"),
    "rbenv": (".rbenv/shims/ruby", ".rbenv/versions", "RBENV_ROOT", ".rbenv"),
    "nvm": (".nvm/versions/node/v20.1.0/bin/node", ".nvm/alias", "NVM_DIR", ".nvm"),
    "nvm of a container": ("nvm/versions/node/v20.1.0/bin/node", "nvm/alias", "NVM_DIR", "nvm"),
    "nvm in .config": (".config/nvm/versions/node/v20.1.0/bin/node", ".config/nvm/alias", "NVM_DIR", ".config/nvm"),
    "fnm": (".local/share/fnm/aliases/default/bin/node", ".local/share/fnm", "FNM_DIR", ".local/share/fnm"),
    "volta": (".volta/bin/node", ".volta/tools", "VOLTA_HOME", ".volta"),
    "sdkman": (".sdkman/candidates/java/current/bin/java", ".sdkman/candidates", "SDKMAN_DIR", ".sdkman"),
    "asdf": (".asdf/shims/node", ".asdf/installs", "ASDF_DATA_DIR", ".asdf"),
    "asdf by its programs": (".asdf/bin/asdf", ".asdf/installs", "ASDF_DATA_DIR", ".asdf"),
    "mise": (".local/share/mise/shims/node", ".local/share/mise/installs", "MISE_DATA_DIR", ".local/share/mise"),
    "mise by its program": (".local/bin/mise", ".local/share/mise/installs", "MISE_DATA_DIR", ".local/share/mise"),
    "rye": (".rye/shims/python3", ".rye/py", "RYE_HOME", ".rye"),
    "elan": (".elan/bin/lean", ".elan/toolchains", "ELAN_HOME", ".elan"),
    "goenv": (".goenv/shims/go", ".goenv/versions", "GOENV_ROOT", ".goenv"),
}


@pytest.mark.parametrize("name", BESIDE)
def test_a_manager_is_found_beside_its_programs_on_path(home: Path, name: str) -> None:
    """HOME is another folder, and is empty: as for a service, or under `sudo`."""
    where, folder, variable, manager = BESIDE[name]
    entry = program(home / "operator" / where).parent
    (home / "operator" / folder).mkdir(parents=True, exist_ok=True)
    (home / "empty").mkdir()

    found = find(home / "empty", str(entry))

    assert dict(found.variables)[variable] == str(home / "operator" / manager)
    assert not any(folder in {home, home / "operator"} for folder in found.folders)


def test_a_folder_of_programs_that_is_no_managers_leads_to_none(home: Path) -> None:
    for name in ("go", "n", "local", "config", "opt"):
        program(home / f"{name}/bin/x")
    for name in (".rustup", ".pyenv", ".local/share/mise", "rustup", "share/mise"):
        (home / name).mkdir(parents=True)
    (home / "empty").mkdir()

    found = find(home / "empty", *(f"{home}/{name}/bin" for name in ("go", "n", "local", "config", "opt")))

    assert found.homes == ()


@pytest.mark.needs("bwrap")
def test_tools_run_in_a_cell_and_cannot_be_changed(home: Path, tmp_path: Path) -> None:
    """Rustup's and others in a HOME that cells do not see otherwise. Cargo has a folder to write to."""
    program(home / ".rustup/toolchains/stable-x86_64-unknown-linux-gnu/bin/rustc", "stable")
    cargo = program(home / ".cargo/bin/cargo", "$RUSTUP_HOME ${CARGO_HOME:-none}")
    (home / "notes.txt").write_text("private")

    script = (
        f"cargo; touch {cargo} 2>/dev/null || echo kept; ls -A {home} | sort; mkdir -p ~/.cargo/registry && echo made"
    )
    code, said = in_cell(find(home), tmp_path, script)

    assert (code, said.split()) == (0, [f"{home}/.rustup", "none", "kept", ".cargo", ".rustup", "made"])


@pytest.mark.needs("bwrap")
def test_what_links_and_scripts_need_is_shown(home: Path, tmp_path: Path) -> None:
    """Links to other places, links of links, links to folders, scripts that another place's program runs."""
    program(home / "apps/node-20/bin/node", "node")
    (home / "apps/node-20/lib").mkdir()
    (home / "apps/current").symlink_to("node-20")
    program(home / "apps/single/run.sh", "single")
    program(home / "venvs/tool/bin/python3", "interpreted")
    (home / "venvs/tool/lib").mkdir()
    programs = home / ".local/bin"
    programs.mkdir(parents=True)
    (programs / "node").symlink_to(home / "apps/current/bin/node")
    (programs / "nodejs").symlink_to("node")
    (programs / "single").symlink_to(home / "apps/single/run.sh")
    (programs / "broken").symlink_to(home / "gone")
    program(programs / "tool").write_text(f"#!{home}/venvs/tool/bin/python3\n")

    found = find(home, f"{home}/apps/current/bin")
    code, said = in_cell(
        found,
        tmp_path,
        f"node; nodejs; single; tool; readlink -f {home}/apps/current/bin/node >/dev/null; ls {home}/apps/single",
    )

    assert code == 0
    assert said.split() == ["node", "node", "single", "interpreted", "run.sh"]


def test_tools_of_the_setting_replace_those_of_the_operator(home: Path) -> None:
    """A manager's folder, an installation and a folder of programs; `none` of them is an empty list."""
    program(home / ".pyenv/versions/3.12.1/bin/python3")
    (home / ".pyenv/version").write_text("3.12.1")
    program(home / "opt/node/bin/node")
    (home / "opt/node/lib").mkdir()
    program(home / "single/tool")
    program(home / ".cargo/bin/cargo")

    named = [f"{home}/.pyenv", f"{home}/opt/node", f"{home}/single"]
    found = find(home, f"{home}/.cargo/bin", tools=named)

    assert found.path == (f"{home}/.pyenv/versions/3.12.1/bin", f"{home}/opt/node/bin", f"{home}/single")
    assert [str(folder) for folder in found.folders] == sorted(named)
    assert find(home, f"{home}/.cargo/bin", tools=[]) == Toolbox()


def test_variables_of_the_operator_are_kept_where_cells_see_their_folders(home: Path) -> None:
    program(home / "opt/jdk/bin/java")
    (home / "opt/jdk/lib").mkdir()
    (home / "private").mkdir()

    more = {"JAVA_HOME": f"{home}/opt/jdk", "GOROOT": f"{home}/private", "M2_HOME": "relative", "GITHUB_TOKEN": "x"}
    found = find_tools(None, {"PATH": f"{home}/opt/jdk/bin", **more}, home=home)

    assert dict(found.variables) == {"JAVA_HOME": f"{home}/opt/jdk"}


def test_shims_on_the_path_bring_their_manager_from_another_home(home: Path) -> None:
    """As where the bot runs with a HOME to itself: the shims alone would start a manager that is not there."""
    theirs, ours = home / "theirs", home / "ours"
    ours.mkdir()
    program(theirs / ".pyenv/versions/3.12.1/bin/python3")
    program(theirs / ".pyenv/shims/python3")
    (theirs / ".pyenv/version").write_text("3.12.1")

    found = find_tools(None, {"PATH": f"{theirs}/.pyenv/shims:/usr/bin"}, home=ours)

    assert found.path[0] == f"{theirs}/.pyenv/versions/3.12.1/bin"
    assert ("PYENV_ROOT", f"{theirs}/.pyenv") in found.variables


def test_other_pythons_can_be_used_by_their_names(home: Path) -> None:
    """As tox uses them: pyenv knows the newest of each minor version, after the operator's own."""
    for version in ("3.9.1", "3.12.1", "3.12.10", "3.10.2"):
        program(home / f".pyenv/versions/{version}/bin/python3")
    (home / ".pyenv/version").write_text("3.10.2\n")

    assert dict(find(home).variables)["PYENV_VERSION"] == "3.10.2:3.12.10:3.9.1"


@pytest.mark.needs("bwrap")
@pytest.mark.needs("setpriv")
@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's other tests show the same")
def test_an_ordinary_user_sees_them_too(home: Path) -> None:
    """Where the cell is a user namespace."""
    program(home / ".cargo/bin/cargo", "cargo")
    nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--")
    readable = (
        run([*nobody, "test", "-x", PYTHON], cwd=Path("/"), env={"PATH": "/usr/bin"}, seconds=10, codes=None).code == 0
    )
    python = Path(PYTHON) if readable else Path("/usr/bin/python3").resolve()
    found = find(home)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        folder = Path(made)
        folder.chmod(0o755)
        cell = a_cell(folder)
        for each in (*cell.writable, cell.temporary, cell.memory):
            os.chown(each, 65534, 65534)
        sandbox = Bubblewrap(bubblewrap().binary, python, is_root=False, tools=found)
        wrapped = sandbox.wrap(
            ["/bin/bash", "-c", f"cargo; touch {home}/.cargo/bin/x 2>/dev/null || echo kept"], cell=cell
        )
        done = run(
            [*nobody, *wrapped], cwd=folder, env={"PATH": ":".join((*found.path, "/usr/bin"))}, seconds=30, codes=None
        )

    assert done.text.split() == ["cargo", "kept"], done.stderr
