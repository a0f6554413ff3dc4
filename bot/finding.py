"""What `nightshift doctor` found about one thing that Nightshift needs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Verdict = Literal["ok", "missing", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`need` names what was checked; `fix` is empty if nothing is wrong. `stops`: no task can run until it is fixed."""

    need: str
    verdict: Verdict
    says: str
    fix: str = ""
    stops: bool = False

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def line_of(finding: Finding) -> str:
    """A finding as `nightshift doctor` prints it, with the fix on a second line."""
    fix = f"\n    to fix it: {finding.fix}" if finding.fix else ""
    return f"{finding.verdict:8}{finding.need}: {finding.says}{fix}"
