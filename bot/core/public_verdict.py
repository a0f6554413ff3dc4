"""A verdict whose texts may be shown on GitHub: the one way from the results of checks to messages.

What tests are called, why a command could not run and what it printed come out of a cell, in which code of the change
ran. Messages take a `PublicVerdict`, and only this module makes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NewType

from bot.core.changes import Note
from bot.core.checks import Check, FailedSetUp, Verdict
from bot.core.ran import FAILURES, Ran, TestResult

PublicVerdict = NewType("PublicVerdict", Verdict)
"""Every text in it that a cell can decide is masked."""

Mask = Callable[[str], str]


def make_public(verdict: Verdict, mask: Mask) -> PublicVerdict:
    """`mask` replaces what looks like a secret. Two tests whose names are masked to the same stay two."""
    failed = verdict.failed_set_up
    return PublicVerdict(
        replace(
            verdict,
            checks=tuple(_public_check(check, mask) for check in verdict.checks),
            flags=tuple(_public_note(note, mask) for note in verdict.flags),
            notes=tuple(_public_note(note, mask) for note in verdict.notes),
            refused_hosts=tuple(dict.fromkeys(map(mask, verdict.refused_hosts))),
            packages=tuple(dict.fromkeys(map(mask, verdict.packages))),
            failed_set_up=_public_set_up(failed, mask) if failed is not None else None,
        )
    )


def _public_set_up(failed: FailedSetUp, mask: Mask) -> FailedSetUp:
    return replace(failed, ran=_public_run(failed.ran, {}, mask), refused=tuple(map(mask, failed.refused)))


def _public_note(note: Note, mask: Mask) -> Note:
    return Note(mask(note.path), mask(note.what))


def _public_check(check: Check, mask: Mask) -> Check:
    names = _public_names(check, mask)
    return replace(
        check,
        before=_public_run(check.before, names, mask),
        after=_public_run(check.after, names, mask),
        flaky=tuple(names[name] for name in check.flaky),
        proves_nothing=tuple(names[name] for name in check.proves_nothing),
    )


def _public_run(ran: Ran, names: Mapping[str, str], mask: Mask) -> Ran:
    tests = None if ran.tests is None else {names.get(name, mask(name)): result for name, result in ran.tests.items()}
    return replace(ran, output=mask(ran.output), obstacle=mask(ran.obstacle), tests=tests)


def _public_names(check: Check, mask: Mask) -> dict[str, str]:
    """How each name is shown. Of tests that pass or are skipped on both commits no message says the name, and there may
    be thousands of them: they get a number."""
    before, after = check.before.tests or {}, check.after.tests or {}
    said = {name for name in (*before, *after) if _may_be_said(before.get(name), after.get(name))}
    said |= {*check.flaky, *check.proves_nothing}
    shown, taken = {"": ""}, {""}
    for number, name in enumerate(dict.fromkeys((*before, *after, *check.flaky, *check.proves_nothing)), 1):
        if name:
            shown[name] = _unlike(mask(name) if name in said else f"test {number}", taken)
            taken.add(shown[name])
    return shown


def _may_be_said(before: TestResult | None, after: TestResult | None) -> bool:
    return before is not after or not FAILURES.isdisjoint((before, after))


def _unlike(name: str, taken: Iterable[str]) -> str:
    """The name, with a number where another test has it already."""
    number, shown = 1, name
    while shown in taken:
        number += 1
        shown = f"{name} ({number})"
    return shown
