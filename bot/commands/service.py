"""`nightshift service`: Nightshift as a service of systemd, of the system or of one's own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from bot.adapters.settings import Settings
from bot.adapters.store import path_of
from bot.command_line import EXIT_FAILED, EXIT_WRONG, give_up, settings_here
from bot.core.systemd_unit import Unit, write_unit

_UNIT = "nightshift.service"
_SYSTEM = Path("/etc/systemd/system")


@click.group()
def service() -> None:
    """Nightshift as a service of systemd."""


@service.command()
@click.option("--system", "is_system", is_flag=True, help="A service of the system, by root; else your own.")
@click.option("--run-as", metavar="USER", help="With --system: its user; the owner of the folder if left out.")
@click.option("--uninstall", is_flag=True, help="Stop the service and remove it. Settings and data stay.")
@click.option("--dry-run", is_flag=True, help="Only print the unit; change nothing.")
def install(*, is_system: bool, run_as: str | None, uninstall: bool, dry_run: bool) -> None:
    """Start Nightshift with the system, restart it whenever it ends, and confine it.

    To be run in the folder of `.env`. Exit code 0 if systemd started it, 1 if systemd could not, 2 if nothing was
    changed.
    """
    place = _Place(is_system=is_system)
    if uninstall:
        _uninstall(place, dry_run=dry_run)
        return
    settings = settings_here(is_quiet=True)
    unit = write_unit(_describe(settings, _user(run_as) if is_system else None))
    if dry_run:
        click.echo(unit, nl=False)
        return
    place.write(unit)
    place.control("daemon-reload")
    place.control("enable", _UNIT)
    place.control("restart", _UNIT)  # one that runs has the former unit
    click.echo(
        f"{place.file} is installed and started; its log: {' '.join(['journalctl', *place.options, '-fu', _UNIT])}"
    )
    if not is_system:
        click.echo("It runs while you are signed in; to keep it running: loginctl enable-linger")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where units are, and whose systemd is asked."""

    is_system: bool

    @property
    def file(self) -> Path:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return (_SYSTEM if self.is_system else config / "systemd/user") / _UNIT

    @property
    def options(self) -> list[str]:
        return [] if self.is_system else ["--user"]

    def write(self, unit: str) -> None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(unit)
        except OSError as error:
            with_root = "; run it as root" if self.is_system else ""
            give_up(f"{self.file} cannot be written ({error.strerror}){with_root}", EXIT_WRONG)

    def control(self, *arguments: str) -> None:
        command = ["systemctl", *self.options, *arguments]
        if shutil.which("systemctl") is None:
            give_up(f"there is no systemctl on PATH, which has to read {self.file}", EXIT_FAILED)
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # systemd limits a stop's time
        if done.returncode:
            give_up(f"{' '.join(command)} failed: {done.stderr.strip() or done.returncode}", EXIT_FAILED)


def _uninstall(place: _Place, *, dry_run: bool) -> None:
    if not place.file.exists():
        give_up(f"there is no {place.file}", EXIT_WRONG)
    if dry_run:
        click.echo(f"would stop nightshift and remove {place.file}")
        return
    place.control("disable", "--now", _UNIT)
    try:
        place.file.unlink()
    except OSError as error:
        give_up(f"{place.file} cannot be removed ({error.strerror})", EXIT_FAILED)
    place.control("daemon-reload")
    click.echo(f"{place.file} is removed; settings and data are left as they are")


def _user(named: str | None) -> str:
    """Nightshift needs no rights of root, and gets none."""
    try:
        owner = named or pwd.getpwuid(Path.cwd().stat().st_uid).pw_name
        number = pwd.getpwnam(owner).pw_uid
    except KeyError:
        give_up(f"there is no user {named or 'who owns this folder'}: name one with --run-as", EXIT_WRONG)
    if number == 0:
        give_up("Nightshift does not run as root: name another user with --run-as", EXIT_WRONG)
    return owner


def _describe(settings: Settings, user: str | None) -> Unit:
    program = Path(sys.executable).parent / "nightshift"
    data, ledger = settings.data_dir.absolute(), path_of(settings.database)
    folders = (data, ledger.parent) if ledger is not None else (data,)
    for needed in (program, *folders):
        if not needed.exists():
            give_up(f"there is no {needed}: run nightshift doctor first, as the user of the service", EXIT_WRONG)
    return Unit(
        program=str(program),
        folder=str(Path.cwd()),
        writable=tuple(dict.fromkeys(map(str, folders))),
        path=os.environ.get("PATH", os.defpath),
        drain_seconds=settings.drain_seconds,
        user=user,
    )
