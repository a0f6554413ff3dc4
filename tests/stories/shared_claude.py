"""Claude Code as all stories of a test process share it: a canary for each kind of guards, not for each story.

The product proves the guards again wherever the folder of mirrors, the copy of /etc or the model's address is another
one (`guards_in_force`). In one installation these stay what they are; each story has others, and they are the only part
of the guards in which most stories differ. Stories about the canary make a separate `ClaudeCode`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock

from bot.adapters.claude import ClaudeCode, SessionPlan
from bot.adapters.claude.canary import guards_in_force
from bot.adapters.claude.code import CANARY_SECONDS
from bot.adapters.sandbox import Bubblewrap
from hooks.static_client import find_client

_MIRRORS = Path("/mirrors")
_MODEL = "http://127.0.0.1:1"


class SharedClaude(ClaudeCode):
    """Sessions and canaries are the real ones."""

    def __init__(self, binary: Path) -> None:
        super().__init__(binary)
        self._proven_kinds: dict[str, float] = {}  # kind of guards -> when it was proven, by the monotonic clock
        self._one_at_a_time = Lock()

    def canary(
        self, plan: SessionPlan, *, valid: float = CANARY_SECONDS, stopping: Callable[[], bool] = lambda: False
    ) -> SessionPlan:
        plan = replace(plan, client=plan.client or find_client())
        kind = guards_in_force(_without_places(plan), self.version())
        with self._one_at_a_time:
            proven = self._proven_kinds.get(kind)
            if proven is not None and time.monotonic() - proven <= valid:
                return plan
            proven_plan = super().canary(plan, valid=valid, stopping=stopping)
            self._proven_kinds[kind] = time.monotonic()
            return proven_plan


def _without_places(plan: SessionPlan) -> SessionPlan:
    """The same plan in a story that has its mirrors, its copy of /etc and its model elsewhere."""
    mirrors, sandbox = plan.mirrors, plan.sandbox
    if mirrors is not None:
        shown = (
            _MIRRORS / path.relative_to(mirrors) if path.is_relative_to(mirrors) else path for path in plan.readable
        )
        plan = replace(plan, mirrors=_MIRRORS, readable=tuple(shown))
    if isinstance(sandbox, Bubblewrap):
        plan = replace(plan, sandbox=replace(sandbox, etc=None))
    return replace(plan, credential=replace(plan.credential, base_url=_MODEL))
