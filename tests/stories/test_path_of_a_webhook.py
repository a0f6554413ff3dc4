"""A webhook's path from HTTP to the row of its task is short enough to be followed file by file."""

from __future__ import annotations

import hashlib
import hmac
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.webhooks import create_app
from tests.stories.ledgers import REPOSITORY, a_scene, begin

ROOT = Path(__file__).parents[2]
MOST = 14
ADAPTERS = ("bot.adapters.store", "bot.adapters.github")  # one outside thing each, whatever it is made of
# Values that the other modules are written in: they lead nowhere.
VALUES = {"bot.core.approval_events", "bot.core.labels", "bot.core.references", "bot.core.checkpoints"}
VALUES |= {"bot.core.payload_node", "bot.core.event_values", "bot.core.work_context"}
_UNSEEN = 3  # of which nothing runs where an earlier test of the same process left a cached answer


def record_modules(act: Callable[[], object]) -> set[str]:
    """The modules of the bot of which something runs while `act` does."""
    files = set[str]()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            files.add(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(before)
    paths = [Path(name) for name in files if Path(name).is_relative_to(ROOT / "bot")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths}


def fold(modules: set[str]) -> set[str]:
    """An adapter counted as one, and no values."""
    return {next((each for each in ADAPTERS if name.startswith(each)), name) for name in modules} - VALUES


def record_path(folder: Path, body: str) -> set[str]:
    """What is passed for an issue with this text, of a repository that is known already. The worker's loop, which calls
    the intake, is among it."""
    with a_scene(folder) as scene:
        (bot,) = scene.bots(1)
        begin(scene, [bot], "new")
        number = scene.github.open_issue(REPOSITORY, title="Tell the time", body=body, author="ada").number
        since = len(scene.deliveries())
        scene.github.label_issue(REPOSITORY, number, "auto", by="ada")
        (delivery,) = scene.deliveries(since)
        client = create_app(bot.store, "secret", clock=scene.clock).test_client()
        headers = {
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Delivery": delivery.guid,
            "X-Hub-Signature-256": "sha256=" + hmac.new(b"secret", delivery.body, hashlib.sha256).hexdigest(),
        }

        def deliver() -> None:
            client.post("/webhook", data=delivery.body, headers=headers, content_type="application/json")
            assert bot.intake.step()

        modules = record_modules(deliver) | {"bot.worker"}
        task = bot.task(IssueRef(REPOSITORY, number))
        bot.store.close()
    assert task is not None
    assert task.state is State.QUEUED
    return modules


def test_from_http_to_the_row_few_modules_are_passed(tmp_path: Path) -> None:
    """Each is named, in its place, in the documentation."""
    modules = record_path(tmp_path, "Time.")
    path = fold(modules)
    assert len(path) <= MOST, sorted(path)
    assert {"bot.webhooks", "bot.intake", "bot.core.approval_rules", *ADAPTERS} < path, "the path was not seen"
    section = (ROOT / "docs/architecture.md").read_text().split("### From a webhook to a row")[1].split("\n### ")[0]
    stated = re.search(r"(\d+) modules if\s+each", section)
    assert stated is not None
    assert 0 <= int(stated[1]) - len(modules) <= _UNSEEN, sorted(modules)
    for module in path:
        named = module.replace(".", "/") + ("/" if module in ADAPTERS else ".py")
        assert f"`{named}`" in section, f"{named} is on the path, and the documentation does not name it"


def test_only_a_text_that_may_name_an_issue_is_read_as_markdown(tmp_path: Path) -> None:
    plain, naming = record_path(tmp_path / "plain", "Time."), record_path(tmp_path / "naming", "See #1.")
    assert fold(naming) - fold(plain) == {"bot.core.markdown"}
