"""What a scripted model was sent, read for assertions."""

from __future__ import annotations

from bot.adapters.messages_api import content_blocks, content_text
from bot.adapters.scripted_model import ModelRequest


def tool_results(request: ModelRequest) -> tuple[str, ...]:
    """The texts of the tool results since the model's last answer (the CLI adds its own messages after them)."""
    answers = [at for at, message in enumerate(request.messages) if message.get("role") == "assistant"]
    return tuple(
        content_text(block.get("content", ""))
        for message in request.messages[answers[-1] + 1 if answers else 0 :]
        for block in content_blocks(message.get("content", ""))
        if block.get("type") == "tool_result"
    )
