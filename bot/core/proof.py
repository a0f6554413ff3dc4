"""Proves that the gate saw every step of a session, by comparing the CLI's report with the gate's signed log.

Neither side can write both accounts: the CLI's stream says which calls ran and who permitted them, the
gate's log (signed with a key that the session never sees) says which inputs it granted. No proof, no push.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.session import ToolCall
from bot.core.tasks import Guards


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRuling:
    """A ruling of the gate whose signature has been verified."""

    tool_use_id: str
    tool: str
    digest: str
    granted: bool
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`missing`: a sentence for each part without proof; `refused_commands`: the calls that the gate refused."""

    ok: bool
    missing: tuple[str, ...]
    guards: Guards
    refused_commands: tuple[str, ...]


def prove(calls: Sequence[ToolCall], entries: Sequence[LoggedRuling], *, flaws: Sequence[str] = ()) -> Proof:
    """Every executed call must have come from the hook and carry a grant for its very input; every grant must have its
    call. `flaws`: what is already known to be wrong with the log or the gate."""
    missing = (*flaws, *_find_ungranted(calls, entries), *_find_unaccounted(calls, entries))
    granted = sum(entry.granted for entry in entries)
    return Proof(
        ok=not missing,
        missing=missing,
        guards=Guards(asked=len(entries), granted=granted, refused=len(entries) - granted),
        refused_commands=tuple(entry.subject for entry in entries if not entry.granted),
    )


def _find_ungranted(calls: Iterable[ToolCall], entries: Sequence[LoggedRuling]) -> Iterator[str]:
    for call in calls:
        if not call.executed:
            continue
        if call.source != "hook":
            yield f"{call.name} ({call.id}) ran without the gate: permitted by {call.source or 'an unknown source'}"
        yield from _grant_missing(call, [entry for entry in entries if entry.tool_use_id == call.id])


def _grant_missing(call: ToolCall, rulings: Sequence[LoggedRuling]) -> Iterator[str]:
    grants = [ruling for ruling in rulings if ruling.granted]
    if not grants:
        yield f"{call.name} ({call.id}) ran without a grant of the gate"
    elif len(grants) != len(rulings):
        yield f"{call.name} ({call.id}) ran although the gate refused it"
    elif any(grant.digest != call.input_digest for grant in grants):
        yield f"{call.name} ({call.id}) ran with another input than the gate granted"


def _find_unaccounted(calls: Iterable[ToolCall], entries: Iterable[LoggedRuling]) -> Iterator[str]:
    known = {call.id for call in calls}
    for entry in entries:
        if entry.granted and entry.tool_use_id not in known:
            yield f"the gate granted {entry.tool} ({entry.tool_use_id}), which the session does not report"
