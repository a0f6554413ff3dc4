"""The steps of an attempt: while it runs, as its sessions stream them; afterwards out of the kept evidence."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.evidence import EvidenceStore
from bot.adapters.masking import mask
from bot.adapters.session_streams import find_live_streams, open_stream
from bot.adapters.store import Store
from bot.core.task_history import attempt_words
from bot.core.tasks import ACTIVE, Attempt, State, Task
from bot.core.transcript import Transcript
from bot.core.untrusted import one_line


@dataclass(slots=True)
class _Stream:
    """How far a session's stream was read, in bytes."""

    transcript: Transcript = field(default_factory=Transcript)
    offset: int = 0


@dataclass(slots=True, kw_only=True)
class AttemptLog:
    """`folder`: of the attempts that run. `sleep` is called between two looks."""

    store: Store
    evidence: EvidenceStore
    folder: Path
    task: Task
    sleep: Callable[[], None]
    _streams: dict[str, _Stream] = field(default_factory=dict)
    _note: str = ""

    def lines(self, number: int | None, *, follows: bool) -> Iterator[str]:
        """The last attempt if `number` is None. `follows`: until it has ended; of a queued task, the next attempt."""
        issue, queued = self.task.issue, self.task.state is State.QUEUED
        target = number or self.task.attempts + (follows and queued) or 1
        if follows and self._attempt(target) is None and self._may_begin():
            yield f"{issue} is {self.task.state.value}: its steps follow as soon as attempt {target} has begun."
        while (attempt := self._attempt(target)) is None:
            if not (follows and self._may_begin()):
                yield f"Attempt {target} of {issue} has not begun."
                return
            self.sleep()
        yield f"Attempt {target} of {issue}:"
        while follows and attempt is not None and attempt.finished_at is None:
            yield from self._new_lines(attempt)
            self.sleep()
            attempt = self._attempt(target)
        if attempt is not None:
            yield from self._new_lines(attempt)
            yield attempt_words(attempt)

    def _attempt(self, number: int) -> Attempt | None:
        with self.store.read() as ledger:
            return next((each for each in ledger.attempts.of(self.task.id) if each.number == number), None)

    def _may_begin(self) -> bool:
        with self.store.read() as ledger:
            task = ledger.tasks.by_id(self.task.id)
        return task is not None and task.state in ACTIVE

    def _new_lines(self, attempt: Attempt) -> Iterator[str]:
        """What came since the last look: the note from before the first session, then the sessions' steps."""
        with self.store.read() as ledger:
            turns, note = ledger.attempts.progress(attempt.task_id)
        if note and not turns and note != self._note and attempt.finished_at is None:
            self._note = note
            yield f"      {one_line(mask(note))}"
        for name, path in self._sources(attempt).items():
            yield from self._new_steps(name, path)

    def _sources(self, attempt: Attempt) -> dict[str, Path]:
        """The streams by the name of their session. The evidence is kept before the folder of the attempt goes."""
        live = find_live_streams(self.folder, attempt.task_id, attempt.number)
        return self.evidence.transcripts(self.task.issue, attempt.number) | live

    def _new_steps(self, name: str, path: Path) -> Iterator[str]:
        if name not in self._streams:
            yield f"  {name}"
        stream = self._streams.setdefault(name, _Stream())
        for line in _whole_lines(path, stream.offset):
            stream.offset += len(line)
            if (step := stream.transcript.feed(line)) is not None:
                said = f"{step.tool}: {step.subject}" if step.subject else step.tool
                yield f"{step.turn:>4}  {one_line(mask(said))}"


def _whole_lines(path: Path, offset: int) -> Iterator[bytes]:
    """From there on; the last line may be half written yet. A file that goes away or is cut ends it."""
    try:
        with open_stream(path) as stream:
            stream.seek(offset)
            yield from (line for line in stream if line.endswith(b"\n"))
    except (OSError, EOFError, zlib.error):
        return
