"""The grants that a session's stream carries: the gate's own signature under each call that ran.

The CLI passes on what the hook answered. A hook that was replaced could have asked the gate for one call and permitted
another; it could not have signed the grant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.adapters.claude.plan import Seal
from bot.core.session import ToolCall
from hooks.evidence import GRANT, GRANT_PREFIX, Grant, grant_holds, parse_grant

_MARK = GRANT_PREFIX.encode()


def find_missing_grants(lines: Iterable[bytes], calls: Iterable[ToolCall], seal: Seal) -> Iterator[str]:
    """The calls that ran and whose signed grant is in none of the stream's lines, each as a sentence."""
    found = set(_grants(lines))
    for call in calls:
        if call.executed and not _is_held(call, seal, found):
            yield f"{call.name} ({call.id}) ran without carrying the gate's signed grant"


def _grants(lines: Iterable[bytes]) -> Iterator[Grant]:
    for line in lines:
        if _MARK in line:
            for found in GRANT.finditer(line.decode(errors="replace")):
                if (grant := parse_grant(found[0])) is not None:
                    yield grant


def _is_held(call: ToolCall, seal: Seal, grants: Iterable[Grant]) -> bool:
    key = bytes.fromhex(seal.key)
    return any(
        grant_holds(grant, tool_use_id=call.id, digest=call.input_digest, key=key, nonce=seal.nonce) for grant in grants
    )
