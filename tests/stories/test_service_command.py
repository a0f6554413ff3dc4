"""`nightshift service install` writes a unit that systemd takes and calls hardened. No test runs systemd itself."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from bot.core.systemd_unit import Unit, write_unit
from tests.typed import Answer, typed

NEEDED = {
    "GITHUB_TOKEN": "ghp_x",
    "REPOSITORIES": "octo/clock",
    "ANTHROPIC_API_KEY": "sk-x",
    "DRAIN_SECONDS": "50",
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with data, and a systemctl that notes what it is asked and fails where a file says so."""
    for name in ("var", "config", "bin"):
        (tmp_path / name).mkdir()
    asked, fails = shlex.quote(str(tmp_path / "asked")), shlex.quote(str(tmp_path / "fails"))
    (tmp_path / "bin/systemctl").write_text(
        f'#!/bin/sh\necho "$*" >> {asked}\n[ ! -e {fails} ] || {{ echo "no bus" >&2; exit 1; }}\n'
    )
    (tmp_path / "bin/systemctl").chmod(0o755)
    return tmp_path


def run(here: Path, *options: str, **environment: str) -> Answer:
    path = f"{here / 'bin'}:{os.environ['PATH']}"
    own = {**NEEDED, "PATH": path, "XDG_CONFIG_HOME": str(here / "config"), **environment}
    return typed("service", "install", *options, cwd=here, environment=own)


def unit_file(here: Path) -> Path:
    return here / "config/systemd/user/nightshift.service"


def test_it_is_installed_and_removed(here: Path) -> None:
    installed = run(here)
    unit = unit_file(here).read_text()
    removed = run(here, "--uninstall")

    assert (installed.code, removed.code) == (0, 0), installed.err + removed.err
    assert f"WorkingDirectory={here}" in unit
    assert "TimeoutStopSec=90" in unit
    assert not unit_file(here).exists()
    assert (here / "asked").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable nightshift.service",
        "--user restart nightshift.service",
        "--user disable --now nightshift.service",
        "--user daemon-reload",
    ]


def test_a_dry_run_prints_the_unit_and_changes_nothing(here: Path) -> None:
    shown = run(here, "--dry-run")

    assert shown.code == 0
    assert "ExecStart=" in shown.out
    assert not unit_file(here).exists()
    assert not (here / "asked").exists()


def test_what_systemd_says_is_passed_on(here: Path) -> None:
    (here / "fails").touch()

    answer = run(here)

    assert answer.code == 1
    assert "systemctl --user daemon-reload failed: no bus" in answer.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--uninstall",), "there is no"),
        (("--system", "--run-as", "root"), "does not run as root"),
        (("--system", "--run-as", "no-such-user"), "there is no user"),
    ],
)
def test_what_cannot_be_done_changes_nothing(here: Path, options: tuple[str, ...], says: str) -> None:
    answer = run(here, *options)

    assert answer.code == 2
    assert says in answer.err
    assert not (here / "asked").exists()


def test_without_data_there_is_no_service(here: Path) -> None:
    (here / "var").rmdir()

    answer = run(here)

    assert answer.code == 2
    assert "run nightshift doctor first" in answer.err


def unit_of(folder: Path, user: str | None) -> str:
    return write_unit(
        Unit(
            program="/usr/bin/env",
            folder=str(folder),
            writable=(str(folder / "var"),),
            path='/opt/50%/"bin":/usr/bin',
            drain_seconds=20,
            user=user,
        )
    )


def test_a_unit_of_ones_own_asks_for_nothing_that_only_root_may(tmp_path: Path) -> None:
    """systemd would end it with 218/CAPABILITIES or 226/NAMESPACE, and start it again for ever."""
    unit = unit_of(tmp_path, None)

    assert not [line for line in unit.splitlines() if line.startswith(("Capability", "Ambient", "Protect", "Private"))]


@pytest.mark.parametrize("user", ["daemon", None])
def test_nothing_covers_a_part_of_proc(tmp_path: Path, user: str | None) -> None:
    """The kernel would refuse each cell its /proc. systemd covers what these name."""
    covers = ("ProtectKernelTunables", "ProtectKernelLogs", "ProtectHostname", "ProtectProc", "ProcSubset")

    assert not [line for line in unit_of(tmp_path, user).splitlines() if line.startswith(covers)]


@pytest.mark.needs("systemd-analyze")
def test_systemd_takes_the_unit_of_the_system_and_calls_it_hardened(tmp_path: Path) -> None:
    """Of a folder whose name systemd would expand."""
    folder = tmp_path / 'a "folder" of 100%n'
    folder.mkdir()
    unit = tmp_path / "nightshift.service"
    unit.write_text(unit_of(folder, "daemon"))

    hardened = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=49", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert hardened.returncode == 0, hardened.stdout
    assert " OK " in hardened.stdout.splitlines()[-1]
    verified = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
