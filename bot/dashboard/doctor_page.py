"""What `nightshift doctor` found last. Nothing is examined for a visitor: that takes requests and a minute."""

from __future__ import annotations

from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer

_ORDER = ("missing", "wrong", "advice", "ok")


def show_doctor(sources: Sources, viewer: Viewer) -> Page:
    """Only for who reads everything: it names folders of the host, and repositories."""
    last = None
    if viewer.reads is None:
        with sources.store.read() as ledger:
            last = ledger.doctor_findings.read()
    findings = sorted(last.findings, key=lambda each: _rank(each.verdict)) if last is not None else []
    return Page(template="doctor.html", shown={"last": last, "findings": findings})


def _rank(verdict: str) -> int:
    return _ORDER.index(verdict) if verdict in _ORDER else len(_ORDER)
