"""What people say to a session while it works (`/say TEXT`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LONGEST = 4000  # characters of one message
MOST = 20  # messages of one attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`item`: the key of the comment, for its answer. `place`: where it was written, as `OWNER/REPO#N`."""

    item: str
    by: str
    text: str
    at: datetime
    place: str
