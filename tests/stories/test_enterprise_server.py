"""A GitHub Enterprise Server without rate limits: it has no `/rate_limit`, and its answers say nothing of limits."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from bot.core.references import IssueRef
from bot.core.tasks import State
from tests.stories.ledgers import A_MINUTE, REPOSITORY, a_scene


def test_polling_alone_finds_issues_there(tmp_path: Path) -> None:
    with a_scene(tmp_path) as scene:
        scene.github.become_enterprise_server()
        (bot,) = scene.bots(1)
        with closing(bot.store):
            issue = scene.github.open_issue(REPOSITORY, title="Tell", body="Time.", author="ada")
            scene.github.label_issue(REPOSITORY, issue.number, "auto", by="ada")
            scene.clock.now += A_MINUTE
            bot.look()
            task = bot.task(IssueRef(REPOSITORY, issue.number))

    assert task is not None
    assert task.state is State.QUEUED
