"""The relay's record of a session: JSON lines, chained and signed like the gate's log, with a separate key.

It is written outside of the cell as the session runs. The host verifies it once the session is over, and again from the
kept evidence.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.core.plan_windows import WindowUse
from bot.core.prices import Usage
from bot.core.untrusted import as_dict, as_dicts, as_float, as_int, as_list, as_str
from bot.core.witness import AskedCall, Exchange, ShownResult, Witness
from hooks.evidence import BEGINNING, canonical, line_hash, sign

LARGEST = 32 << 20
MOST_ENTRIES = 20_000
_LABEL = "nightshift-relay:"  # no entry of the gate's log passes for one of this record, nor the other way round


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySeal:
    """What a record is verified with. `head`: the hash of its last line."""

    key: str = field(repr=False)
    nonce: str
    head: str


class RecordFull(Exception):
    """The session would need a larger record than is kept of one."""


@dataclass(slots=True)
class RecordWriter:
    """Appends to one session's record. The caller holds the lock. `path` None: nothing is kept of it."""

    path: Path | None
    largest: int = LARGEST
    _key: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    _nonce: str = field(default_factory=lambda: secrets.token_hex(16))
    _written: int = 0
    _entries: int = 0
    _head: str = BEGINNING

    def __post_init__(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def add_exchange(self, exchange: Exchange) -> None:
        """Raises RecordFull."""
        self._append({"kind": "exchange", **_fields(exchange)})

    def add_refusal(self, reason: str) -> None:
        """Raises RecordFull."""
        self._append({"kind": "refusal", "reason": reason[:500]})

    def seal(self) -> RelaySeal:
        return RelaySeal(key=self._key, nonce=self._nonce, head=self._head)

    def _append(self, content: Mapping[str, Any]) -> None:
        entry = {
            **content,
            "seq": self._entries + 1,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "previous": self._head,
        }
        entry["signature"] = sign(entry, bytes.fromhex(self._key), _LABEL + self._nonce)
        line = canonical(entry) + b"\n"
        if self._written + len(line) > self.largest or self._entries >= MOST_ENTRIES:
            raise RecordFull
        if self.path is not None:
            _add(self.path, line)
        self._written, self._entries, self._head = self._written + len(line), self._entries + 1, line_hash(line)


def _add(path: Path, line: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(line)


def read_record(content: bytes, seal: RelaySeal) -> Witness:
    """The record's content; what is wrong with it is in `flaws`."""
    exchanges: list[Exchange] = []
    refusals: list[str] = []
    flaws: list[str] = []
    previous = BEGINNING
    *lines, rest = content.split(b"\n")
    if rest:
        flaws.append(f"line {len(lines) + 1} is cut off")
    for number, line in enumerate(lines, start=1):
        entry = _object(line)
        flaws += [f"line {number} {flaw}" for flaw in _entry_flaws(entry, number, previous, seal)]
        if entry.get("kind") == "refusal":
            refusals.append(as_str(entry.get("reason")))
        elif entry.get("kind") == "exchange":
            exchanges.append(_exchange(entry))
        previous = line_hash(line)
    if previous != seal.head:
        flaws.append("the last line is not the one that was reported")
    named = tuple(f"the relay's record: {flaw}" for flaw in flaws)
    return Witness(exchanges=tuple(exchanges), refusals=tuple(refusals), flaws=named)


def _object(line: bytes) -> dict[str, Any]:
    try:
        return as_dict(json.loads(line))
    except (ValueError, RecursionError):
        return {}


def _entry_flaws(entry: Mapping[str, Any], number: int, previous: str, seal: RelaySeal) -> Iterator[str]:
    signature = sign(entry, bytes.fromhex(seal.key), _LABEL + seal.nonce)
    if not hmac.compare_digest(as_str(entry.get("signature")).encode(), signature.encode()):
        yield "is not signed by this session's relay"
    if entry.get("seq") != number:
        yield f"has number {str(entry.get('seq'))[:20]}"
    if entry.get("previous") != previous:
        yield "does not follow the line before it"


def _fields(exchange: Exchange) -> dict[str, Any]:
    fields = asdict(exchange)
    fields["resets_at"] = exchange.resets_at.timestamp() if exchange.resets_at else None
    fields["windows"] = [{**asdict(each), "resets_at": each.resets_at.timestamp()} for each in exchange.windows]
    return fields


def _exchange(entry: Mapping[str, Any]) -> Exchange:
    usage = {name: value for name, value in as_dict(entry.get("usage")).items() if name in Usage.__dataclass_fields__}
    resets = entry.get("resets_at")
    return Exchange(
        number=as_int(entry.get("number")) or 0,
        model=as_str(entry.get("model")),
        status=as_int(entry.get("status")),
        error_type=as_str(entry.get("error_type")),
        error_text=as_str(entry.get("error_text")),
        limited=entry.get("limited") is True,
        resets_at=datetime.fromtimestamp(as_float(resets), UTC) if resets else None,
        windows=tuple(_read_window(each) for each in as_dicts(entry.get("windows"))),
        message_id=as_str(entry.get("message_id")),
        whole=entry.get("whole") is True,
        calls=tuple(_read_asked(each) for each in as_dicts(entry.get("calls"))),
        texts=tuple(as_str(each) for each in as_list(entry.get("texts"))),
        results=tuple(
            ShownResult(id=as_str(each.get("id")), form=as_str(each.get("form")))
            for each in as_dicts(entry.get("results"))
        ),
        usage=Usage(**usage),
        cost_usd=as_float(entry.get("cost_usd")),
    )


def _read_window(fields: Mapping[str, Any]) -> WindowUse:
    return WindowUse(
        name=as_str(fields.get("name")),
        resets_at=datetime.fromtimestamp(as_float(fields.get("resets_at")), UTC),
        first=as_float(fields.get("first")),
        last=as_float(fields.get("last")),
    )


def _read_asked(fields: Mapping[str, Any]) -> AskedCall:
    return AskedCall(
        id=as_str(fields.get("id")),
        name=as_str(fields.get("name")),
        form=as_str(fields.get("form")),
        whole=fields.get("whole") is True,
    )
