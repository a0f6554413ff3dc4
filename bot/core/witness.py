"""Compares the relay's record of a session with Claude Code's stream and the gate's log.

The relay lies outside of the cell: it sees what the model asked for and what it was shown. Three accounts of one
session, of which no party can write more than one; whatever stands in only one or two of them is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bot.core.plan_windows import WindowUse, join_windows
from bot.core.prices import Usage
from bot.core.proof import LoggedRuling

STRUCTURED_OUTPUT = "StructuredOutput"
_OK = 200
_NAMED = 20  # so many differences are named; more of the same tell a person nothing new


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCall:
    """A tool call in an answer of the API. `whole`: its block came to its end and holds an input; `form`: of that."""

    id: str
    name: str
    form: str
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownResult:
    """A tool's result as the model was shown it, or as the stream tells it."""

    id: str
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request that the relay passed on, and what came back.

    `status` None: the API could not be reached (`error_text` says how) or had not answered when the request ended.
    `whole`: the answer came to its end. `results`: the tools' results that this request showed for the first time.
    `limited`: the account's limit is used up, until `resets_at`. `windows`: how much of a subscription's was used then.
    `cost_usd`: by the list price.
    """

    number: int
    model: str = ""
    status: int | None = None
    error_type: str = ""
    error_text: str = ""
    limited: bool = False
    resets_at: datetime | None = None
    windows: tuple[WindowUse, ...] = ()
    message_id: str = ""
    whole: bool = False
    calls: tuple[AskedCall, ...] = ()
    texts: tuple[str, ...] = ()
    results: tuple[ShownResult, ...] = ()
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0

    @property
    def answered(self) -> bool:
        """Whether the model's answer came whole."""
        return self.status == _OK and self.whole and not self.error_type


@dataclass(frozen=True, kw_only=True)
class Witness:
    """All that the relay recorded of a session. `refusals`: requests that it did not pass on, each with the reason;
    `flaws`: what is wrong with the record itself, each a sentence."""

    exchanges: tuple[Exchange, ...] = ()
    refusals: tuple[str, ...] = ()
    flaws: tuple[str, ...] = ()

    @property
    def turns(self) -> int:
        """Answers of the model."""
        return len({exchange.message_id for exchange in self.exchanges if exchange.message_id})

    @property
    def cost_usd(self) -> float:
        return sum(exchange.cost_usd for exchange in self.exchanges)

    @property
    def windows(self) -> tuple[WindowUse, ...]:
        return join_windows(each for exchange in self.exchanges for each in exchange.windows)

    @property
    def last(self) -> Exchange | None:
        return self.exchanges[-1] if self.exchanges else None

    @cached_property
    def calls(self) -> Mapping[str, AskedCall]:
        """By id, in the order in which the API asked. A call whose block broke off gives way to one that is whole."""
        found: dict[str, AskedCall] = {}
        for call in (call for exchange in self.exchanges for call in exchange.calls):
            if call.id not in found or (call.whole and not found[call.id].whole):
                found[call.id] = call
        return found

    @property
    def results(self) -> Iterator[ShownResult]:
        return (shown for exchange in self.exchanges for shown in exchange.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedCall:
    """A tool call as Claude Code's stream tells it."""

    id: str
    name: str
    form: str
    executed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """Claude Code's own account. `texts`: forms of what it says that the model said; `structured`: the form of what the
    session delivered; `completed`: it came to its end by itself, without a failure."""

    calls: tuple[StreamedCall, ...] = ()
    results: tuple[ShownResult, ...] = ()
    texts: tuple[str, ...] = ()
    structured: str | None = None
    completed: bool = False


def differences(witness: Witness, streamed: Streamed, entries: Sequence[LoggedRuling]) -> list[str]:
    """Where the three accounts differ, each a sentence for a person."""
    found = [
        *witness.flaws,
        *(f"the relay refused a request that the session's plan does not explain: {each}" for each in witness.refusals),
        *_find_unasked_calls(witness, streamed),
        *_calls_in_another_order(witness, streamed),
        *_unreported_calls(witness, streamed),
        *_find_unasked_rulings(witness, entries),
        *_other_results(witness, streamed),
        *_other_words(witness, streamed),
        *_another_end(witness, streamed),
    ]
    more = len(found) - _NAMED
    return found if more <= 0 else [*found[:_NAMED], f"and {more} more differences between relay, stream and gate"]


def _find_unasked_calls(witness: Witness, streamed: Streamed) -> Iterator[str]:
    for call in streamed.calls:
        asked = witness.calls.get(call.id)
        named = f"{call.name} ({call.id})"
        if asked is None:
            yield f"the session's stream shows {named}, which no answer of the API that passed the relay asked for"
        elif asked.name != call.name:
            yield f"the session's stream shows {named}, where the API asked for {asked.name}"
        elif call.executed and not asked.whole:
            yield f"{named} ran, although the API's answer broke off before that call was complete"
        elif asked.whole and asked.form != call.form:
            yield f"the session's stream shows {named} with another input than the API asked for"
    yield from _asked_twice(witness)


def _asked_twice(witness: Witness) -> Iterator[str]:
    for call in (call for exchange in witness.exchanges for call in exchange.calls if call.whole):
        known = witness.calls[call.id]
        if (known.name, known.form) != (call.name, call.form):
            yield f"the API asked for two different calls under one id: {call.name} ({call.id})"


def _calls_in_another_order(witness: Witness, streamed: Streamed) -> Iterator[str]:
    in_stream = [call.id for call in streamed.calls if call.id in witness.calls]
    asked = [each for each in witness.calls if each in set(in_stream)]
    if in_stream != asked:
        at = next(place for place, (one, other) in enumerate(zip(in_stream, asked, strict=False)) if one != other)
        yield f"the session's stream shows {in_stream[at]} where the API asked for {asked[at]}: their order differs"


def _unreported_calls(witness: Witness, streamed: Streamed) -> Iterator[str]:
    """Only of a session that came to its end: one that was stopped has not begun what it was asked for last."""
    in_stream = {call.id for call in streamed.calls}
    for exchange in witness.exchanges if streamed.completed else ():
        for call in exchange.calls:
            if exchange.answered and call.id not in in_stream:
                yield f"the API asked for {call.name} ({call.id}), which the session's stream does not show"


def _find_unasked_rulings(witness: Witness, entries: Iterable[LoggedRuling]) -> Iterator[str]:
    for entry in entries:
        asked = witness.calls.get(entry.tool_use_id)
        if asked is None or asked.name != entry.tool:
            verb = "granted" if entry.granted else "refused"
            yield f"the gate {verb} {entry.tool} ({entry.tool_use_id}), which no answer of the API asked for"


def _other_results(witness: Witness, streamed: Streamed) -> Iterator[str]:
    streamed_forms: dict[str, set[str]] = {}
    for result in streamed.results:
        streamed_forms.setdefault(result.id, set()).add(result.form)
    shown = set()
    for result in witness.results:
        shown.add(result.id)
        if result.id in witness.calls and result.form not in streamed_forms.get(result.id, ()):
            name = witness.calls[result.id].name
            yield f"the model was shown another result of {name} ({result.id}) than the session's stream shows"
    yield from _results_not_shown(witness, streamed, shown)


def _results_not_shown(witness: Witness, streamed: Streamed, shown: set[str]) -> Iterator[str]:
    """What the model was asked about last, it was never shown: the session ended with it."""
    last = {call.id for exchange in witness.exchanges[-1:] for call in exchange.calls}
    for result in streamed.results if streamed.completed else ():
        if result.id not in shown | last:
            yield f"the session's stream shows a result ({result.id}) that the model was never shown"


def _other_words(witness: Witness, streamed: Streamed) -> Iterator[str]:
    said = {text for exchange in witness.exchanges for text in exchange.texts}
    unsaid = sum(text not in said for text in streamed.texts)
    if unsaid:
        yield f"the session's stream shows {unsaid} texts of the model that no answer of the API holds"


def _another_end(witness: Witness, streamed: Streamed) -> Iterator[str]:
    if streamed.structured is not None and streamed.structured not in _find_delivered(witness, streamed):
        yield "the session delivered another result (`StructuredOutput`) than the API's last answer holds"
    if not streamed.completed:
        return
    last = witness.last
    if last is None or not last.answered:
        yield "the session says that it came to its end, but the API's last answer to it is not whole"
    elif streamed.structured is None and any(call.name != STRUCTURED_OUTPUT for call in last.calls):
        yield "the session says that it came to its end, but the API's last answer asked for more"


def _find_delivered(witness: Witness, streamed: Streamed) -> set[str]:
    """The forms of the deliveries in the API's last answer that the session took in."""
    executed = {call.id for call in streamed.calls if call.executed}
    return {
        call.form
        for exchange in witness.exchanges[-1:]
        for call in exchange.calls
        if call.name == STRUCTURED_OUTPUT and call.whole and call.id in executed
    }
