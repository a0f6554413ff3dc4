"""How test runners are asked to report every test: by variables that add a report and leave the command as it is.

Those of JavaScript read no such variables, and get arguments (`bot/core/reports/arguments.py`). `-json` in GOFLAGS
would reach `go list` too, from which makefiles read their packages; `-v` changes no program's answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.core.reports.arguments import JEST_FILE, VITEST_FILE, without_arguments

PYTEST_FILE = "pytest.xml"
RSPEC_FILE = "rspec.json"
# One file that cannot be loaded, or one failure under `-x`, would hide what a change breaks in all others.
_PYTEST_GOES_ON = "--continue-on-collection-errors --maxfail=0"
_NOISE = re.compile(
    r"^\s*(?:=== (?:RUN|PAUSE|CONT|NAME)\s|--- (?:PASS|SKIP): )"
    rf"|^(?:Test results written to: .*{re.escape(JEST_FILE)}|JSON report written to .*{re.escape(VITEST_FILE)})$"
)
_REFUSAL = re.compile(
    r"unrecognized (?:arguments|option|cli parameter)|unknown (?:arguments?|option|config)|invalid option"
    r"|failed to load custom reporter|invalid reporter",
    re.IGNORECASE,
)


def ask(folder: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The variables for a command that may write to `folder`; `variables`: what it gets besides, which stays."""
    added = {
        "PYTEST_ADDOPTS": f"--junit-xml={folder}/{PYTEST_FILE} -o junit_family=xunit1 {_PYTEST_GOES_ON}",
        "GOFLAGS": "-v",
        "SPEC_OPTS": f"--format progress --format json --out {folder}/{RSPEC_FILE}",
    }
    joined = {name: f"{variables[name]} {value}" if variables.get(name) else value for name, value in added.items()}
    dotnet = {"VSTestLogger": "trx", "VSTestResultsDirectory": folder}
    return {**dotnet, "CTEST_OUTPUT_ON_FAILURE": "1", **variables, **joined}


def was_refused(output: str, folder: str) -> bool:
    """Whether a runner ended because of what it was asked: the command then runs once more without."""
    named = folder in output or "junit_family" in output or "continue-on-collection-errors" in output
    cannot_write = re.search(rf"\b(?:ENOENT|EACCES|EPERM|EROFS)\b.*{re.escape(folder)}/", output)
    return named and (_REFUSAL.search(output) is not None or cannot_write is not None)


def without_noise(lines: Iterable[str], folder: str = "") -> list[str]:
    """The output as it is without being asked. `folder`: the one for reports, empty if there was none."""
    kept = (line for line in lines if not _NOISE.match(line))
    return [without_arguments(line, folder) for line in kept] if folder else list(kept)
