"""The evidence of each session, kept so that a reader can verify it without trusting this bot.

A folder for each attempt: the gate's log, what the session streamed, the relay's record, and the seal (keys, nonces,
heads of the chains) with the digests of all three. The heads are in the pull request too: a forged folder would
not agree with what was published. Evidence from before the relay kept a record is verified with the two accounts that
it has, and the result says so.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.adapters.claude import Session, SessionPlan
from bot.adapters.claude.gate import read_gate_log
from bot.adapters.claude.grants import find_missing_grants
from bot.adapters.claude.plan import Seal
from bot.adapters.claude.relay_record import RelaySeal, read_record
from bot.core.proof import Proof, prove
from bot.core.references import IssueRef
from bot.core.transcript import Transcript
from bot.core.witness import Witness, differences
from hooks import evidence

_SEAL, _GATE_LOG, _TRANSCRIPT, _RELAY = "seal.json", "gate_log.jsonl", "transcript.jsonl.gz", "relay.jsonl.gz"
_FORMER_GATE_LOG, _FORMER_GATE_LOG_DIGEST = "ledger.jsonl", "ledger_sha256"  # its names in evidence of up to 0.1
GATE_LOGS = (_GATE_LOG, _FORMER_GATE_LOG)
"""The gate's log beside a transcript has one of these names."""
_KEPT_ATTEMPTS = 10
_PRIVATE = 0o700
_NEEDED = ("key", "nonce", "head", "home", "gate_log_sha256", "transcript_sha256")
_OF_THE_RELAY = ("relay_key", "relay_nonce", "relay_head", "relay_sha256", "workspace")


class NoEvidence(Exception):
    """There is nothing to verify; the message names the folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One session of an attempt. `digest`: the head of its gate log; `relay_digest`: of the relay's record, empty in
    evidence that has none yet; `checked`: what was looked at, in words; `faults`: what does not hold, each naming its
    entry."""

    session: str
    digest: str
    relay_digest: str
    checked: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds}


@dataclass(frozen=True, slots=True)
class EvidenceStore:
    """The evidence of all attempts. `folder`: in the data folder, open to the bot's user alone."""

    folder: Path

    def keep(self, issue: IssueRef, attempt: int, plan: SessionPlan, session: Session) -> None:
        """Keep a session's evidence under the name of its folder. Only an issue's newest attempts are kept. Raises
        OSError."""
        place = self.place(issue)
        target = place / str(attempt) / plan.folder.name
        shutil.rmtree(target, ignore_errors=True)
        for folder in (self.folder, place, target):
            folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        (target / _GATE_LOG).write_bytes(plan.gate_log.read_bytes() if plan.gate_log.exists() else b"")
        _pack(plan.transcript, target / _TRANSCRIPT)
        _pack(plan.relay_record, target / _RELAY)
        (target / _SEAL).write_text(json.dumps(_make_seal(issue, attempt, plan, session, target), indent=1))
        for old in self.attempts(issue)[:-_KEPT_ATTEMPTS]:
            shutil.rmtree(place / str(old))

    def attempts(self, issue: IssueRef) -> list[int]:
        """The attempts whose evidence is kept, the oldest first."""
        return sorted(int(path.name) for path in self.place(issue).glob("*") if path.name.isdigit())

    def heads(self, issue: IssueRef, attempt: int) -> tuple[tuple[str, str], ...]:
        """Of each session of an attempt, the head of the gate's log and that of the relay's record. Empty where nothing
        is kept, or cannot be read."""
        seals = sorted((self.place(issue) / str(attempt)).glob(f"*/{_SEAL}"))
        try:
            found = [_read_seal(path) for path in seals]
        except (OSError, ValueError):
            return ()
        return tuple((sealed["head"], sealed.get("relay_head", "")) for sealed in found)

    def transcripts(self, issue: IssueRef, attempt: int) -> dict[str, Path]:
        """What the sessions of an attempt streamed, packed, by the name of the session."""
        found = (self.place(issue) / str(attempt)).glob(f"*/{_TRANSCRIPT}")
        return {path.parent.name: path for path in sorted(found)}

    def verify(self, issue: IssueRef, attempt: int) -> list[Verified]:
        """Check each session of an attempt again. Raises NoEvidence."""
        place = self.place(issue) / str(attempt)
        sessions = sorted(path for path in place.glob("*") if path.is_dir())
        if not sessions:
            known = ", ".join(map(str, self.attempts(issue)))
            only = f"; there is some of attempt {known}" if known else ""
            raise NoEvidence(f"there is no evidence of attempt {attempt} of {issue} in {self.folder}{only}")
        return [_verify(folder, issue, attempt) for folder in sessions]

    def place(self, issue: IssueRef) -> Path:
        return self.folder / issue.repository / str(issue.number)


def _pack(source: Path, target: Path) -> None:
    with gzip.open(target, "wb") as kept:
        if source.exists():  # a session that never asked the model has no record
            with source.open("rb") as opened:
                shutil.copyfileobj(opened, kept)


def _make_seal(issue: IssueRef, attempt: int, plan: SessionPlan, session: Session, folder: Path) -> dict[str, Any]:
    return {
        "issue": str(issue),
        "attempt": attempt,
        "key": session.seal.key,
        "nonce": session.seal.nonce,
        "head": session.seal.head,
        "relay_key": session.relay_seal.key,
        "relay_nonce": session.relay_seal.nonce,
        "relay_head": session.relay_seal.head,
        "home": str(plan.home),
        "workspace": str(plan.workspace.resolve()),
        "completed": session.result.failure is None,
        "relay_sha256": _sha256(folder / _RELAY),
        "gate_log_sha256": _sha256(folder / _GATE_LOG),
        "transcript_sha256": _sha256(folder / _TRANSCRIPT),
        "session_id": session.result.session_id,
        "claude_version": session.result.claude_version,
        "sandbox": plan.sandbox.name,
        "network": sorted(map(str, (plan.api, *plan.registries))) if plan.sandbox.confines else None,
        "refused_hosts": session.refused_hosts,
        "proven": session.proof.ok,
        "missing": session.proof.missing,
    }


def _verify(folder: Path, issue: IssueRef, attempt: int) -> Verified:
    try:
        sealed = _read_seal(folder / _SEAL)
    except (OSError, ValueError) as error:
        unread = (f"{_SEAL} cannot be read: {error}",)
        return Verified(session=folder.name, digest="", relay_digest="", checked=(), faults=unread)
    checked: tuple[str, ...] = ()
    faults = [*_check_place(sealed, issue, attempt), *_check_digests(folder, sealed)]
    try:
        proof, witness = _prove(folder, sealed)
        checked = (*_describe_proof(proof), _describe_relay(witness))
        faults += proof.missing
    except (OSError, EOFError, ValueError, zlib.error) as error:
        faults.append(f"it cannot be read to its end: {error}")
    return Verified(
        session=folder.name,
        digest=sealed["head"],
        relay_digest=sealed.get("relay_head", ""),
        checked=checked,
        faults=tuple(faults),
    )


def _read_seal(path: Path) -> dict[str, Any]:
    sealed = json.loads(path.read_text())
    if not isinstance(sealed, dict):
        raise ValueError("expected an object")  # noqa: TRY004 - what a file holds, as below
    if _is_former(sealed):
        sealed["gate_log_sha256"] = sealed[_FORMER_GATE_LOG_DIGEST]
    # One name of the relay's asks for all: what is left out of a seal must not make it one of an earlier time.
    has_relay = (path.parent / _RELAY).exists() or any(name in sealed for name in _OF_THE_RELAY)
    needed = (*_NEEDED, *(_OF_THE_RELAY if has_relay else ()))
    if not all(isinstance(sealed.get(name), str) for name in needed):
        raise ValueError(f"expected an object with {', '.join(needed)}")
    for name in ("key", "relay_key"):
        bytes.fromhex(sealed.get(name, ""))
    return sealed


def _is_former(sealed: dict[str, Any]) -> bool:
    """Whether the evidence was kept when the gate's log was called a ledger."""
    return _FORMER_GATE_LOG_DIGEST in sealed


def _gate_log_name(sealed: dict[str, Any]) -> str:
    return _FORMER_GATE_LOG if _is_former(sealed) else _GATE_LOG


def _check_place(sealed: dict[str, Any], issue: IssueRef, attempt: int) -> Iterator[str]:
    if (sealed.get("issue"), sealed.get("attempt")) != (str(issue), attempt):
        yield f"{_SEAL} is of {sealed.get('issue')} attempt {sealed.get('attempt')}, not of {issue} attempt {attempt}"


def _check_digests(folder: Path, sealed: dict[str, Any]) -> Iterator[str]:
    digests = {_gate_log_name(sealed): "gate_log_sha256", _TRANSCRIPT: "transcript_sha256", _RELAY: "relay_sha256"}
    for name, kept in ((name, sealed[key]) for name, key in digests.items() if key in sealed):
        try:
            if _sha256(folder / name) != kept:
                yield f"{name} is not what was kept: its digest differs"
        except OSError as error:
            yield f"{name} cannot be read: {error.strerror}"


def _prove(folder: Path, sealed: dict[str, Any]) -> tuple[Proof, Witness | None]:
    """The proof once more, from what was kept, as if the session had just ended."""
    seal = Seal(key=sealed["key"], nonce=sealed["nonce"], head=sealed["head"])
    written = (folder / _gate_log_name(sealed)).read_bytes()
    log = evidence.verify(written, bytes.fromhex(seal.key), seal.nonce, head=seal.head)
    entries, faults = read_gate_log(log)
    transcript = Transcript(home=sealed["home"], workspace=sealed.get("workspace", ""))
    with gzip.open(folder / _TRANSCRIPT) as lines:
        for line in lines:
            transcript.feed(line)
    calls = transcript.result(0, None).calls
    with gzip.open(folder / _TRANSCRIPT) as lines:
        uncarried = tuple(find_missing_grants(lines, calls, seal))
    witness = _witness(folder, sealed)
    streamed = transcript.summarize(completed=sealed.get("completed") is True)
    unlike = differences(witness, streamed, entries) if witness is not None else ()
    return prove(calls, entries, flaws=(*faults, *uncarried, *unlike)), witness


def _witness(folder: Path, sealed: dict[str, Any]) -> Witness | None:
    """What the relay recorded; None in evidence that was kept before it did."""
    if "relay_key" not in sealed:
        return None
    seal = RelaySeal(key=sealed["relay_key"], nonce=sealed["relay_nonce"], head=sealed["relay_head"])
    with gzip.open(folder / _RELAY) as record:
        return read_record(record.read(), seal)


def _describe_proof(proof: Proof) -> Iterator[str]:
    guards = proof.guards
    yield f"the gate log's {guards.asked} entries: each signed, in its place, and the last one is the reported one"
    yield "the session's calls: each that ran permitted by the hook, with a signed grant for its very input"
    yield f"the gate's {guards.granted} grants: each with its call; {guards.refused} refusals: none of them ran"


def _describe_relay(witness: Witness | None) -> str:
    if witness is None:
        return (
            "no relay's record: this evidence was kept before there was one, so two accounts were compared, not three"
        )
    return (
        f"the relay's record of {len(witness.exchanges)} requests: signed, in its place, and the last one the one that "
        f"was reported; its {len(witness.calls)} calls, their results and the delivery are those of stream and gate"
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
