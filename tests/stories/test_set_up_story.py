"""A repository's set-up: what it made is there for the session and for the checks, and in no pull request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.tasks import State
from tests.stories.repository_settings import settings
from tests.stories.world import World, a_world, bash, finish, text_of

pytestmark = pytest.mark.needs("bwrap")

SETTINGS = """
setup:
  - mkdir -p node_modules/clock "$HOME/.local/bin" dist; echo noon > node_modules/clock/index.js
  - cp *.py dist/; echo x > made
  - printf '#!/bin/sh\\necho "it is $1"' > "$HOME/.local/bin/say"; chmod +x "$HOME/.local/bin/say"; echo x > README.md
verify:
  - say "$(cat node_modules/clock/index.js)" | grep -q 'it is noon'
  - cmp clock.py dist/clock.py
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, SANDBOX="required") as made:
        yield made
        made.check()


def test_what_set_up_made_is_there_for_session_and_checks_and_in_no_pull_request(world: World) -> None:
    """What it built from the sources is built again for the checks of a change."""
    settings(world, SETTINGS)
    work = 'say "$(cat node_modules/clock/index.js)" > time.txt && echo "# late" >> clock.py'
    issue = world.label_issue(
        sessions=[[bash(f"{work} && git add -A && git add -f made && git commit -qm 'Add it'"), finish()]]
    )

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    (pull,) = world.pull_requests()
    assert world.files(issue)["time.txt"] == b"it is noon\n"
    assert not [path for path in world.files(issue) if path.startswith(("node_modules", "dist", "made"))]
    assert text_of(pull).count("| exit 0 | exit 0 |") == 2
    assert "need not run again" in str(world.model.requests[-1].messages)


def test_a_set_up_that_fails_leaves_the_checks_unrun_and_says_so(world: World) -> None:
    """The attempt goes on, the session knows, and no check is said to fail as before."""
    settings(world, "setup: ['echo no such package: clock; exit 7']\nverify: ['test -f clock.py']\n")
    issue = world.label_issue(sessions=[[bash("echo noon > time.txt && git add -A && git commit -qm 'Add'"), finish()]])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    (pull,) = world.pull_requests()
    assert "set-up failed" in text_of(pull)
    for words in ("no such package: clock", "exit 7"):
        assert words in str(world.model.requests[-1].messages)
