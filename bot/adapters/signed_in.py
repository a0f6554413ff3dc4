"""The people who are signed in to the dashboard: a file for each, which all processes of the web server share.

The browser holds a random secret, and the file's name is its digest, so that reading the folder gives no session.
A file that is gone ends the session in every process. It is not in the ledger: a backup brings no session back to life.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from bot.core.facts import Actor
from bot.core.rights import Rights

_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """`asked_at`: when GitHub was asked for these rights."""

    person: Actor
    since: datetime
    rights: Rights
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInPeople:
    """`lasts`: until a session ends in any case; `idle`: until an unused one ends. Of more than `most`, the oldest end.
    Methods raise OSError."""

    folder: Path
    most: int = 1000
    lasts: timedelta = timedelta(hours=8)
    idle: timedelta = timedelta(hours=1)

    def begin(self, person: Actor, rights: Rights, now: datetime) -> str:
        """Returns the secret for the browser."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tidy(now)
        secret = secrets.token_urlsafe(32)
        found = SignedIn(person=person, since=now, rights=rights, asked_at=now)
        new = os.open(self._path(secret), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(new, "w", encoding="utf-8") as file:
            file.write(_write(found))
        return secret

    def find(self, secret: str, now: datetime) -> SignedIn | None:
        """None where there is no such session any more."""
        found = _read_file(self._path(secret))
        if found is not None and self._is_over(found, now):
            self.end(secret)
            return None
        return found

    def note_rights(self, secret: str, rights: Rights, now: datetime) -> None:
        """A session that was ended meanwhile stays so: the file is written to, and never made anew."""
        try:
            with _open_locked(self._path(secret), "r+", fcntl.LOCK_EX) as file:
                found = _read(file.read())
                if found is not None:
                    file.seek(0)
                    file.truncate()
                    file.write(_write(SignedIn(person=found.person, since=found.since, rights=rights, asked_at=now)))
        except FileNotFoundError:
            return

    def end(self, secret: str) -> None:
        self._path(secret).unlink(missing_ok=True)

    def _tidy(self, now: datetime) -> None:
        """Those that are over, and the oldest of too many."""
        left: list[tuple[datetime, Path]] = []
        for path in (each for each in self.folder.iterdir() if _NAME.fullmatch(each.name)):
            found = _read_file(path)
            if found is None or self._is_over(found, now):
                path.unlink(missing_ok=True)
            else:
                left.append((found.since, path))
        for _, path in sorted(left)[: max(0, len(left) - self.most + 1)]:
            path.unlink(missing_ok=True)

    def _is_over(self, found: SignedIn, now: datetime) -> bool:
        """Also where the clock was set back since: how long it lasts is unknown then."""
        is_ahead = found.since > now or found.asked_at > now
        return is_ahead or found.since + self.lasts <= now or found.asked_at + self.idle <= now

    def _path(self, secret: str) -> Path:
        return self.folder / name_of(secret)


def name_of(secret: str) -> str:
    """What stands for a session where its secret must not."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


@contextmanager
def _open_locked(path: Path, mode: str, kind: int) -> Iterator[IO[str]]:
    with path.open(mode, encoding="utf-8") as file:
        fcntl.flock(file, kind)
        yield file


def _read_file(path: Path) -> SignedIn | None:
    """None where there is none any more."""
    try:
        with _open_locked(path, "r", fcntl.LOCK_SH) as file:
            return _read(file.read())
    except FileNotFoundError:
        return None


def _write(found: SignedIn) -> str:
    return json.dumps(
        {
            "login": found.person.login,
            "id": found.person.id,
            "since": found.since.isoformat(),
            "reads": sorted(found.rights.reads),
            "writes": sorted(found.rights.writes),
            "asked_at": found.asked_at.isoformat(),
        }
    )


def _read(text: str) -> SignedIn | None:
    """None for a file that was cut off: the machine went down while it was written."""
    try:
        kept = json.loads(text)
        return SignedIn(
            person=Actor(login=kept["login"], id=kept["id"]),
            since=datetime.fromisoformat(kept["since"]),
            rights=Rights(reads=frozenset(kept["reads"]), writes=frozenset(kept["writes"])),
            asked_at=datetime.fromisoformat(kept["asked_at"]),
        )
    except (ValueError, LookupError, TypeError):
        return None
