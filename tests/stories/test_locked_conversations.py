"""A conversation that people locked: only who may write comments there, and no App (probot/stale#25)."""

from __future__ import annotations

from bot.rehearsal.github.faults import Answer
from tests.stories.world import REPOSITORY, World

# To an account's token, which GitHub knows at once: an App's is tried again for the minute in which it is new.
REFUSED = Answer(on="POST .*/comments$", status=403, message="Unable to create comment because issue is locked.")


def test_a_status_that_was_refused_comes_once_the_conversation_is_unlocked(world: World) -> None:
    """Until then the label says it, and `doctor` and `stats` what was refused."""
    first = world.open_issue()
    issue = world.open_issue(body=f"blocked by #{first.number}")
    world.github.lock_issue(REPOSITORY, issue.number, by="ada")
    world.github.faults.add([REFUSED])
    world.label(issue)
    world.run_until_idle()

    assert world.labels(issue) == {"auto", "auto:waiting"}
    assert world.bot_comments(issue) == []
    with world.services.store.read() as ledger:
        ((key, why),) = ledger.outbox.given_up().items()
    assert (key, "issue is locked" in why) == (f"status:{issue}", True)

    world.github.lock_issue(REPOSITORY, issue.number, by="ada", locked=False)
    world.run_until_idle()

    assert f"waits for [#{first.number}]" in world.status(issue)
