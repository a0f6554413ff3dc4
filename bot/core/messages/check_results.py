"""The repository's checks in the evidence of a pull request: a table, the output of those that do not pass, and the
hosts that set-up and checks could not reach. Commands, outputs and hosts are other people's text.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.checks import Check
from bot.core.messages.quoting import cell, code, fence, words
from bot.core.messages.times import duration
from bot.core.public_verdict import PublicVerdict
from bot.core.ran import Result
from bot.core.results_by_test import describe_end

_CHECKS = 12
_COMMAND = 120
_ENDING = 80
_OUTPUTS, _OUTPUT = 6, 4000  # how many checks show their output, and characters of all of these together
_HOSTS = 20
_PACKAGES, _PACKAGE = 60, 60  # how many, and characters of each
_AS_EXPECTED = frozenset({"passes", "passes, but flaky", "fails as before"})


def checks_in_short(checks: Sequence[Check]) -> str:
    if not checks:
        return "none found (`verify:` in `.github/nightshift.yml` names them)"
    could_not_run = sum(not check.after.ended for check in checks)
    passing = f"{sum(check.passes for check in checks)} of {len(checks)} pass"
    return f"{passing}, {could_not_run} could not run" if could_not_run else passing


def check_table(checks: Sequence[Check]) -> str:
    if not checks:
        return ""
    rows = "\n".join(
        f"| {_mark(check)} | {cell(check.command, _COMMAND)} | {words(check.before.ending, _ENDING)} "
        f"| {words(check.after.ending, _ENDING)} | {duration(check.after.seconds)} |"
        for check in checks[:_CHECKS]
    )
    table = f"The repository's checks:\n\n| | check | before | after | time |\n| --- | --- | --- | --- | --- |\n{rows}"
    if any(check.before.result is check.after.result is Result.FAILS for check in checks):
        table += "\n\nA check that also failed before this change does not count against it."
    return table


def _mark(check: Check) -> str:
    """What a reader has to look at is bold."""
    end = describe_end(check)
    return end if end in _AS_EXPECTED else f"**{end}**"


def outputs(verdict: PublicVerdict) -> str:
    """Folded: the last lines of the set-up where it failed, and of each check that does not pass, with what they share
    of the limit."""
    failed = [verdict.failed_set_up] if verdict.failed_set_up else []
    said = [(each.command, each.ran.output) for each in failed]
    said += [
        (check.command, check.after.output) for check in verdict.checks if not check.after.passed or check.newly_failing
    ]
    first = {output: command for command, output in reversed(said)}  # where set-up failed, its checks say the same
    shown = [(command, output) for command, output in said if output.strip() and first[output] == command][:_OUTPUTS]
    if not shown:
        return ""
    share = _OUTPUT // len(shown)
    parts = [f"{code(command, _COMMAND)}:\n\n{fence(_end(output, share), share)}" for command, output in shown]
    return "\n\n".join(["<details><summary>The end of what did not pass</summary>", *parts, "</details>"])


def _end(output: str, limit: int) -> str:
    """The last whole lines within the limit; of a longer line its end."""
    output = output.rstrip()
    if len(output) <= limit:
        return output
    end = output[-limit:]
    return end.partition("\n")[2] or end


def hosts_of_checks(verdict: PublicVerdict) -> str:
    """Folded."""
    hosts = verdict.refused_hosts
    if not hosts:
        return ""
    lines = [f"- {code(host, _COMMAND)}" for host in hosts[:_HOSTS]]
    more = [f"and {len(hosts) - _HOSTS} more"] if len(hosts) > _HOSTS else []
    title = "<details><summary>Hosts that the set-up or the checks asked for and could not reach</summary>"
    return "\n\n".join([title, "\n".join(lines), *more, "</details>"])


def unpinned_packages(packages: Sequence[str]) -> str:
    """Folded: the versions that the checks ran with, where no lockfile says so. Their names are other people's text."""
    if not packages:
        return ""
    shown = ", ".join(code(package.replace("==", " ", 1), _PACKAGE) for package in packages[:_PACKAGES])
    more = f" and {len(packages) - _PACKAGES:,} more" if len(packages) > _PACKAGES else ""
    title = f"<details><summary>Installed by the set-up without a lockfile ({len(packages):,})</summary>"
    return "\n\n".join([title, f"{shown}{more}", "</details>"])
