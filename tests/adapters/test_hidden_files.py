"""What of the host lies beside its tools and no cell sees: credentials, HOME, Nightshift's data, projects."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.tool_homes import LAYOUTS, a_home, find, in_cell, program


@pytest.fixture
def home() -> Iterator[Path]:
    with a_home() as made:
        yield made


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
        *(
            (entry, "cells see nothing beneath")
            for entry in ("/tmp/x", "/etc", "/proc/self", "/var/lib/x", "/run", "/dev/shm")
        ),
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
