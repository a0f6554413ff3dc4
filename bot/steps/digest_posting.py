"""Posts a night's digest into the outbox: when the night is over, and whenever it says something else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.adapters.store import DigestShown, Lane, Ledger, Store
from bot.core.digest import Digest, is_over
from bot.core.digest_rows import digest_json
from bot.core.messages.digest import TERMINAL, digest_lines, first_lines
from bot.core.notifications import digest_event
from bot.steps.digest_reading import night_of, read_digest
from bot.steps.notices import post_event
from bot.steps.queue import Queue


def post_digest(
    store: Store, queue: Queue, now: datetime, *, lanes: Collection[Lane], has_place: bool, at_once: bool
) -> bool:
    """Whether there was something to post; of an empty night there is nothing. `has_place`: an issue is made of it;
    `at_once`: also while the night goes on."""
    night = night_of(queue.window, now)
    with store.read() as ledger:
        found, known = read_digest(ledger, queue, night, now), ledger.digests.of(night.begins)
    if found.is_empty or not (at_once or known is not None or is_over(found)):
        return False
    seen = _digest_of(found)
    if known is not None and known.seen == seen:
        return False
    with store.transaction() as ledger:
        ledger.digests.keep(night.begins, replace(known or DigestShown(), seen=seen))
        if has_place:
            begins = night.begins.isoformat()
            ledger.outbox.post(f"digest:{begins}", kind="digest", payload={"night": begins}, now=now)
        if known is None:
            _post_event(ledger, found, lanes)
    return True


def _post_event(ledger: Ledger, digest: Digest, lanes: Collection[Lane]) -> None:
    if lanes:
        first, lines = first_lines(digest, TERMINAL), list(digest_lines(digest, TERMINAL))
        post_event(ledger, digest_event(digest, digest_json(digest, first), first, lines), lanes)


def _digest_of(digest: Digest) -> str:
    """What the digest says, whenever it is read."""
    said = digest_json(digest, first_lines(digest, TERMINAL)) | {"at": None}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
