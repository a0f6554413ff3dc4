"""The policy of an unattended session: what a tool call may do in a workspace that will be thrown away."""

from __future__ import annotations

from hooks.policy.judge import judge
from hooks.policy.ruling import Context, Ruling

__all__ = ["Context", "Ruling", "judge"]
