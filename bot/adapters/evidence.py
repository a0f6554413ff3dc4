"""The evidence of each session, kept so that anybody who may read it can check it again without trusting this bot.

A folder for each attempt: the gate's ledger, what the session streamed, and the seal (key, nonce, head of the chain)
with the digests of both. The ledger's head is in the pull request too: whoever could forge this folder, key and all,
could not make it agree with what was published.
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
from bot.adapters.claude.gate import read_ledger
from bot.adapters.claude.grants import carried
from bot.adapters.claude.plan import Seal
from bot.core.proof import Proof, prove
from bot.core.references import IssueRef
from bot.core.transcript import Transcript
from hooks import evidence

_SEAL, _LEDGER, _TRANSCRIPT = "seal.json", "ledger.jsonl", "transcript.jsonl.gz"
_KEPT_ATTEMPTS = 10
_PRIVATE = 0o700
_NEEDED = ("key", "nonce", "head", "home", "ledger_sha256", "transcript_sha256")


class NoEvidence(Exception):
    """There is nothing to verify; the sentence says where it was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One session of an attempt. `digest`: the head of its ledger; `checked`: what was looked at, in words; `faults`:
    what does not hold, each naming its entry."""

    session: str
    digest: str
    checked: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds}


class EvidenceRoom:
    """The evidence of all attempts. `folder`: in the data folder, open to the bot's user alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, issue: IssueRef, attempt: int, plan: SessionPlan, session: Session) -> None:
        """Keep a session's evidence under the name of its folder. Only an issue's newest attempts are kept. Raises
        OSError."""
        place = self._place(issue)
        target = place / str(attempt) / plan.folder.name
        shutil.rmtree(target, ignore_errors=True)
        for folder in (self._folder, place, target):
            folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        (target / _LEDGER).write_bytes(plan.ledger.read_bytes() if plan.ledger.exists() else b"")
        with plan.transcript.open("rb") as source, gzip.open(target / _TRANSCRIPT, "wb") as kept:
            shutil.copyfileobj(source, kept)
        (target / _SEAL).write_text(json.dumps(_sealed(issue, attempt, plan, session, target), indent=1))
        for old in self.attempts(issue)[:-_KEPT_ATTEMPTS]:
            shutil.rmtree(place / str(old))

    def attempts(self, issue: IssueRef) -> list[int]:
        """The attempts whose evidence is kept, the oldest first."""
        return sorted(int(path.name) for path in self._place(issue).glob("*") if path.name.isdigit())

    def verify(self, issue: IssueRef, attempt: int) -> list[Verified]:
        """Check each session of an attempt again. Raises NoEvidence."""
        place = self._place(issue) / str(attempt)
        sessions = sorted(path for path in place.glob("*") if path.is_dir())
        if not sessions:
            known = ", ".join(map(str, self.attempts(issue)))
            only = f"; there is some of attempt {known}" if known else ""
            raise NoEvidence(f"there is no evidence of attempt {attempt} of {issue} in {self._folder}{only}")
        return [_verify(folder, issue, attempt) for folder in sessions]

    def _place(self, issue: IssueRef) -> Path:
        return self._folder / issue.repository / str(issue.number)


def _sealed(issue: IssueRef, attempt: int, plan: SessionPlan, session: Session, folder: Path) -> dict[str, Any]:
    return {
        "issue": str(issue),
        "attempt": attempt,
        "key": session.seal.key,
        "nonce": session.seal.nonce,
        "head": session.seal.head,
        "home": str(plan.home),
        "ledger_sha256": _sha256(folder / _LEDGER),
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
        return Verified(session=folder.name, digest="", checked=(), faults=(f"{_SEAL} cannot be read: {error}",))
    checked: tuple[str, ...] = ()
    faults = [*_misplaced(sealed, issue, attempt), *_altered(folder, sealed)]
    try:
        proof = _prove(folder, sealed)
        checked = tuple(_told(proof))
        faults += proof.missing
    except (OSError, EOFError, ValueError, zlib.error) as error:
        faults.append(f"it cannot be read to its end: {error}")
    return Verified(session=folder.name, digest=sealed["head"], checked=checked, faults=tuple(faults))


def _read_seal(path: Path) -> dict[str, Any]:
    sealed = json.loads(path.read_text())
    if not isinstance(sealed, dict) or not all(isinstance(sealed.get(name), str) for name in _NEEDED):
        raise ValueError(f"expected an object with {', '.join(_NEEDED)}")
    bytes.fromhex(sealed["key"])
    return sealed


def _misplaced(sealed: dict[str, Any], issue: IssueRef, attempt: int) -> Iterator[str]:
    if (sealed.get("issue"), sealed.get("attempt")) != (str(issue), attempt):
        yield f"{_SEAL} is of {sealed.get('issue')} attempt {sealed.get('attempt')}, not of {issue} attempt {attempt}"


def _altered(folder: Path, sealed: dict[str, Any]) -> Iterator[str]:
    for name, kept in ((_LEDGER, sealed["ledger_sha256"]), (_TRANSCRIPT, sealed["transcript_sha256"])):
        try:
            if _sha256(folder / name) != kept:
                yield f"{name} is not what was kept: its digest differs"
        except OSError as error:
            yield f"{name} cannot be read: {error.strerror}"


def _prove(folder: Path, sealed: dict[str, Any]) -> Proof:
    """The proof once more, from what was kept, as if the session had just ended."""
    seal = Seal(key=sealed["key"], nonce=sealed["nonce"], head=sealed["head"])
    ledger = evidence.verify((folder / _LEDGER).read_bytes(), bytes.fromhex(seal.key), seal.nonce, head=seal.head)
    entries, faults = read_ledger(ledger)
    transcript = Transcript(home=sealed["home"])
    with gzip.open(folder / _TRANSCRIPT) as lines:
        for line in lines:
            transcript.feed(line)
    calls = transcript.result(0, None).calls
    with gzip.open(folder / _TRANSCRIPT) as lines:
        uncarried = tuple(carried(lines, calls, seal))
    return prove(calls, entries, flaws=(*faults, *uncarried))


def _told(proof: Proof) -> Iterator[str]:
    guards = proof.guards
    yield f"the ledger's {guards.asked} entries: each signed, in its place, and the last one the one that was reported"
    yield "the session's calls: each that ran permitted by the hook, with a signed grant for its very input"
    yield f"the gate's {guards.granted} grants: each with its call; {guards.refused} refusals: none of them ran"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
