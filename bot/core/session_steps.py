"""A session as people read it: what was said, what was called with what result, and what the gate ruled. Pure.

It shows what a stream holds and proves nothing: no line is trusted to be whole, small or JSON. The proof is
`bot.core.proof`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.core.tool_results import result_text, shows_that_it_did_not_run
from bot.core.untrusted import as_dict, as_dicts, as_float, as_int, as_list, as_str, one_line, parse_object, plain

MOST_STEPS = 5000
"""Of one session; what comes after them is not shown."""
_LONGEST = 200_000  # characters of one text
_SUBJECTS = ("command", "file_path", "pattern", "path", "url", "query", "description", "status")


class SpokenBy(StrEnum):
    CLAUDE = "Claude"
    PERSON = "a person"
    BRIEF = "Nightshift's brief"
    NIGHTSHIFT = "Nightshift"
    RETRY = "Claude Code"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRuling:
    """What the gate decided on a call. `rule`, `reason`: of a refusal."""

    granted: bool
    rule: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStep:
    """Something that happened in a session, at a turn of the model (0: before the first). A call has a `tool` with what
    it was given; otherwise `text` is what `speaker` said. `result` is None for a call without an answer."""

    turn: int
    speaker: SpokenBy = SpokenBy.CLAUDE
    text: str = ""
    tool: str = ""
    subject: str = ""
    given: Mapping[str, Any] | None = None
    call: str = ""
    result: str | None = None
    is_error: bool = False
    ran: bool = True
    ruling: ShownRuling | None = None
    is_of_agent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSession:
    """`unreadable`: how many lines could not be read; `is_cut`: more steps follow that are not shown."""

    steps: tuple[SessionStep, ...]
    unreadable: int = 0
    is_cut: bool = False


def read_rulings(lines: Iterable[bytes]) -> dict[str, ShownRuling]:
    """The gate's log, by the call that each entry is of."""
    found = dict[str, ShownRuling]()
    for line in lines:
        entry = parse_object(line) or {}
        if call := as_str(entry.get("tool_use_id")):
            rule, reason = as_str(entry.get("rule")), as_str(entry.get("reason"))
            found[call] = ShownRuling(granted=entry.get("granted") is True, rule=one_line(rule), reason=plain(reason))
    return found


def read_session(lines: Iterable[bytes], rulings: Mapping[str, ShownRuling]) -> ShownSession:
    """`lines`: of a stream. A call and its answer are one step."""
    reader = _Reader(rulings)
    for line in lines:
        if not reader.read(line):
            return ShownSession(steps=tuple(reader.steps), unreadable=reader.unreadable, is_cut=True)
    return ShownSession(steps=tuple(reader.steps), unreadable=reader.unreadable)


class _Reader:
    def __init__(self, rulings: Mapping[str, ShownRuling]) -> None:
        self.steps: list[SessionStep] = []
        self.unreadable = 0
        self._rulings = rulings
        self._turns: set[str] = set()
        self._at: dict[str, int] = {}

    def read(self, line: bytes) -> bool:
        """False once there are too many steps."""
        event = parse_object(line)
        if event is None:
            self.unreadable += bool(line.strip())
            return True
        for step in self._steps_of(event):
            if step.call:
                self._at[step.call] = len(self.steps)
            self.steps.append(step)
        return len(self.steps) < MOST_STEPS

    def _steps_of(self, event: dict[str, Any]) -> list[SessionStep]:
        match event.get("type"):
            case "assistant":
                return list(self._assistant(event))
            case "user":
                return list(self._user(event))
            case "system" if event.get("subtype") == "api_retry":
                said = f"{as_str(event.get('error')) or 'an error'}: retry {as_int(event.get('attempt')) or 0}"
                return [SessionStep(turn=len(self._turns), speaker=SpokenBy.RETRY, text=one_line(said))]
            case "result":
                return list(self._end(event))
            case _:
                return []

    def _assistant(self, event: dict[str, Any]) -> Iterator[SessionStep]:
        message, is_of_agent = as_dict(event.get("message")), bool(event.get("parent_tool_use_id"))
        if not is_of_agent:
            self._turns.add(as_str(message.get("id")))
        for block in as_dicts(message.get("content")):
            if block.get("type") == "text" and (text := _text(block.get("text"))):
                yield SessionStep(turn=len(self._turns), text=text, is_of_agent=is_of_agent)
            elif block.get("type") == "tool_use":
                yield self._call(block, is_of_agent=is_of_agent)

    def _call(self, block: dict[str, Any], *, is_of_agent: bool) -> SessionStep:
        call, given = as_str(block.get("id")), as_dict(block.get("input"))
        subject = next((given[key] for key in _SUBJECTS if isinstance(given.get(key), str)), "")
        return SessionStep(
            turn=len(self._turns),
            tool=one_line(as_str(block.get("name"))),
            subject=one_line(subject, 2000),
            given=given,
            call=call,
            ruling=self._rulings.get(call),
            is_of_agent=is_of_agent,
        )

    def _user(self, event: dict[str, Any]) -> Iterator[SessionStep]:
        metas = {as_str(meta.get("id")): meta for meta in as_dicts(event.get("tool_result_meta"))}
        content = as_dict(event.get("message")).get("content")
        for block in as_dicts(content):
            if block.get("type") == "tool_result":
                self._answer(block, metas.get(as_str(block.get("tool_use_id")), {}))
            elif event.get("isReplay") and (text := _text(block.get("text"))):
                yield SessionStep(turn=len(self._turns), speaker=self._who_says(), text=text)
        if event.get("isReplay") and isinstance(content, str) and (text := _text(content)):
            yield SessionStep(turn=len(self._turns), speaker=self._who_says(), text=text)

    def _who_says(self) -> SpokenBy:
        """What is said before the first turn is the brief."""
        return SpokenBy.PERSON if self._turns else SpokenBy.BRIEF

    def _answer(self, block: dict[str, Any], meta: dict[str, Any]) -> None:
        at = self._at.get(as_str(block.get("tool_use_id")))
        if at is None:
            return
        text, is_error = result_text(block.get("content")), bool(block.get("is_error"))
        ran = not shows_that_it_did_not_run(meta, as_dict(meta.get("permission_decision")), text, is_error)
        self.steps[at] = replace(self.steps[at], result=_text(text), is_error=is_error, ran=ran)

    def _end(self, event: dict[str, Any]) -> Iterator[SessionStep]:
        errors = "; ".join(as_str(error) for error in as_list(event.get("errors")))
        said = _text(event.get("result")) or plain(errors)
        cost = f"${as_float(event.get('total_cost_usd')):.2f}"
        text = f"The session ended, {cost}.{f' {said}' if said else ''}"
        is_error = bool(event.get("is_error"))
        yield SessionStep(turn=len(self._turns), speaker=SpokenBy.NIGHTSHIFT, text=text, is_error=is_error)


def _text(value: object) -> str:
    return plain(as_str(value)[:_LONGEST]).strip()
