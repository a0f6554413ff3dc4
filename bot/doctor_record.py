"""Keeps what doctor found, for the dashboard: a visitor of that page reads it, and starts nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.adapters.store import StoreUnusable
from bot.core.untrusted import plain
from bot.finding import Finding
from bot.wiring import Services, utc_now

_log = logging.getLogger(__name__)


def keep_findings(services: Services, findings: Sequence[Finding], by: str) -> None:
    """`by`: the command that looked. Where the ledger cannot be written a finding says so, and nothing is kept."""
    if any(finding.stops and finding.need == "data folder" for finding in findings):
        return
    kept = [{name: plain(str(value)) for name, value in finding.as_json().items()} for finding in findings]
    try:
        with services.store.transaction() as ledger:
            ledger.doctor_findings.keep(kept, by=by, now=utc_now())
    except StoreUnusable as trouble:
        _log.warning("what doctor found could not be kept for the dashboard: %s", trouble)
