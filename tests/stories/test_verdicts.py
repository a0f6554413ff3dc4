"""What the checks said of a change is the first thing that people learn of it."""

from __future__ import annotations

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.wiring import Services
from tests.stories.repository_settings import settings
from tests.stories.world import World, bash, finish, text_of, writes

NO_TOX = "verify: ['no-such-tox -e py']\n"
COULD_NOT_RUN = "`no-such-tox -e py` could not run ("


def labels_of_verdict(world: World, issue: IssueRef) -> set[str]:
    return world.labels(issue) & set(world.services.labels.verdicts)


def first_words(world: World) -> str:
    """The paragraph behind the closing keyword of the only pull request."""
    (pull,) = world.pull_requests()
    return text_of(pull).split("\n\n")[1]


@pytest.mark.parametrize(
    ("verify", "standing", "says"),
    [
        ("['test -f clock.py']", "verified", "`test -f clock.py` passes, as before"),
        ("['exit 1']", "fails as before", "`exit 1` fails, as before"),
    ],
)
def test_a_change_shows_its_verdict_first(world: World, verify: str, standing: str, says: str) -> None:
    """In the headline, by a label beside the state's until it is merged, and in the pull request."""
    settings(world, f"verify: {verify}\n")
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert not pull.draft
    assert world.status(issue).startswith(f"**Nightshift**: {standing}, [#{pull.number}](")
    assert f" is ready for review: {says}\n" in world.status(issue)
    assert first_words(world).startswith(f"**{standing.capitalize()}**: {says}.")
    assert world.labels(issue) == {"auto", "auto:review", f"auto:{standing.replace(' ', '-')}"}

    world.github.merge_pull_request("octo/clock", pull.number, by="ada")
    world.run_until_idle()

    assert world.labels(issue) == {"auto"}


def test_what_could_not_be_checked_is_a_draft_and_stays_unverified_without_the_ledger(world: World) -> None:
    """And never said to be ready for review."""
    settings(world, NO_TOX)
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    said = world.status(issue)
    assert pull.draft
    assert said.startswith("**Nightshift**: not verified, ")
    assert f": {COULD_NOT_RUN}" in said
    assert "ready for review" not in said
    assert first_words(world).startswith(f"**Not verified**: {COULD_NOT_RUN}")
    assert "<details><summary>The end of what did not pass</summary>" in text_of(pull)
    assert world.labels(issue) == {"auto", "auto:review", "auto:not-verified"}
    verdict = world.task(issue).verdict

    world.services.store.close()
    for file in world.services.settings.data_dir.glob("nightshift.sqlite*"):
        file.unlink()
    world.services = Services(world.services.settings, world.services.claude)
    world.run_until_idle()

    assert world.task(issue).verdict == verdict
    assert world.status(issue) == said
    assert labels_of_verdict(world, issue) == {"auto:not-verified"}


@pytest.mark.parametrize("verify", ["['true', 'no-such-tox -e py']", "['no-such-tox -e py', 'python3 -m unittest -q']"])
def test_one_check_that_could_not_run_makes_a_draft_whatever_passes(world: World, verify: str) -> None:
    """Neither label nor headline say more than the whole of the checks does."""
    tests = "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        pass\n"
    world.github.push_commit("octo/clock", "main", {"test_a.py": tests.encode()}, by="ada")
    settings(world, f"verify: {verify}\n")
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert pull.draft
    assert labels_of_verdict(world, issue) == {"auto:not-verified"}
    assert world.status(issue).startswith("**Nightshift**: not verified, ")
    assert "ready for review" not in world.status(issue)
    assert first_words(world).startswith(f"**Not verified**: {COULD_NOT_RUN}")
    assert "The others pass: `" in first_words(world)


def test_checks_that_reach_the_limit_of_all_together_make_a_draft(world: World) -> None:
    """The one that runs then is stopped, and those behind it do not begin, however quick they are."""
    settings(world, "verify: ['sleep 600', 'touch begun', 'true']\nlimits: {checks_minutes: 0.05}\n")
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert pull.draft
    said = "`sleep 600`, `touch begun`, and `true` could not run (its time was up (0.05 minutes for all checks))"
    assert said.replace(", and", " and") in first_words(world)
    assert "3 could not run" in text_of(pull)
    assert labels_of_verdict(world, issue) == {"auto:not-verified"}


def test_where_there_are_no_drafts_the_pull_request_says_that_it_should_be_one(world: World) -> None:
    """GitHub answers 422 for a private repository of a free account."""
    world.github.world.repository("octo/clock").has_drafts = False
    settings(world, NO_TOX)
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert not pull.draft
    assert first_words(world).startswith(f"**Not verified**: {COULD_NOT_RUN}")
    assert first_words(world).endswith("It is not a draft only because this repository has no draft pull requests.")
    assert labels_of_verdict(world, issue) == {"auto:not-verified"}
    assert world.state(issue) is State.IN_REVIEW


@pytest.mark.parametrize(
    ("first", "then", "draft", "sentence"),
    [
        (NO_TOX, "verify: ['true']\n", True, "need not stay one."),
        ("verify: ['true']\n", NO_TOX, False, "because this pull request was not one before."),
    ],
)
def test_a_later_change_of_another_kind_says_so(
    world: World, first: str, then: str, draft: bool, sentence: str
) -> None:
    """GitHub's REST API makes no draft of an open pull request, and none ready for review."""
    settings(world, first)
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), writes("time.txt", "midnight")])
    world.run_until_idle()
    before = world.labels(issue)

    settings(world, then)
    world.comment(issue, "/retry")
    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert pull.draft is draft
    assert first_words(world).endswith(sentence)
    assert len(labels_of_verdict(world, issue)) == 1
    assert labels_of_verdict(world, issue) != before & set(world.services.labels.verdicts)


def test_a_pipeline_that_failed_is_no_success_in_the_evidence(world: World) -> None:
    """Whatever its last program says; scripts that a command runs keep their own options."""
    script = "printf 'false | true\\necho ended\\n' > run.sh && bash -e run.sh | cat"
    issue = world.label_issue(
        sessions=[[bash("no-such-tox -e py | tail -5"), bash("yes | head -1"), bash(script), finish()]]
    )

    world.run_until_idle()

    assert [code for _, code in world.commands_of(issue)] == [127, 141, 0]
    (pull,) = world.pull_requests()
    assert "| 127 | `no-such-tox -e py \\| tail -5` |" in text_of(pull)
    assert "141 is not a failure by itself" in text_of(pull)
