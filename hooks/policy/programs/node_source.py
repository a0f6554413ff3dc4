"""Rewrites JavaScript before patterns are matched: a function of child_process under another name gets its own."""

from __future__ import annotations

import re

RENAMED = re.compile(r"\b(exec\w*|spawn\w*|fork)\s*(?::|\bas\b)\s*([A-Za-z_$]\w*)")
"""`{exec: x} = require("child_process")`, `import {exec as x}`."""


def resolve_aliases(code: str) -> str:
    """The code with calls under their first names; unchanged if it starts no processes."""
    if "child_process" not in code:
        return code
    for original, alias in RENAMED.findall(code):
        code = re.sub(rf"(?<![\w.$]){re.escape(alias)}\s*\(", f"{original}(", code)
    return code
