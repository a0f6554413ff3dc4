"""The workflows may write nothing, run for a bounded time, and use only actions that are pinned by commit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[1] / ".github"
WORKFLOWS = {path.name: path for path in sorted(FOLDER.glob("workflows/*.yml"))}
_SIGNED = {"id-token": "write", "attestations": "write"}
_PUBLISHES = ({"contents": "write", **_SIGNED}, {"contents": "read", "packages": "write", **_SIGNED})
"""What a release may write, which only a tag starts."""
_PINNED = re.compile(r"uses: (?:\./\S+|[\w./-]+@[0-9a-f]{40} # v[\d.]+)$")


def read(name: str) -> dict[Any, Any]:
    described = yaml.safe_load(WORKFLOWS[name].read_text())
    assert isinstance(described, dict)
    return described


def jobs() -> Iterator[Any]:
    for name in WORKFLOWS:
        for key, job in read(name)["jobs"].items():
            yield pytest.param(job, id=f"{name}-{key}")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_permissions_and_one_run_at_a_time(name: str) -> None:
    workflow = read(name)

    assert workflow["permissions"] == {}
    assert "group" in workflow["concurrency"]


@pytest.mark.parametrize("job", list(jobs()))
def test_a_job_reads_only_and_ends(job: dict[str, Any]) -> None:
    assert job["permissions"] in (*_PUBLISHES, {"contents": "read"})
    assert 0 < job["timeout-minutes"] <= 360
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_only_a_tag_starts_what_may_write() -> None:
    writing = {name for name in WORKFLOWS for job in read(name)["jobs"].values() if job["permissions"] in _PUBLISHES}

    assert writing == {"release.yml"}
    assert read("release.yml")[True] == {"push": {"tags": ["v*"]}}  # YAML reads the key `on` as true


@pytest.mark.parametrize("job", list(jobs()))
def test_no_expression_is_part_of_a_script(job: dict[str, Any]) -> None:
    """An expression is replaced before the shell reads the script: what it holds would be run."""
    assert not [step["run"] for step in job["steps"] if "${{" in step.get("run", "")]


@pytest.mark.parametrize(
    "path", [*WORKFLOWS.values(), FOLDER / "actions" / "prepare" / "action.yml"], ids=lambda path: path.name
)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in path.read_text().splitlines() if "uses:" in line]

    assert [line for line in used if not _PINNED.fullmatch(line)] == []


def test_ci_runs_every_test() -> None:
    """The parts of ci.yml are the whole: what one leaves out is the folder of another."""
    runs = [part["run"] for part in read("ci.yml")["jobs"]["test"]["strategy"]["matrix"]["include"]]
    left_out = {path for run in runs for path in re.findall(r"--ignore=(\S+?)[\"\s]", run)}
    taken = {path for run in runs for path in re.findall(r" (tests/\w+)", run)}

    assert left_out == taken == {"tests/stories", "tests/rehearsal"}
    assert all("--all-tools" in run for run in runs if "make test" in run)
