"""Reminds a session once that is about to stop without having delivered its result.

Runs inside the cell as a separate file (the Stop hook), so it imports nothing of the project.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

TAIL = 512 * 1024
REMINDER = (
    "Deliver the result before you stop: call StructuredOutput with status complete, blocked or needs_info, "
    "a summary, and your questions if any.\n"
)


def has_result(transcript: Path) -> bool:
    """Whether the transcript's end shows a StructuredOutput call."""
    with transcript.open("rb") as stream:
        stream.seek(max(0, transcript.stat().st_size - TAIL))
        return b'"name":"StructuredOutput"' in stream.read().replace(b'": "', b'":"')


def main() -> int:
    """Read the hook's call; exit code 2 lets the session go on with what standard error says."""
    try:
        call = json.load(sys.stdin)
        if call.get("stop_hook_active") or has_result(Path(call["transcript_path"])):
            return 0
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        return 0
    sys.stderr.write(REMINDER)
    return 2


if __name__ == "__main__":
    sys.exit(main())
