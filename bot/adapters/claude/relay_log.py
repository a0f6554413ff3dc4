"""What the relay decides and records of one session: which requests pass, what they cost, what was answered.

One object for each session, used by the threads of all its requests.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.adapters.claude.answers import ApiAnswer
from bot.adapters.claude.relay_record import LARGEST, RecordFull, RecordWriter, RelaySeal
from bot.core.admission import Allowance, refusal
from bot.core.conversation import Conversation
from bot.core.failures import FailureKind
from bot.core.untrusted import as_dicts
from bot.core.witness import Exchange, Witness

MOST_REQUESTS = 5000
_MOST_REFUSALS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTerms:
    """What a session's requests are for. `prompt`: what the session is asked; `cwd`: the folder that it works in;
    `model`: the planned one; `budget_usd` None: no limit; `earlier`: messages of the conversation that it
    continues, as the host wrote them."""

    prompt: str = ""
    cwd: str = ""
    model: str | None = None
    budget_usd: float | None = None
    earlier: tuple[Mapping[str, Any], ...] = ()


class NotAdmitted(Exception):
    """A request that is not passed on; the message says why."""


@dataclass(slots=True)
class RelayLog:
    """`stop`: why the session has to be stopped, as the relay sees it."""

    terms: SessionTerms
    path: Path | None
    largest_record: int = LARGEST
    stop: tuple[FailureKind, str] | None = None
    _allowance: Allowance = field(init=False)
    _conversation: Conversation = field(init=False)
    _writer: RecordWriter = field(init=False)
    _open: dict[int, ApiAnswer] = field(default_factory=dict)
    _done: list[Exchange] = field(default_factory=list)
    _refusals: list[str] = field(default_factory=list)
    _exceeded: list[str] = field(default_factory=list)
    _number: int = 0
    _last: bytes | bytearray = field(default=b"", repr=False)
    _spent: float = 0.0
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._allowance = Allowance(planned=self.terms.model)
        self._conversation = Conversation(prompt=self.terms.prompt, cwd=self.terms.cwd)
        self._conversation.goes_on_from(self.terms.earlier)
        self._writer = RecordWriter(self.path, self.largest_record)

    def admit(self, body: object, raw: bytes | bytearray, *, counts_only: bool = False) -> ApiAnswer | None:
        """Record a request that is to be passed on. `raw`: the same as it was sent; `counts_only`: it asks for a
        number of tokens, so that the model does not see it. Raises NotAdmitted."""
        with self._lock:
            self._check(body)
            assert isinstance(body, dict)  # noqa: S101 - checked above; tells the type checker
            self._allowance = replace(self._allowance, model=body["model"])
            if counts_only:
                return None
            self._number += 1
            self._last = raw
            shown = self._conversation.newly_shown(body)
            answer = ApiAnswer(
                number=self._number, model=body["model"], size=len(raw), cwd=self.terms.cwd, results=shown
            )
            self._open[self._number] = answer
            return answer

    def refuse(self, reason: str) -> None:
        """Keep that a request of the session was refused."""
        with self._lock:
            self._refuse(reason)

    def passes(self, answer: ApiAnswer, piece: bytes) -> None:
        """Read a piece of an answer, before the session gets it."""
        with self._lock:
            answer.feed(piece)
            self._learn(answer)

    def ends(self, answer: ApiAnswer) -> None:
        """Read the end of an answer, before the session gets it."""
        with self._lock:
            answer.ends()
            self._learn(answer)

    def end_exchange(self, answer: ApiAnswer) -> None:
        """Nothing more comes of this exchange."""
        with self._lock:
            self._finish(answer)

    def spent_usd(self) -> float:
        """The cost of all exchanges so far, with those that are under way."""
        with self._lock:
            return self._spent_so_far()

    def read_conversation(self) -> tuple[Mapping[str, Any], ...] | None:
        """The messages that the model was last shown, None if it was never asked."""
        return tuple(as_dicts(json.loads(self._last).get("messages"))) if self._last else None

    def close(self) -> tuple[Witness, RelaySeal]:
        """End the record. What comes later is not recorded."""
        with self._lock:
            for answer in tuple(self._open.values()):
                self._finish(answer)
            self._closed = True
            witness = Witness(exchanges=tuple(self._done), refusals=tuple(self._refusals), flaws=tuple(self._exceeded))
            return witness, self._writer.seal()

    def _check(self, body: object) -> None:
        if self._closed or self.stop is not None:
            raise NotAdmitted("the session is over")
        spent = self._spent_so_far()
        budget = self.terms.budget_usd
        if budget is not None and spent >= budget:
            self.stop = FailureKind.BUDGET_EXHAUSTED, f"the session has cost ${spent:.2f} of the ${budget:.2f} it may"
            raise NotAdmitted(self.stop[1])
        if self._number >= MOST_REQUESTS:
            self._exceed(f"the session asked the model more than {MOST_REQUESTS} times")
            raise NotAdmitted("the session is over")
        reason = refusal(body, self._allowance) or self._conversation.find_unexplained(body)  # type: ignore[arg-type]
        if reason is not None:
            self._refuse(reason)
            raise NotAdmitted(reason)

    def _spent_so_far(self) -> float:
        return self._spent + sum(answer.exchange().cost_usd for answer in self._open.values())

    def _refuse(self, reason: str) -> None:
        if self._closed or len(self._refusals) >= _MOST_REFUSALS:
            return
        self._refusals.append(reason)
        self.stop = self.stop or (FailureKind.GUARDS_UNPROVEN, f"the relay refused a request of the session: {reason}")
        try:
            self._writer.add_refusal(reason)
        except RecordFull:
            self._exceed("the relay's record of the session is full")

    def _learn(self, answer: ApiAnswer) -> None:
        calls, texts = answer.news()
        self._conversation.add_answer(calls, texts)
        if answer.trouble:
            self._exceed(answer.trouble)

    def _finish(self, answer: ApiAnswer) -> None:
        if self._closed or self._open.pop(answer.number, None) is None:
            return
        exchange = answer.exchange()
        self._done.append(exchange)
        self._spent += exchange.cost_usd
        try:
            self._writer.add_exchange(exchange)
        except RecordFull:
            self._exceed("the relay's record of the session is full")

    def _exceed(self, what: str) -> None:
        """A bound is reached: the session ends, and nothing of it is published."""
        self._exceeded = self._exceeded or [what]
        self.stop = self.stop or (FailureKind.BUDGET_EXHAUSTED, f"{what}, so it was stopped")
