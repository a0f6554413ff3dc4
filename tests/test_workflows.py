"""The workflows may write nothing, run for a bounded time, and use only actions that are pinned by commit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.patience import within

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github"
EXAMPLE = ROOT / "docs" / "night.yml"
WORKFLOWS = {path.name: path for path in sorted(FOLDER.glob("workflows/*.yml"))}
_SIGNED = {"id-token": "write", "attestations": "write"}
_PUBLISHES = ({"contents": "write", **_SIGNED}, {"contents": "read", "packages": "write", **_SIGNED})
"""What a release may write, which only a tag starts."""
_SHOWS_PAGES = {"pages": "write", "id-token": "write"}
"""What the documentation site may write: no content."""
_PINNED = re.compile(r"uses: (?:\./\S+|[\w./-]+@[0-9a-f]{40} # v[\d.]+)$")


def read(name: str) -> dict[Any, Any]:
    described = yaml.safe_load(WORKFLOWS[name].read_text())
    assert isinstance(described, dict)
    return described


def read_example() -> dict[Any, Any]:
    described = yaml.safe_load(EXAMPLE.read_text())
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
    assert job["permissions"] in (*_PUBLISHES, _SHOWS_PAGES, {"contents": "read"})
    assert 0 < job["timeout-minutes"] <= 360
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_only_a_tag_starts_what_may_write() -> None:
    writing = {name for name in WORKFLOWS for job in read(name)["jobs"].values() if job["permissions"] in _PUBLISHES}

    assert writing == {"release.yml"}
    assert read("release.yml")[True] == {"push": {"tags": ["v*"]}}  # YAML reads the key `on` as true


def test_what_publishes_the_site_runs_nothing_of_the_repository() -> None:
    """It has no checkout, and no step of a shell."""
    (writing,) = [job for job in read("site.yml")["jobs"].values() if job["permissions"] == _SHOWS_PAGES]

    assert [step["uses"].split("@")[0] for step in writing["steps"]] == ["actions/deploy-pages"]


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


def test_the_example_of_a_night_gives_what_the_workflow_takes() -> None:
    called = read("night.yml")[True]["workflow_call"]  # YAML reads the key `on` as true
    (job,) = read_example()["jobs"].values()

    assert job["with"].keys() <= called["inputs"].keys()
    assert {name for name, each in called["inputs"].items() if each.get("required")} <= job["with"].keys()
    assert job["secrets"].keys() <= called["secrets"].keys()
    assert job["uses"] == f"{job['with']['nightshift']}/.github/workflows/night.yml@{job['with']['commit']}"


def test_the_example_of_a_night_grants_no_more_than_reading() -> None:
    """Least of all `secrets: inherit`; and GitHub cancels two groups of one name in one run."""
    example = read_example()
    (job,) = example["jobs"].values()

    assert (example["permissions"], job["permissions"]) == ({}, {"contents": "read"})
    assert job["cache-mode"] == "none"
    assert isinstance(job["secrets"], dict)
    assert not example["concurrency"]["group"].startswith(read("night.yml")["concurrency"]["group"])
    assert "github.token" not in EXAMPLE.read_text().lower()
    assert "secrets.github_token" not in EXAMPLE.read_text().lower()


def test_no_linter_of_workflows_objects_to_the_example() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [zizmor, "--offline", "--quiet", EXAMPLE], capture_output=True, text=True, timeout=within(60), check=False
    )

    assert done.returncode == 0, done.stdout


_SHOWS = """#!/bin/sh
echo "$*"; env; stat -c '%n %a' .env "$GITHUB_APP_PRIVATE_KEY_FILE"; cat .env; cat "$GITHUB_APP_PRIVATE_KEY_FILE"
"""


def test_a_night_is_given_its_key_in_a_file_that_no_other_user_may_read(tmp_path: Path) -> None:
    """The script of night.yml, with a `nightshift` that prints what it is given."""
    program = tmp_path / ".venv" / "bin" / "nightshift"
    program.parent.mkdir(parents=True)
    program.write_text(_SHOWS)
    program.chmod(0o755)
    (step,) = [
        each for each in read("night.yml")["jobs"]["night"]["steps"] if "nightshift night" in each.get("run", "")
    ]
    given = {"SETTINGS": "MODEL=m\nBUDGET_USD=1", "APP_PRIVATE_KEY": "the key", "MAX_MINUTES": "300"}

    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), **given},
        capture_output=True,
        text=True,
        timeout=within(60),
        check=True,
    )

    lines = done.stdout.splitlines()
    assert lines[0] == "night --until-idle --max-minutes 300"
    assert {".env 600", f"{tmp_path}/app.pem 600", f"DATA_DIR={tmp_path}/nightshift"} <= set(lines)
    assert lines[-3:] == ["MODEL=m", "BUDGET_USD=1", "the key"]
    assert not [line for line in lines if line.startswith(("APP_PRIVATE_KEY=", "SETTINGS="))]
    assert given.keys() <= step["env"].keys()
