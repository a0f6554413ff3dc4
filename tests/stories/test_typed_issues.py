"""Commands take an issue as a person has it at hand."""

from __future__ import annotations

from pathlib import Path

from tests.stories.command_line import settings_of
from tests.stories.world import World, writes
from tests.typed import Answer, typed


def test_an_issue_is_named_as_a_person_has_it_at_hand(world: World, tmp_path: Path) -> None:
    """By its number where there is one repository, by its address, or by the address of its pull request."""
    settings, web = settings_of(world), f"{world.github.web_url}/octo/clock"
    issue = world.open_issue(sessions=[writes("time.txt", "noon")])

    def typed_here(*arguments: str) -> Answer:
        return typed(*arguments, cwd=tmp_path, environment=settings)

    assert typed_here("add", f"{web}/issues/{issue.number}#issuecomment-1").code == 0
    assert typed_here("cancel", str(issue.number)).code == 0
    assert typed_here("retry", f"#{issue.number}").code == 0
    world.run_until_idle()
    pull = world.task(issue).pull_request
    again = typed_here("add", f"{web}/pull/{pull}")
    assert (again.code, f"{issue} is a task already and in review" in again.err) == (1, True)
    assert f"{issue}, attempt 1" in typed_here("evidence", "verify", f"{web}/pull/{pull}").out
    assert f"{issue} is in the queue" in typed_here("retry", f"{web}/pull/{pull}/files").out
    assert f"{issue} is cancelled" in typed_here("cancel", f"octo/clock#{pull}").out
    elsewhere = typed_here("retry", "https://github.com/octo/clock/issues/1")
    assert (elsewhere.code, "expected OWNER/REPO#NUMBER" in elsewhere.err) == (2, True)
    world.run_until_idle()
