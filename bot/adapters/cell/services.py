"""Starts services in a cell: `python -I -S -c SOURCE JSON [COMMAND…]`.

Each gets its data folder when it first starts there; later ones find it as it was left. With a command it runs that
beside the services and ends with its exit code; without one it writes `ready` and runs until its cell ends. It is a
separate program, imports nothing of `bot`, and runs as the cell's user.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

FAILED = 119
READY = "ready"
LOG = "log.txt"
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_HOST = "127.0.0.1"
_DATABASE = "test"
_SHOWN = 300  # characters of a log


class NotStarted(Exception):
    """A service did not start; the message says which, and why."""


def main(arguments: list[str]) -> NoReturn:
    options, command = json.loads(arguments[0]), arguments[1:]
    folder = Path(options["folder"])
    running: list[subprocess.Popen[bytes]] = []
    try:
        for service in options["services"]:
            running.append(start(service, folder / service["kind"]))
    except NotStarted as problem:
        stop(running)
        sys.stdout.write(f"{problem}\n")
        sys.exit(FAILED)
    if not command:
        (folder / READY).touch()
        signal.pause()
    code = subprocess.call(command)
    stop(running)
    sys.exit(code if code >= 0 else 128 - code)


def start(service: dict[str, Any], folder: Path) -> subprocess.Popen[bytes]:
    """Start one, and return when it answers. Raises NotStarted."""
    data, fresh = folder / "data", not (folder / "data").exists()
    folder.mkdir(parents=True, exist_ok=True)
    prepare, serve, create = _COMMANDS[service["kind"]](service["programs"], data)
    (data / "postmaster.pid").unlink(missing_ok=True)  # of a command that was stopped: its number may be another's now
    with (folder / LOG).open("ab") as log:
        if fresh:
            _run(prepare, folder, log, service)
        process = subprocess.Popen(serve, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    _wait(process, service, folder)
    if fresh and create:
        with (folder / LOG).open("ab") as log:
            _run(create, folder, log, service)
    return process


def stop(running: list[subprocess.Popen[bytes]]) -> None:
    """Let them write what they have: the next command of the same checks finds it."""
    for process in running:
        process.send_signal(signal.SIGINT if "postgres" in str(process.args) else signal.SIGTERM)
    for process in running:
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _run(command: list[str], folder: Path, log: Any, service: dict[str, Any]) -> None:
    if not command:
        (folder / "data").mkdir()
        return
    done = subprocess.call(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    if done != 0:
        raise NotStarted(f"{service['title']} did not start ({_last_words(folder)})")


def _wait(process: subprocess.Popen[bytes], service: dict[str, Any], folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(service):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise NotStarted(f"{service['title']} did not start ({_last_words(folder)})")
        time.sleep(_LOOK_SECONDS)


def _answers(service: dict[str, Any]) -> bool:
    """By its own protocol: PostgreSQL listens before it takes connections."""
    if service["kind"] == "postgresql":
        query = [service["programs"][2], "-h", _HOST, "-U", "postgres", "-d", "postgres", "-Atc", "select 1"]
        return subprocess.run(query, capture_output=True, check=False, env=_plain_environment()).returncode == 0
    try:
        with socket.create_connection((_HOST, service["port"]), 1.0) as connection:
            if service["kind"] == "redis":
                connection.sendall(b"PING\r\n")
            connection.settimeout(1.0)
            return b"LOADING" not in (received := connection.recv(64)) and bool(received)
    except OSError:
        return False


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _last_words(folder: Path) -> str:
    try:
        lines = (folder / LOG).read_text(errors="replace").split("\n")
    except OSError:
        return "it wrote no log"
    errors = [line for line in lines if any(word in line.lower() for word in ("error", "fatal", "panic"))]
    return " ".join((errors or [line for line in lines if line.strip()])[-1:])[-_SHOWN:] or "it wrote nothing"


def _postgresql(programs: list[str], data: Path) -> tuple[list[str], list[str], list[str]]:
    initdb, postgres, psql = programs
    trust = [
        "--auth=trust",
        "--username=postgres",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        "--no-instructions",
    ]
    # No socket in the file system: its path may be longer than the kernel takes.
    settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "port=5432"]
    serve = [postgres, "-D", str(data), *(part for setting in settings for part in ("-c", setting))]
    create = [psql, "-h", _HOST, "-U", "postgres", "-d", "postgres", "-c", f"create database {_DATABASE}"]
    return [initdb, "-D", str(data), *trust], serve, create


def _redis(programs: list[str], data: Path) -> tuple[list[str], list[str], list[str]]:
    settings = ["--bind", _HOST, "--port", "6379", "--dir", str(data), "--appendonly", "yes", "--save", ""]
    return [], [programs[0], *settings], []


def _mysql(programs: list[str], data: Path) -> tuple[list[str], list[str], list[str]]:
    server, install, client = programs
    if install == server:  # MySQL; MariaDB has a program for it
        prepare = [server, "--no-defaults", "--initialize-insecure", f"--datadir={data}"]
    else:
        prepare = [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
    settings = ["--bind-address=127.0.0.1", "--port=3306", "--socket=mysql.sock", "--skip-name-resolve"]
    serve = [server, "--no-defaults", f"--datadir={data}", *settings, "--innodb-flush-log-at-trx-commit=0"]
    connect = [client, "--no-defaults", "--protocol=socket", f"--socket={data.name}/mysql.sock", "--user=root"]
    allowed = "create user if not exists root@'127.0.0.1'; grant all on *.* to root@'127.0.0.1' with grant option"
    return prepare, serve, [*connect, "-e", f"create database if not exists {_DATABASE}; {allowed}"]


_COMMANDS = {"postgresql": _postgresql, "redis": _redis, "mysql": _mysql}

if __name__ == "__main__":
    main(sys.argv[1:])
