"""The workflow follows histories that earlier versions of it made: attempts run while a control plane is replaced."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from bot.adapters.executors.attempt_workflow import AttemptWorkflow
from bot.adapters.executors.payloads import converter_of
from tests.adapters.fleet.servers import KEY

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_recorded_history_is_followed(path: Path) -> None:
    history = WorkflowHistory.from_json("recorded", path.read_text())
    replayer = Replayer(workflows=[AttemptWorkflow], data_converter=converter_of([KEY]))

    asyncio.run(replayer.replay_workflow(history))


def test_each_way_to_end_is_recorded() -> None:
    """To record one more: `temporal workflow show --output json` of a workflow whose PAYLOAD_KEY was KEY."""
    assert [path.stem for path in HISTORIES] == ["cancelled", "ended", "failed", "handed-back", "lost"]
