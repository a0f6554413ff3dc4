"""A night in which the bot is a GitHub App, and people press the buttons of its check runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.rehearsal.check_runs import VERDICT, find_button, judge_check_runs
from bot.rehearsal.github.app_records import App
from bot.rehearsal.github.records import CheckRun
from bot.rehearsal.reading import ScenarioRefused, parse_scenario
from tests.rehearsal.nights import rehearse

NIGHT = Path(__file__).with_name("app_night.yml").read_text()


def test_buttons_start_and_stop_attempts(tmp_path: Path) -> None:
    """As the commands would. The night's own judge reads the check run on each pull request in review."""
    code, out, err = rehearse(tmp_path, NIGHT, "--json")

    assert json.loads(out)["unexpected"] == [], err
    assert code == 0


def test_a_press_needs_an_app() -> None:
    with pytest.raises(ScenarioRefused, match="a press needs app: true"):
        parse_scenario(NIGHT.replace("app: true", "app: false"))


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_run(name: str = VERDICT, conclusion: str | None = "success", button: str = "Retry") -> CheckRun:
    return CheckRun(
        id=1,
        sha="0" * 40,
        name=name,
        app=App(id=1, slug="nightshift", public_key="", permissions={}, created_at=NOW),
        status="completed" if conclusion else "in_progress",
        conclusion=conclusion,
        details_url=None,
        external_id=None,
        started_at=NOW,
        completed_at=None,
        output={"title": "Verified", "summary": "It is ready for review."},
        actions=({"label": button, "identifier": "retry", "description": ""},),
    )


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ([a_run(), a_run("Nightshift: stop", "neutral")], []),
        ([], ["its pull request has no check run called 'Nightshift'"]),
        ([a_run("Nightshift: stop")], ["its pull request has no check run called 'Nightshift'"]),
        ([a_run(conclusion=None)], ["its check run 'Nightshift' is still in_progress"]),
    ],
)
def test_a_pull_request_at_rest_shows_a_verdict_that_is_completed(runs: list[CheckRun], said: list[str]) -> None:
    assert list(judge_check_runs(runs, ["Verified", "ready for review"])) == said


def test_what_a_check_run_does_not_say_is_unexpected() -> None:
    (said,) = judge_check_runs([a_run()], ["Not verified"])
    assert said.startswith("its check run does not say 'Not verified'")


def test_a_button_is_shown_once_its_check_run_is_completed() -> None:
    assert find_button([a_run(conclusion=None), a_run(button="Stop")], "Stop") is not None
    assert find_button([a_run(conclusion=None)], "Retry") is None
