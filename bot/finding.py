"""What `nightshift doctor` found about one thing that Nightshift needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import click

Verdict = Literal["ok", "advice", "missing", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`need` names what was checked; `fix` is empty if nothing is to be done. `stops`: no task can run until it is
    fixed. Advice: Nightshift works without it, and something would be safer or better with it."""

    need: str
    verdict: Verdict
    says: str
    fix: str = ""
    stops: bool = False

    @property
    def is_fault(self) -> bool:
        return self.verdict in {"missing", "wrong"}

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def line_of(finding: Finding) -> str:
    """A finding as `nightshift doctor` prints it, with the fix on a second line."""
    begin = "to fix it" if finding.is_fault else "to change it"
    fix = f"\n    {begin}: {finding.fix}" if finding.fix else ""
    return f"{finding.verdict:8}{finding.need}: {finding.says}{fix}"


def print_each(findings: Iterable[Finding], *, quietly: bool = False) -> list[Finding]:
    """Print each as soon as it is known: a proof may take a minute."""
    found = []
    for finding in findings:
        found.append(finding)
        if not quietly:
            click.echo(line_of(finding))
    return found
