"""Deliveries without a worker: the stories that only ask what was decided process them themselves."""

from __future__ import annotations

from bot.intake import Intake
from bot.remarks import Remarks


def process_deliveries(intake: Intake) -> int:
    """Process every delivery that is due, and what the worker does next with what came. Returns how many there were."""
    processed = 0
    while intake.step():
        processed += 1
    read_remarks(intake)
    return processed


def read_remarks(intake: Intake) -> None:
    """As the worker does after the intake and after the periodic pass."""
    reader = intake.approver.reader
    remarks = Remarks(store=intake.store, reader=lambda: reader, clock=intake.clock, boundary=intake.boundary)
    while remarks.step():
        pass
