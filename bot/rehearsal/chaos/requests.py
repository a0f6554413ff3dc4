"""Looks at each request to the model for what must not be in one: text that was added after the approval."""

from __future__ import annotations

import json
from collections.abc import Callable

from bot.adapters.scripted_model import ModelRequest, Reply
from bot.rehearsal.chaos.issues import UNAPPROVED


class Requests:
    def __init__(self, answer: Callable[[ModelRequest], Reply]) -> None:
        self._answer = answer
        self.unexpected: list[str] = []

    def answer(self, request: ModelRequest) -> Reply:
        seen = json.dumps([request.prompt, request.system, request.messages])
        if UNAPPROVED in seen and not self.unexpected:
            self.unexpected.append("a session was shown what a stranger added after the approval")
        return self._answer(request)
