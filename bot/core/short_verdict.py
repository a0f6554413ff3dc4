"""A verdict in a few words: what the status comment and the labels say of a change, kept in the ledger and in the
comment's hidden record.

Commands and reasons are other people's text, raw: a caller that shows them makes them inert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from bot.core.change_size import ChangeSize
from bot.core.checks import Check, CheckStanding, Verdict
from bot.core.failures import FailureKind
from bot.core.ran import Result

MOST_COMMANDS = 3
LONGEST_COMMAND = 120
LONGEST_REASON = 200
MOST_TESTS = 10**7


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortVerdict:
    """`commands`: the checks that the standing rests on, the first of them: those that pass, that fail as before, or
    that verify nothing; `more`: how many others there are. `before`: how all of these ended on the base commit, None if
    not all in the same way. `fails`: they fail with the change. `reason`: why the first could not run, with the change
    or before it. `tests`: how many tests they ran with the change, 0 where no runner listed them. `flagged`: people
    should look first at files that the change touches, such as those that steer its checks, or at tests that it skips,
    removes or weakens. `flaky`: they pass since a test, or a whole check, failed and then passed on the same commit.
    `size`: of the whole change, None where it is not on record. `failed`: the change is the work of a task that failed
    so."""

    standing: CheckStanding
    commands: tuple[str, ...] = ()
    more: int = 0
    before: Result | None = None
    fails: bool = False
    reason: str = ""
    tests: int = 0
    flagged: bool = False
    flaky: bool = False
    size: ChangeSize | None = None
    failed: FailureKind | None = None

    @property
    def wants_draft(self) -> bool:
        """Whether a person has to look why: the task failed, or there are checks and they verify nothing."""
        return self.failed is not None or (self.standing is CheckStanding.NOT_VERIFIED and bool(self.commands))


def in_short(verdict: Verdict, size: ChangeSize | None = None) -> ShortVerdict:
    named = _select_named(verdict)
    before = {check.before.result for check in named}
    return ShortVerdict(
        standing=verdict.standing,
        commands=tuple(_line(check.command, LONGEST_COMMAND) for check in named[:MOST_COMMANDS]),
        more=max(0, len(named) - MOST_COMMANDS),
        before=before.pop() if len(before) == 1 else None,
        fails=bool(named) and all(check.after.result is Result.FAILS for check in named),
        reason=_reason(named) if verdict.standing is CheckStanding.NOT_VERIFIED else "",
        tests=min(MOST_TESTS, sum(check.after.number_of_tests for check in named if check.after.lists_all)),
        flagged=bool(verdict.flags) or any(check.checks_less for check in verdict.checks),
        flaky=any(check.flaky and not check.after.passed for check in named),
        size=size,
    )


def in_short_of_failed(verdict: Verdict, kind: FailureKind, size: ChangeSize | None = None) -> ShortVerdict:
    """Of the work of a task that failed. What newly fails is no failure as before."""
    short = in_short(verdict, size)
    standing = CheckStanding.NOT_VERIFIED if verdict.newly_failing else short.standing
    return replace(short, standing=standing, failed=kind)


def recorded_verdict(verdict: ShortVerdict) -> dict[str, object]:
    """As JSON holds it; `read_short_verdict` (`bot.core.task_record`) reads it again."""
    return {**asdict(verdict), "commands": list(verdict.commands)}


def _select_named(verdict: Verdict) -> Sequence[Check]:
    if verdict.standing is CheckStanding.VERIFIED:
        return [check for check in verdict.checks if check.passes]
    failing = [check for check in verdict.checks if check.after.ended and not check.passes]
    if verdict.standing is CheckStanding.FAILS_AS_BEFORE:
        return failing
    return verdict.could_not_run or [check for check in failing if not check.before.ended]


def _reason(named: Sequence[Check]) -> str:
    """The obstacle of the first, of the commit on which it could not run."""
    for check in named[:1]:
        ran = check.before if check.after.ended else check.after
        return _line(ran.obstacle or "stopped at a limit", LONGEST_REASON)
    return ""


def _line(text: str, limit: int) -> str:
    """On one line, without what shows nothing, and cut: the hidden record accepts no other."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
