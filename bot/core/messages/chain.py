"""The drawing of what waits for what, in a status comment."""

from __future__ import annotations


def chain_section(drawing: str) -> str:
    """`drawing`: in Mermaid's language; empty for none."""
    if not drawing:
        return ""
    return f"<details><summary>What waits for what</summary>\n\n```mermaid\n{drawing}\n```\n\n</details>"
