"""Predicts the numbers that GitHub gives to the issues of a scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bot.rehearsal.scenario import Issue


def predict_numbers(issues: Iterable[Issue]) -> dict[str, int]:
    """The numbers that GitHub will give to the first issues: each repository counts from 1."""
    counts: Counter[str] = Counter()
    numbers = {}
    for issue in issues:
        if issue.when is None:
            counts[issue.repository] += 1
            numbers[issue.key] = counts[issue.repository]
    return numbers
