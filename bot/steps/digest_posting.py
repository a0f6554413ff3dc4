"""Posts a night's digest into the outbox: when the night is over, and whenever it says something else. When the next
one begins, the issue is closed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.adapters.store import DigestShown, Lane, Ledger, Store
from bot.core.digest import Digest, Night, is_over
from bot.core.digest_rows import digest_json
from bot.core.messages.digest import digest_lines, first_lines
from bot.core.messages.digest_form import TERMINAL
from bot.core.notifications import digest_event
from bot.steps.digest_reading import night_of, read_digest
from bot.steps.notices import post_event
from bot.steps.queue import Queue


def post_digest(
    store: Store, queue: Queue, now: datetime, *, lanes: Collection[Lane], has_place: bool, at_once: bool
) -> bool:
    """Whether there was something to post. Of an empty night there is nothing, unless it has a digest already, which
    follows what people do. `has_place`: an issue is made of it; `at_once`: also while the night goes on."""
    night = night_of(queue.window, now)
    with store.read() as ledger:
        found, known = read_digest(ledger, queue, night, now), ledger.digests.of(night.begins) or DigestShown()
    if not known.seen and (found.is_empty or not (at_once or is_over(found))):
        return False
    seen = _digest_of(found)
    if known.seen == seen:
        return False
    with store.transaction() as ledger:
        ledger.digests.keep(night.begins, replace(known, seen=seen))
        if has_place:
            _post(ledger, night, now)
        if not known.seen:
            _post_event(ledger, found, lanes)
    return True


def begin_night(store: Store, queue: Queue, now: datetime) -> bool:
    """Let the issue of the night before be closed: from now on nothing edits it. Whether there was one.
    The row that this night gets here shows nothing: an empty night has no issue."""
    night = night_of(queue.window, now)
    with store.transaction() as ledger:
        last = ledger.digests.last_before(night.begins)
        if ledger.digests.of(night.begins) is not None or last is None or last.number is None:
            return False
        ledger.digests.keep(night.begins, DigestShown())
        _post(ledger, night, now)
    return True


def _post(ledger: Ledger, night: Night, now: datetime) -> None:
    begins = night.begins.isoformat()
    ledger.outbox.post(f"digest:{begins}", kind="digest", payload={"night": begins}, now=now)


def _post_event(ledger: Ledger, digest: Digest, lanes: Collection[Lane]) -> None:
    if lanes:
        first, lines = first_lines(digest, TERMINAL), list(digest_lines(digest, TERMINAL))
        post_event(ledger, digest_event(digest, digest_json(digest, first), first, lines), lanes)


def _digest_of(digest: Digest) -> str:
    """What the digest says, whenever it is read."""
    said = digest_json(digest, first_lines(digest, TERMINAL)) | {"at": None}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
