"""Deliveries without a worker: the stories that only ask what was decided process them themselves."""

from __future__ import annotations

from bot.intake import Intake


def process_deliveries(intake: Intake) -> int:
    """Process every delivery that is due. Returns how many there were."""
    processed = 0
    while intake.step():
        processed += 1
    return processed
