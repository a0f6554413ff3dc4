"""How test runners are asked to report every test: by variables that add a report and leave the command as it is.

Not asked are runners that would need other arguments, or another reporter in place of the one that people read. `-json`
in GOFLAGS would reach `go list` too, from which makefiles read their packages; `-v` changes no program's answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

PYTEST_FILE = "pytest.xml"
RSPEC_FILE = "rspec.json"
_GO_NOISE = re.compile(r"^\s*(?:=== (?:RUN|PAUSE|CONT|NAME)\s|--- (?:PASS|SKIP): )")


def ask(folder: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The variables for a command that may write to `folder`; `variables`: what it gets besides, which stays."""
    added = {
        "PYTEST_ADDOPTS": f"--junit-xml={folder}/{PYTEST_FILE} -o junit_family=xunit1",
        "GOFLAGS": "-v",
        "SPEC_OPTS": f"--format progress --format json --out {folder}/{RSPEC_FILE}",
    }
    joined = {name: f"{variables[name]} {value}" if variables.get(name) else value for name, value in added.items()}
    dotnet = {"VSTestLogger": "trx", "VSTestResultsDirectory": folder}
    return {**dotnet, "CTEST_OUTPUT_ON_FAILURE": "1", **variables, **joined}


def was_refused(output: str, folder: str) -> bool:
    """Whether a runner ended because of what it was asked: the command then runs once more without."""
    named = folder in output or "junit_family" in output
    return named and re.search(r"unrecognized arguments|unknown (?:option|config)|invalid option", output) is not None


def without_noise(lines: Iterable[str]) -> list[str]:
    """The output as it is without `-v`."""
    return [line for line in lines if not _GO_NOISE.match(line)]
