"""A real PostgreSQL server for the tests: one for each process, started when the first test asks for it."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psycopg

from bot.adapters import supervise
from bot.adapters.store import Store
from tests.patience import eventually, within

_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin")
_USER = "nightshift"
_FILLED = {"schema_version"}  # by the migrations
# What a crash of the machine would lose, no test looks for; a crash of the server loses nothing all the same.
_SETTINGS = ("fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=200", "autovacuum=off")


def find_programs() -> Path | None:
    """The folder of `initdb` and `postgres`; Debian keeps them out of PATH."""
    if (found := shutil.which("postgres")) is not None:
        return Path(found).resolve().parent
    folders = (folder for pattern in _FOLDERS for folder in sorted(Path("/").glob(pattern[1:]), reverse=True))
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@dataclass
class PostgresServer:
    """`port` stays the same over a restart."""

    programs: Path
    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = None
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def start(self) -> None:
        settings = (*_SETTINGS, "listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={self.port}")
        serve = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *(f"--{each}" for each in settings)]
        supervised = [sys.executable, "-I", supervise.__file__, str(os.getpid()), "0", *_as_ordinary(serve)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(supervised, stdout=log, stderr=log, start_new_session=True)
        eventually(self.is_up, 30)

    def is_up(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), self.connect("postgres"):
            return True
        return False

    @property
    def pid(self) -> int:
        return int((self.folder / "data/postmaster.pid").read_text().split("\n")[0])

    def stop(self, number: int = signal.SIGINT) -> None:
        """SIGINT: end all connections. SIGQUIT: crash."""
        assert self._process is not None
        os.kill(self.pid, number)
        self._process.wait(timeout=within(30))

    def remove(self) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    def restart(self) -> None:
        self.stop()
        self.start()

    def url(self, database: str) -> str:
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url(database), autocommit=True)

    def create_database(self, template: str = "template1") -> str:
        """The name of a new one."""
        name = f"test_{next(self._numbers)}"
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def create_ledger(self) -> str:
        """The address of a new one, with all its tables."""
        url = self.url(self.create_database())
        Store.open(url).close()
        return url

    def drop(self, url: str) -> None:
        name = url.rsplit("/", 1)[1]
        with self.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def empty_ledger() -> str:
    """The address of the ledger that the tests of this process share, as it was when it was new. To empty it takes a
    hundredth of what a new database takes."""
    return _shared_ledger().empty()


@cache
def shared_server() -> PostgresServer:
    """Ends with this process."""
    programs = find_programs()
    assert programs is not None, "apt-get install postgresql"
    server = make_server(programs)
    server.start()
    return server


@dataclass
class _SharedLedger:
    url: str
    reset: str
    connection: psycopg.Connection[tuple[object, ...]]

    def empty(self) -> str:
        self.connection.execute(self.reset.encode())
        return self.url


@cache
def _shared_ledger() -> _SharedLedger:
    url = shared_server().create_ledger()
    with psycopg.connect(url) as connection:
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        counters = [row[0] for row in connection.execute("SELECT sequencename FROM pg_sequences")]
    reset = ["SET session_replication_role = replica"]  # no trigger of a foreign key
    reset += [f"DELETE FROM {table}" for table in tables if table not in _FILLED]  # noqa: S608
    reset += [f"ALTER SEQUENCE {counter} RESTART" for counter in counters]
    return _SharedLedger(url, "; ".join(reset), psycopg.connect(url, autocommit=True))


def make_server(programs: Path) -> PostgresServer:
    """Not started yet. In the system's folder for temporary files: PostgreSQL does not run as root, and pytest's own
    folders are closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="nightshift-postgres-"))
    if os.geteuid() == 0:
        os.chown(folder, *_ordinary_user())
    make = [str(programs / "initdb"), "-D", str(folder / "data"), "--auth=trust", f"--username={_USER}"]
    make += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    subprocess.run(_as_ordinary(make), check=True, capture_output=True, timeout=within(60))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return PostgresServer(programs=programs, folder=folder, port=port)


def stop_shared_server() -> None:
    if shared_server.cache_info().currsize:
        server = shared_server()
        if _shared_ledger.cache_info().currsize:
            _shared_ledger().connection.close()
        server.remove()
        shared_server.cache_clear()
        _shared_ledger.cache_clear()


def _as_ordinary(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    user, group = _ordinary_user()
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *command]


def _ordinary_user() -> tuple[int, int]:
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return entry.pw_uid, entry.pw_gid
