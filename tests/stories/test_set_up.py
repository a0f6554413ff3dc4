"""A repository's set-up: what it made is there for the session and for the checks, and in no pull request."""

from __future__ import annotations

from bot.core.tasks import State
from tests.stories.repository_settings import settings
from tests.stories.world import World, bash, finish, text_of

SETTINGS = """
setup:
  - mkdir -p node_modules/clock "$HOME/.local/bin"; echo noon > node_modules/clock/index.js
  - printf '#!/bin/sh\\necho "it is $1"' > "$HOME/.local/bin/say"; chmod +x "$HOME/.local/bin/say"; echo x > README.md
verify:
  - say "$(cat node_modules/clock/index.js)" | grep -q 'it is noon'
"""


def test_what_set_up_made_is_there_for_session_and_checks_and_in_no_pull_request(world: World) -> None:
    settings(world, SETTINGS)
    work = 'say "$(cat node_modules/clock/index.js)" > time.txt && git add -A && git commit -qm "Add the time"'
    issue = world.label_issue(sessions=[[bash(work), finish()]])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    (pull,) = world.pull_requests()
    assert world.files(issue)["time.txt"] == b"it is noon\n"
    assert not [path for path in world.files(issue) if path.startswith("node_modules")]
    assert "| exit 0 | exit 0 |" in text_of(pull)
    assert "need not run again" in str(world.model.requests[-1].messages)


def test_a_set_up_that_fails_leaves_the_checks_unrun_and_says_so(world: World) -> None:
    """The attempt goes on, the session knows, and no check is said to fail as before."""
    settings(world, "setup: ['echo no such package: clock; exit 7']\nverify: ['test -f clock.py']\n")
    issue = world.label_issue(sessions=[[bash("echo noon > time.txt && git add -A && git commit -qm 'Add'"), finish()]])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    (pull,) = world.pull_requests()
    assert "set-up failed" in text_of(pull)
    assert "no such package: clock" in str(world.model.requests[-1].messages)
    assert "exit 7" in str(world.model.requests[-1].messages)
