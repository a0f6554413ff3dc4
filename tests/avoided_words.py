"""Words that the documentation avoids."""

from __future__ import annotations

import re

AVOIDED = re.compile(
    r"\b(nobody|whoever|heed|befell|evening|floors?|doors?|rooms?|blows?|strikes?"
    r"|(?:is|are|was|were|been)\s+told|of\s+(?:its|their)\s+own|(?:its|a)\s+say)\b",
    re.IGNORECASE,
)
