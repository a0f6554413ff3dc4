"""What `nightshift doctor` found last, for the page of the dashboard that shows it: no visitor starts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, Column, Integer, Table, Text, select

from bot.adapters.store.columns import Moment
from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA
from bot.core.untrusted import as_dicts, as_str

DOCTOR_FINDINGS = Table(
    "doctor_findings",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("findings", JSON),
    Column("found_by", Text),
    Column("found_at", Moment),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFinding:
    need: str
    verdict: str
    says: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastFindings:
    """`by`: the command that looked."""

    findings: tuple[KeptFinding, ...]
    by: str
    at: datetime


class DoctorFindings(Part):
    def keep(self, findings: Iterable[Mapping[str, object]], *, by: str, now: datetime) -> None:
        """In place of those that were found before."""
        self._put(DOCTOR_FINDINGS, {"id": 1}, {"findings": list(findings), "found_by": by, "found_at": now})

    def read(self) -> LastFindings | None:
        """None if none were kept yet."""
        row = self._connection.execute(select(DOCTOR_FINDINGS)).one_or_none()
        if row is None:
            return None
        found = tuple(_read_finding(each) for each in as_dicts(row.findings))
        return LastFindings(findings=found, by=row.found_by, at=row.found_at)


def _read_finding(kept: Mapping[str, object]) -> KeptFinding:
    return KeptFinding(**{name: as_str(kept.get(name)) for name in KeptFinding.__slots__})
