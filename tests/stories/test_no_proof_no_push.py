"""What a session made is published only if the guards are proven to have seen each of its steps."""

from __future__ import annotations

from pathlib import Path

import psutil

from bot.adapters.claude import ClaudeCode
from bot.core.failures import FailureKind
from bot.rehearsal.documented import branch_of
from bot.wiring import Services
from tests.stories.world import CLAUDE, World, text_of, writes

WITHOUT_ITS_HOOKS = f"""\
#!/bin/bash
for argument in "$@"; do
  if [ "$skip" ]; then skip=; continue; fi
  if [ "$argument" = --settings ]; then skip=1; continue; fi
  kept+=("$argument")
done
exec '{CLAUDE.binary}' "${{kept[@]}}"
"""


def test_a_session_whose_gate_died_publishes_nothing(world: World) -> None:
    """Its first call was granted and committed, and the session says that it is complete; but its gate was killed
    meanwhile. The issue says so, and there is neither a branch nor a pull request."""
    work, _ = writes("time.txt", "noon")
    issue = world.label_issue(sessions=[[work, {"hang": 5}, {"say": "TASK_COMPLETE\nNoon."}, {"say": "TASK_COMPLETE"}]])

    with world.worker() as worker:
        world.wait_until(lambda: world.last_step(issue).startswith("Bash") and len(world.model.requests) > 1)
        gate_of_the_session().kill()
        world.wait_until_idle(worker)

    assert world.failure(issue) is FailureKind.GUARDS_UNPROVEN
    assert world.labels(issue) == {"auto", "auto:failed"}
    assert "`guards_unproven`" in world.status(issue)
    assert "the gate stopped during the session" in world.status(issue)
    assert branch_of(issue.number) not in world.github.branches(issue.repository)
    assert world.pull_requests() == []


def gate_of_the_session() -> psutil.Process:
    alive = [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]
    (gate,) = [each for each in alive if "gate_server.py" in " ".join(each.cmdline())]
    return gate


def test_without_a_canary_that_was_refused_no_session_starts(world: World, tmp_path: Path) -> None:
    """A Claude Code that leaves its hooks out: the model is never asked about the issue, and the issue says why."""
    program = tmp_path / "claude"
    program.write_text(WITHOUT_ITS_HOOKS)
    program.chmod(0o755)
    before = world.services
    world.services = Services(before.settings, ClaudeCode(program))
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.failure(issue) is FailureKind.GUARDS_UNPROVEN
    assert "the canary failed" in world.status(issue)
    assert world.model.requests == []
    world.services.store.close()
    world.services = before


def test_without_a_sandbox_the_pull_request_says_so(world: World) -> None:
    """The gate is the only guard then, which a reviewer has to know."""
    world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert not world.services.sandbox.confines
    assert "| Sandbox | **off**" in text_of(pull)
