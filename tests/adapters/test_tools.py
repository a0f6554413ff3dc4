"""The host's tools in cells: where they are found, what is shown with them, and what never is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.process import run
from bot.adapters.sandbox import Bubblewrap
from bot.adapters.tools import Toolbox, find_tools
from tests.adapters.cells import PYTHON, a_cell, bubblewrap

SAYS = "#!/bin/sh\necho {}\n"


@pytest.fixture
def home() -> Iterator[Path]:
    """An operator's HOME, not in /tmp, where no tools are looked for. Others may enter it, but need not."""
    parent = "/mnt" if os.access("/mnt", os.W_OK) else str(Path.home())
    with tempfile.TemporaryDirectory(dir=parent, prefix="nightshift-home-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder


def program(path: Path, says: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SAYS.format(says or path.name))
    path.chmod(0o755)
    return path


def find(
    home: Path, *path: str, tools: list[str] | None = None, private: tuple[Path, ...] = (), **more: str
) -> Toolbox:
    environment = {"PATH": ":".join((*path, "/usr/local/bin", "/usr/bin", "/bin")), **more}
    return find_tools(tools, environment, home=home, private=private)


def in_cell(
    toolbox: Toolbox, folder: Path, script: str, variables: Mapping[str, str] | None = None
) -> tuple[int | None, str]:
    """What a command prints that has these tools on its PATH."""
    cell = a_cell(folder)
    path = ":".join((*toolbox.path, "/usr/local/bin", "/usr/bin", "/bin"))
    environment = {"PATH": path, "HOME": str(cell.writable[1]), **dict(toolbox.variables), **(variables or {})}
    wrapped = replace(bubblewrap(), tools=toolbox).wrap(["/bin/bash", "-c", script], cell=cell)
    done = run(wrapped, cwd=Path("/"), env=environment, seconds=60, codes=None)
    return done.code, done.text


LAYOUTS = {
    "pyenv": (".pyenv/versions/3.12.1/bin/python3", {".pyenv/version": "3.12.1\n"}, "PYENV_ROOT"),
    "rbenv": (".rbenv/versions/3.3.0/bin/ruby", {".rbenv/version": "3.3.0\n"}, "RBENV_ROOT"),
    "nvm": (".nvm/versions/node/v20.1.0/bin/node", {".nvm/alias/default": "20\n"}, "NVM_DIR"),
    "fnm": (".local/share/fnm/node-versions/v20.1.0/installation/bin/node", {}, "FNM_DIR"),
    "volta": (".volta/tools/image/node/20.1.0/bin/node", {}, "VOLTA_HOME"),
    "asdf": (".asdf/installs/nodejs/20.1.0/bin/node", {}, "ASDF_DATA_DIR"),
    "mise": (".local/share/mise/installs/node/20.1.0/bin/node", {}, "MISE_DATA_DIR"),
    "sdkman": (".sdkman/candidates/java/current/bin/java", {}, "SDKMAN_DIR"),
    "cargo": (".cargo/bin/cargo", {}, ""),
    "go": ("go/bin/golangci-lint", {}, ""),
    "bun": (".bun/bin/bun", {}, ""),
    "deno": (".deno/bin/deno", {}, ""),
    "pnpm": (".local/share/pnpm/pnpm", {}, ""),
    "local": (".local/bin/uv", {}, ""),
    "dotnet": (".dotnet/dotnet", {}, "DOTNET_ROOT"),
    "rye": (".rye/shims/python3", {}, "RYE_HOME"),
    "elan": (".elan/bin/lean", {}, "ELAN_HOME"),
    "ghcup": (".ghcup/bin/ghc", {}, ""),
    "composer": (".config/composer/vendor/bin/phpunit", {}, ""),
    "rvm": (".rvm/rubies/default/bin/ruby", {}, ""),
}


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


CREDENTIALS = {
    ".cargo/credentials.toml": "[registry]\ntoken = 'x'",
    ".cargo/credentials": "x",
    ".cargo/config.toml": "[registries.own]\ntoken = 'abcdef0123'",
    ".local/share/uv/credentials/credentials.toml": "x",
    ".rye/credentials": "x",
    ".dotnet/corefx/cryptography/x509stores/my/key.pfx": "x",
    ".pyenv/versions/3.12.1/pip.conf": "[global]\nindex-url = https://ada:hunter22@pypi.example.org/simple",
    ".pyenv/versions/3.12.1/etc/pip.conf": "[global]\nextra-index-url = https://ada:hunter22@pypi.example.org",
    ".pyenv/.git/config": "[remote]\n\turl = https://x:ghp_012345678@github.com/pyenv/pyenv",
    ".nvm/versions/node/v20.1.0/etc/npmrc": "//registry.npmjs.org/:_authToken=npm_0123456789",
    ".nvm/.npmrc": "//registry.npmjs.org/:_authToken=npm_0123456789",
    ".asdf/installs/rust/1.75.0/credentials.toml": "x",
    ".asdf/installs/nodejs/20.1.0/etc/npmrc": "_auth = dXNlcjpwYXNz",
    ".sdkman/candidates/maven/current/conf/settings.xml": "<password>hunter22</password>",
    ".sdkman/candidates/gradle/current/gradle.properties": "mavenPassword=hunter22",
    ".volta/tools/image/node/20.1.0/etc/npmrc": "//r/:_authToken=npm_0123456789",
    ".local/share/pnpm/rc": "//r/:_authToken=npm_0123456789",
    ".local/bin/.netrc": "machine a login b password c",
    ".local/bin/.env": "TOKEN=abcdef",
    ".bun/bin/.npmrc": "//r/:_authToken=npm_0123456789",
    ".composer/auth.json": "{}",
    ".config/composer/auth.json": "{}",
    ".netrc": "machine a login b password c",
    ".npmrc": "//r/:_authToken=npm_0123456789",
    ".pypirc": "x",
    ".m2/settings.xml": "<password>hunter22</password>",
    ".gem/credentials": "x",
    ".docker/config.json": "{}",
    ".ssh/id_ed25519": "x",
    ".aws/credentials": "x",
    ".config/gh/hosts.yml": "oauth_token: abcdef0123",
    ".config/mise/config.toml": "[env]\nTOKEN = 'abcdef0123'",
    "go/bin/.git-credentials": "https://x:y@github.com",
    "opt/tool/auth.json": "{}",
    "opt/tool/conf/settings.xml": "<password>hunter22</password>",
    "opt/tool/lib/x": "x",
}


@pytest.mark.needs("bwrap")
def test_no_credential_beside_the_tools_can_be_read(home: Path, tmp_path: Path) -> None:
    """Of any of the managers that are found, of HOME itself, or in a folder that PATH names."""
    for path, content in CREDENTIALS.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(f"{content}\nMARKER")
    for where, _, _ in LAYOUTS.values():
        program(home / where)
    program(home / "opt/tool/bin/tool")

    code, said = in_cell(
        find(home, f"{home}/opt/tool/bin"), tmp_path, f"tool; grep -rl MARKER {home}; ls {home}/opt/tool/lib"
    )

    assert (code, said.split()) == (0, ["tool", f"{home}/opt/tool/lib/x", "x"])


@pytest.mark.needs("bwrap")
def test_settings_without_a_credential_stay(home: Path, tmp_path: Path) -> None:
    """Tools may need them."""
    program(home / ".nvm/versions/node/v20.1.0/bin/node")
    (home / ".nvm/versions/node/v20.1.0/etc").mkdir()
    (home / ".nvm/versions/node/v20.1.0/etc/npmrc").write_text("registry=https://registry.npmjs.org/\n")

    assert "registry=" in in_cell(find(home), tmp_path, f"cat {home}/.nvm/versions/node/*/etc/npmrc")[1]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        *((entry, "absolute") for entry in (".", "", "bin", "./node_modules/.bin", "~", "~/bin", "..")),
        *((entry, "more than tools") for entry in ("/", "/home", "/opt", "HOME", "HOME/", "PARENT")),
        *((entry, "is shown") for entry in ("/tmp/x", "/etc", "/proc/self", "/var/lib/x", "/run", "/dev/shm")),
        *((entry, "belongs to Nightshift") for entry in ("DATA/bin", "CHECKOUT/node_modules/.bin", "CHECKOUT/bot")),
        *((entry, "data or settings") for entry in ("DATA", "ABOVE")),
    ],
)
def test_folders_that_are_never_shown(home: Path, entry: str, reason: str) -> None:
    """Neither as an entry of PATH nor named in TOOLS; `doctor` prints the reason."""
    checkout = Path(__file__).parents[2]
    data = home / "work/nightshift/var"
    (data / "bin").mkdir(parents=True)
    names = {"HOME": home, "DATA": data, "ABOVE": data.parent, "CHECKOUT": checkout, "PARENT": home.parent}
    for name, path in names.items():
        entry = entry.replace(name, str(path))
    there = Path(entry).exists()

    for found in (find(home, entry, private=(data,)), find(home, tools=[entry], private=(data,))):
        assert [folder for folder in found.folders if folder not in (home / ".local/bin",)] == []
        assert entry not in found.path
        assert (
            not there
            or reason in dict(found.ignored)[str(Path(entry)) if Path(entry).is_absolute() else entry or "(empty)"]
        )


def test_a_project_is_not_shown_with_its_programs(home: Path) -> None:
    """A folder `bin` of a checkout on PATH: its sources and its `.env` are no tools."""
    programs = program(home / "acme/bin/run").parent
    for name in ("lib", ".git"):
        (home / "acme" / name).mkdir()
    (home / "acme/.env").write_text("TOKEN=x")

    assert find(home, str(programs)).folders == (programs,)


def test_root_shows_only_what_others_may_read(home: Path) -> None:
    """As root cells run as another user, to whom it would be shut anyway; as an ordinary user they are the same."""
    programs = program(home / "closed/bin/x").parent
    programs.chmod(0o700)
    found = find(home, str(programs))

    assert (found.folders == ()) == (os.geteuid() == 0)


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


def test_other_pythons_can_be_used_by_their_names(home: Path) -> None:
    """As tox uses them: pyenv is told of the newest of each minor version, after the operator's own."""
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
