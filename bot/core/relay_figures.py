"""What the relay saw of a session, in numbers: for monitoring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.witness import Witness

UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayFigures:
    """`answers`: how many requests were passed on, by the status of the answer; `UNREACHABLE` where none came.
    `refused`: requests that the relay did not pass on. `tokens`: by kind, as the API counted them."""

    answers: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0
    tokens: Mapping[str, int] = field(default_factory=dict)


def count_requests(witness: Witness) -> RelayFigures:
    answers = Counter(str(each.status) if each.status is not None else UNREACHABLE for each in witness.exchanges)
    tokens = Counter[str]()
    for each in witness.exchanges:
        usage = each.usage
        tokens.update(input=usage.input, output=usage.output, cache_read=usage.read, cache_write=usage.write)
    return RelayFigures(answers=dict(answers), refused=len(witness.refusals), tokens=dict(tokens))
