"""Checks that a request continues the conversation that the relay saw, and quotes only answers that the API gave.

Code that learns a session's pass could send any request to the model; but it cannot invent answers of the API.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.admission import blocks_of
from bot.core.forms import call_form, result_form, result_parts, text_form
from bot.core.untrusted import as_dicts, as_str
from bot.core.witness import AskedCall, ShownResult

_PLACEHOLDERS = frozenset(map(text_form, ("No response requested.", "(no content)")))
"""What Claude Code 2.1.330 puts into the place of an answer that there is not."""
_SUMMARY = re.compile(r"<summary>(.*?)</summary>", re.DOTALL)
_CONTINUED = "This session is being continued from a previous conversation"
_KEPT_SUMMARIES = 8


@dataclass(slots=True)
class Conversation:
    """What is known of a session's conversation. `prompt`: what it was asked; `cwd`: the folder that it works in."""

    prompt: str = ""
    cwd: str = ""
    _calls: dict[str, tuple[str, str]] = field(default_factory=dict)
    _texts: set[str] = field(default_factory=set)
    _shown: dict[str, frozenset[str]] = field(default_factory=dict)
    _summaries: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.prompt = _squeeze(self.prompt)

    def add_answer(self, calls: Iterable[AskedCall], texts: Iterable[str]) -> None:
        """Record an answer of the API: its complete calls, and its texts."""
        self._calls |= {call.id: (call.name, call.form) for call in calls if call.whole}
        for text in texts:
            self._texts.add(text_form(text))
            found = _SUMMARY.search(text)
            self._summaries = [*self._summaries, _squeeze(found[1] if found else text)][-_KEPT_SUMMARIES:]

    def goes_on_from(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Record an earlier conversation that the host has restored."""
        for message in messages:
            if message.get("role") == "assistant":
                calls = [_call(block, self.cwd) for block in blocks_of(message) if block.get("type") == "tool_use"]
                self.add_answer(calls, (as_str(b.get("text")) for b in blocks_of(message) if b.get("type") == "text"))
            else:
                for block in _results(message):
                    self._shown[as_str(block.get("tool_use_id"))] = result_parts(block.get("content"))

    def find_unexplained(self, body: Mapping[str, Any]) -> str | None:
        """What of a request the conversation does not explain, as the end of a sentence."""
        return next(self._find_unexplained(as_dicts(body.get("messages"))), None)

    def newly_shown(self, body: Mapping[str, Any]) -> tuple[ShownResult, ...]:
        """The tools' results that a request shows and that none before it has shown."""
        found = []
        for message in as_dicts(body.get("messages")):
            for block in _results(message) if message.get("role") == "user" else ():
                call = as_str(block.get("tool_use_id"))
                if call not in self._shown:
                    self._shown[call] = result_parts(block.get("content"))
                    form = result_form(block.get("content"), is_error=bool(block.get("is_error")))
                    found.append(ShownResult(id=call, form=form))
        return tuple(found)

    def _find_unexplained(self, messages: list[dict[str, Any]]) -> Iterator[str]:
        if not self._is_asked(messages):
            yield "its messages do not hold what the session was asked"
        for message in messages:
            for block in blocks_of(message):
                if message.get("role") == "assistant":
                    yield from self._unsaid(block)
                elif block.get("type") == "tool_result":
                    yield from self._not_resulted(block)

    def _not_resulted(self, block: Mapping[str, Any]) -> Iterator[str]:
        call = as_str(block.get("tool_use_id"))
        if call not in self._calls:
            yield f"it shows a result of {call[:100]!r}, which no answer of the API asked for"
        elif call in self._shown and not result_parts(block.get("content")) <= self._shown[call]:
            yield f"it shows another result of {call[:100]!r} than before"

    def _unsaid(self, block: Mapping[str, Any]) -> Iterator[str]:
        if block.get("type") == "text" and text_form(as_str(block.get("text"))) not in self._texts | _PLACEHOLDERS:
            yield "it tells the model that it said what no answer of the API holds"
        if block.get("type") == "tool_use":
            call = _call(block, self.cwd)
            if self._calls.get(call.id) != (call.name, call.form):
                yield f"it tells the model that it asked for {call.name[:100]} ({call.id[:100]}), which it did not"

    def _is_asked(self, messages: list[dict[str, Any]]) -> bool:
        """The session's prompt is there, or a summary of the conversation so far, in the words of an answer."""
        asked = [
            _squeeze(as_str(block.get("text")))
            for message in messages
            if message.get("role") == "user"
            for block in blocks_of(message)
            if block.get("type") == "text"
        ]
        begins = next((text for text in asked if _squeeze(_CONTINUED) in text), "")
        summed_up = any(summary and summary in begins for summary in self._summaries)
        return summed_up or not self.prompt or any(self.prompt in text for text in asked)


def _call(block: Mapping[str, Any], cwd: str) -> AskedCall:
    name = as_str(block.get("name"))
    return AskedCall(id=as_str(block.get("id")), name=name, form=call_form(name, block.get("input"), cwd))


def _results(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [block for block in blocks_of(message) if block.get("type") == "tool_result"]


def _squeeze(text: str) -> str:
    return "".join(text.split())
