"""What a running session reads on its standard input: its prompt, and what people say to it meanwhile, a line each."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.adapters.channels import Feed
from bot.core.said import Said
from bot.core.said_brief import words_for_session
from bot.core.transcript import Transcript

_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """`waiting`: what was said to the session and it has not read; `note_read`: called once it has read it."""

    waiting: Callable[[], Sequence[Said]]
    note_read: Callable[[Said], None]


NOTHING = Incoming(waiting=lambda: (), note_read=lambda _: None)


def message_line(text: str, identity: str) -> bytes:
    """A message of the user. Claude Code repeats it in its stream, under this identity, when it reads it."""
    message = {"role": "user", "content": [{"type": "text", "text": text}]}
    return json.dumps({"type": "user", "message": message, "uuid": identity}).encode() + b"\n"


@dataclass(slots=True, kw_only=True)
class Speaking:
    """Hands what is said to one session. Its input ends with its result: what was said before makes it go on first,
    unless it ended with an error."""

    incoming: Incoming
    feed: Feed
    transcript: Transcript
    _given: dict[str, Said] = field(default_factory=dict)
    _looked_at: float = 0.0
    _is_over: bool = False

    def look(self, now: float) -> None:
        """`now`: by the monotonic clock."""
        for identity in self.transcript.take_heard():
            self.incoming.note_read(self._given[identity])
        is_over = self.transcript.finished
        if self.transcript.completed or (not is_over and now - self._looked_at >= _LOOK_SECONDS):
            self._looked_at = now
            self._give_all()
        if self.transcript.finished and not self._is_over:
            self._is_over = True
            self.feed.end()

    def _give_all(self) -> None:
        for said in () if self._is_over else self.incoming.waiting():
            self._give(said)

    def _give(self, said: Said) -> None:
        identity = str(uuid.uuid5(uuid.NAMESPACE_URL, said.item))
        if identity not in self._given:
            self._given[identity] = said
            self.transcript.expect(identity)
            self.feed.give(message_line(words_for_session(said), identity))
