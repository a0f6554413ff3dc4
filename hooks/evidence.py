"""The proof that the gate ruled on every call: signed log entries, their chain, and the grants that calls carry.

Pure functions over bytes and text. The gate writes with them, the host verifies with them; only these two know the key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GRANT_PREFIX = "nightshift-grant"
BEGINNING = "0" * 64
GRANT = re.compile(
    rf"{GRANT_PREFIX}:(?P<nonce>[^:\s]+):(?P<seq>\d+):(?P<tool_use_id>[^:\s]*):(?P<digest>[0-9a-f]{{64}}):(?P<signature>[0-9a-f]{{64}})"
)
SUBJECT_LENGTH = 500
SECRET_TEXT = re.compile(
    r"(gh[pousr]_[A-Za-z0-9]{8}|github_pat_\w{8}|sk-[A-Za-z0-9_-]{8}|xox[abprs]-[\w-]{6}|AKIA[0-9A-Z]{8}|eyJ[\w-]{10}|glpat-[\w-]{6}"
    r"|[rs]k_live_\w{8}|npm_\w{8}|pypi-\w{8}|AIza[\w-]{8}|AGE-SECRET-KEY-\w{8})[\w.-]*"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?i:(?<=bearer )|(?<=token )|(?<=basic ))[\w.~+/=-]{8,}"
    r"|(?i:((?:api[_-]?key|token|secret|passw(?:or)?d|authorization)\"?\s*[=:]\s*['\"]?))[^\s'\"&]{6,}"
)
# A private key from its header to its footer, or to the end of what is there: a subject is cut at its end.
PRIVATE_KEY = re.compile(
    r"-{0,5} ?BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?"
    r"(?=.{0,200}?[A-Za-z0-9+/=]{24})"
    r"(?:(?!END [A-Z0-9 ]{0,40}PRIVATE KEY).)*(?:END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{0,5})?"
    r"|PuTTY-User-Key-File-\d:.*"
    r"|LS0tLS1CRUdJTi[\w+/=\s]*",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant as a tool call carries it."""

    nonce: str
    seq: int
    tool_use_id: str
    digest: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One ruling, as it is in the log."""

    seq: int
    time: str
    tool_use_id: str
    tool: str
    agent_id: str
    digest: str
    granted: bool
    rule: str
    reason: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedLog:
    """A gate log that was verified: its entries, the hash of its last line, and its faults: none, if every entry is
    signed, in its place, and none is missing in between."""

    entries: tuple[LogEntry, ...]
    head: str
    faults: tuple[str, ...]

    @property
    def asked(self) -> int:
        return len(self.entries)

    @property
    def granted(self) -> int:
        return sum(entry.granted for entry in self.entries)

    @property
    def refused(self) -> tuple[LogEntry, ...]:
        """The refused calls, in order; their `subject` and `rule` are what the pull request shows."""
        return tuple(entry for entry in self.entries if not entry.granted)


def canonical(value: object) -> bytes:
    """JSON that is the same for equal values, whatever the order of keys; half surrogate pairs stay escaped."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def input_digest(tool_input: object) -> str:
    """The digest of a tool call's input, by which a grant is bound to it."""
    return hashlib.sha256(canonical(tool_input)).hexdigest()


def sign(entry: Mapping[str, Any], key: bytes, nonce: str) -> str:
    """The signature over a log entry without its own `signature`, in this session."""
    unsigned = {name: value for name, value in entry.items() if name != "signature"}
    return hmac.digest(key, nonce.encode() + b"\0entry\0" + canonical(unsigned), "sha256").hex()


def sign_grant(seq: int, tool_use_id: str, digest: str, key: bytes, nonce: str) -> str:
    """The signature that a grant carries: over its place, the call and the call's input."""
    message = canonical(["grant", seq, tool_use_id, digest])
    return hmac.digest(key, nonce.encode() + b"\0grant\0" + message, "sha256").hex()


def write_grant(seq: int, tool_use_id: str, digest: str, key: bytes, nonce: str) -> str:
    """The text of a grant, as it is in `permissionDecisionReason`."""
    return f"{GRANT_PREFIX}:{nonce}:{seq}:{tool_use_id}:{digest}:{sign_grant(seq, tool_use_id, digest, key, nonce)}"


def parse_grant(text: str) -> Grant | None:
    """The grant in a text; None if there is none. It proves nothing before `grant_holds`."""
    found = GRANT.search(text)
    if found is None:
        return None
    return Grant(
        nonce=found["nonce"],
        seq=int(found["seq"]),
        tool_use_id=found["tool_use_id"],
        digest=found["digest"],
        signature=found["signature"],
    )


def grant_holds(grant: Grant, *, tool_use_id: str, digest: str, key: bytes, nonce: str) -> bool:
    """Whether this grant was given in this session, for this call, with the very input that has this digest."""
    expected = sign_grant(grant.seq, tool_use_id, digest, key, nonce)
    return grant.nonce == nonce and grant.tool_use_id == tool_use_id and hmac.compare_digest(grant.signature, expected)


def line_hash(line: bytes) -> str:
    """The hash by which the next entry names the one before it."""
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


def verify(gate_log: bytes, key: bytes, nonce: str, *, head: str | None = None) -> VerifiedLog:
    """Verify the bytes of a gate log. Faults name the line and what is wrong with it.

    A chain cannot show that lines are missing at its end; `head`, the hash of the last line as it was reported
    elsewhere, can.
    """
    entries: list[LogEntry] = []
    faults: list[str] = []
    previous = BEGINNING
    lines = gate_log.split(b"\n")
    if lines[-1]:
        faults.append(f"line {len(lines)} is cut off")
    for number, line in enumerate(lines[:-1], start=1):
        try:
            entry = json.loads(line)
            faults += [f"line {number} {fault}" for fault in _find_faults(entry, number, previous, key, nonce)]
            entries.append(_read_entry(entry))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            faults.append(f"line {number} is not an entry of the log: {type(error).__name__}")
        previous = line_hash(line)
    if head is not None and head != previous:
        faults.append("the last line is not the one that was reported")
    return VerifiedLog(entries=tuple(entries), head=previous, faults=tuple(faults))


def _find_faults(entry: Mapping[str, Any], number: int, previous: str, key: bytes, nonce: str) -> Iterable[str]:
    if not hmac.compare_digest(str(entry["signature"]), sign(entry, key, nonce)):
        yield "is not signed by this session"
    if entry["seq"] != number:
        yield f"has number {entry['seq']}"
    if entry["previous"] != previous:
        yield "does not follow the line before it"


def _read_entry(entry: Mapping[str, Any]) -> LogEntry:
    return LogEntry(**{name: entry[name] for name in LogEntry.__dataclass_fields__})


def mask(text: str) -> str:
    """A command or path as it may be shown: cut, and without what looks like a credential."""
    shown = PRIVATE_KEY.sub("…", text[: 2 * SUBJECT_LENGTH])
    return SECRET_TEXT.sub(lambda match: f"{match.group(2) or ''}…", shown)[:SUBJECT_LENGTH]
