"""An issue waits for what GitHub's own relations say, as for what its text names: told by webhooks or found by polling.

Two ledgers follow one simulated GitHub. The first receives each delivery, the second none. No session runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.effects import ReplaceBlockers
from bot.core.failures import FailureKind
from bot.core.references import IssueRef, hide_issue
from bot.core.tasks import Blocker, State, Task
from bot.rehearsal.github.faults import Answer
from bot.steps.effects import perform
from tests.stories.ledgers import REPOSITORY, Bot, Scene, a_scene, hear_all

SECRET = "octo/secret"
BETWEEN_CENSUSES = timedelta(minutes=21)  # of which each looks at what no list of changes shows
HIDDEN = hide_issue(REPOSITORY)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with a_scene(tmp_path_factory.mktemp("native_relations")) as scene:
        scene.github.add_repository("octo/open")
        scene.github.add_repository(SECRET, private=True)
        yield scene


@dataclass
class Two:
    """Both ledgers; `heard`: how many deliveries the first has received."""

    scene: Scene
    bots: list[Bot]
    heard: int = field(init=False)
    looking: int = 1  # from which ledger on they look

    def __post_init__(self) -> None:
        self.heard = len(self.scene.deliveries())
        for bot in self.bots:
            bot.look()

    def open(self, body: str = "Please.", *, label: bool = True, repository: str = REPOSITORY) -> IssueRef:
        labels = ["auto"] if label else []
        made = self.scene.github.open_issue(repository, title="Do it", body=body, author="ada", labels=labels)
        return IssueRef(repository, made.number)

    def block(self, issue: IssueRef, blocker: IssueRef, *, removed: bool = False) -> None:
        self.scene.github.block(_at(issue), _at(blocker), by="tri", removed=removed)

    def follow(self) -> None:
        """The first hears, the second looks."""
        sent = self.scene.deliveries(self.heard)
        self.heard += len(sent)
        hear_all(self.bots[:1], sent)
        self.scene.clock.now += BETWEEN_CENSUSES
        for bot in self.bots[self.looking :]:
            bot.look()

    def task(self, issue: IssueRef) -> Task:
        told, found = (bot.task(issue) for bot in self.bots)
        assert told is not None
        assert found is not None
        assert (told.state, set(told.unmet)) == (found.state, set(found.unmet))
        return told

    def unmet(self, issue: IssueRef) -> set[IssueRef]:
        self.follow()
        return set(self.task(issue).unmet)


@pytest.fixture
def two(scene: Scene) -> Iterator[Two]:
    first, second = bots = scene.bots(2)
    with closing(first.store), closing(second.store):
        yield Two(scene, bots)


def _at(issue: IssueRef) -> tuple[str, int]:
    return issue.repository, issue.number


def test_a_relation_counts_beside_the_text(two: Two) -> None:
    """One set: what both name is there once, and stays while one of them says it. A closed blocker frees the task."""
    first, second = two.open(label=False), two.open(label=False)
    issue = two.open(f"blocked by #{first.number}", label=False)
    for blocker in (first, second):
        two.block(issue, blocker)
    two.scene.github.label_issue(REPOSITORY, issue.number, "auto", by="ada")
    assert two.unmet(issue) == {first, second}
    assert len(two.task(issue).blockers) == 2
    two.block(issue, first, removed=True)
    assert two.unmet(issue) == {first, second}
    two.scene.github.close_issue(REPOSITORY, second.number, by="ada")
    assert two.unmet(issue) == {first}


def test_a_relation_that_changes_later_is_followed(two: Two) -> None:
    """One that is added, one in the place of another, which no count shows, and one that is taken away."""
    first, second = two.open(label=False), two.open(label=False)
    issue = two.open()
    assert two.unmet(issue) == set()
    two.block(issue, first)
    assert two.unmet(issue) == {first}
    assert two.unmet(issue) == {first}
    two.block(issue, first, removed=True)
    two.block(issue, second)
    assert two.unmet(issue) == {second}
    two.block(issue, second, removed=True)
    assert two.unmet(issue) == set()


@pytest.mark.parametrize("shows_parents", [True, False])
def test_a_parent_waits_for_its_open_labelled_sub_issues(two: Two, shows_parents: bool) -> None:
    """Not for the others; however one of them is closed, it is not waited for any more. If GitHub does not say what the
    parent is, a pass finds that."""
    github = two.scene.github
    github.world.shows_parents, two.looking = shows_parents, int(shows_parents)
    parent, labelled, plain = two.open(label=False), two.open(), two.open(label=False)
    for child in (labelled, plain):
        github.add_sub_issue(_at(parent), _at(child), by="tri")
    github.label_issue(REPOSITORY, parent.number, "auto", by="ada")
    assert two.unmet(parent) == {labelled}
    github.label_issue(REPOSITORY, plain.number, "auto", by="ada")
    assert two.unmet(parent) == {labelled, plain}
    github.close_issue(REPOSITORY, labelled.number, reason="not_planned", by="ada")
    assert two.unmet(parent) == {plain}
    github.unlabel_issue(REPOSITORY, plain.number, "auto", by="ada")
    assert two.unmet(parent) == set()
    github.reopen_issue(REPOSITORY, labelled.number, by="ada")
    assert two.unmet(parent) == {labelled}
    github.add_sub_issue(_at(parent), _at(labelled), by="tri", removed=True)
    assert two.unmet(parent) == set()
    github.world.shows_parents = True


def test_a_cycle_of_text_and_relation_fails_the_last_one(two: Two) -> None:
    """Until the relation is removed."""
    first = two.open()
    second = two.open(f"blocked by #{first.number}")
    two.follow()
    two.block(first, second)
    two.follow()
    task = two.task(first)
    assert (task.state, task.failure) == (State.FAILED, FailureKind.DEPENDENCY_CYCLE)
    assert two.task(second).state is State.QUEUED
    two.block(first, second, removed=True)
    two.follow()
    assert two.task(first).state is State.QUEUED


def test_more_than_a_page_of_blockers(two: Two) -> None:
    """GitHub lets an issue have fifty today; its pages hold a hundred."""
    issue, blockers = two.open(label=False), [two.open(label=False) for _ in range(105)]
    github = two.scene.github
    ids = [github.issue(REPOSITORY, each.number).id for each in blockers]
    github.world.relations.blockers[github.issue(REPOSITORY, issue.number).id] = ids
    github.label_issue(REPOSITORY, issue.number, "auto", by="ada")
    assert two.unmet(issue) == set(blockers)


def test_counts_that_a_listing_leaves_out_are_asked_for(two: Two) -> None:
    """Before the issue is queued: nothing starts that GitHub's page shows as blocked."""
    two.scene.github.world.lists_counts = False
    blocker, issue = two.open(label=False), two.open(label=False)
    two.block(issue, blocker)
    two.scene.github.label_issue(REPOSITORY, issue.number, "auto", by="ada")
    assert two.unmet(issue) == {blocker}
    two.block(issue, blocker, removed=True)
    assert two.unmet(issue) == set()
    two.scene.github.world.lists_counts = True


def test_a_listing_that_is_refused_holds_the_issue(two: Two) -> None:
    """Until it is answered: what blocks the issue is unknown."""
    blocker, issue = two.open(label=False), two.open(label=False)
    two.block(issue, blocker)
    two.scene.github.faults.add([Answer(on="GET .*/dependencies/blocked_by", status=403, message="No.", times=3)])
    two.scene.github.label_issue(REPOSITORY, issue.number, "auto", by="ada")
    two.follow()
    assert all((found := bot.task(issue)) is not None and found.unmet for bot in two.bots)
    two.looking = 0
    two.follow()
    assert two.unmet(issue) == {blocker}


@pytest.mark.parametrize("readable", [False, True])
def test_a_private_blocker_holds_a_public_issue_and_is_not_named(two: Two, readable: bool) -> None:
    """Whether or not the bot itself may read it. What is public elsewhere is waited for by its name; text and label of
    an issue elsewhere start nothing."""
    github = two.scene.github
    github.set_role(SECRET, "bot", "read" if readable else "none")
    secret = two.open(f"blocks {REPOSITORY}#1 /retry", repository=SECRET)
    elsewhere = two.open(repository="octo/open")
    issue = two.open(label=False)
    two.block(issue, secret)
    two.block(issue, elsewhere)
    github.add_sub_issue(_at(issue), _at(two.open(repository="octo/open")), by="tri")
    github.label_issue(REPOSITORY, issue.number, "auto", by="ada")
    assert two.unmet(issue) == {HIDDEN, elsewhere}
    assert all(bot.task(found) is None for bot in two.bots for found in (secret, elsewhere))
    github.close_issue(SECRET, secret.number, by="ada")
    two.follow()
    two.block(issue, secret, removed=True)
    assert two.unmet(issue) == {elsewhere}


def test_an_issue_without_relations_costs_no_request(two: Two) -> None:
    before = len(two.scene.github.exchanges)
    assert two.unmet(two.open()) == set()
    asked = [each.path for each in two.scene.github.exchanges[before:]]
    assert not [path for path in asked if path.endswith(("/blocked_by", "/sub_issues", "/parent"))]


@pytest.mark.parametrize("version", ["3.16.4", "3.18.2", "3.19.0"])
def test_on_an_older_host_the_text_is_all(tmp_path: Path, version: str) -> None:
    """Where it counts blockers that it does not list, one hidden blocker holds the issue until it counts none."""
    with a_scene(tmp_path) as scene:
        (bot,) = scene.bots(1)
        with closing(bot.store):
            bot.look()
            made = [scene.github.open_issue(REPOSITORY, title="x", body="", author="ada").number for _ in range(3)]
            body = f"blocked by #{made[0]}"
            issue = IssueRef(REPOSITORY, scene.github.open_issue(REPOSITORY, title="x", body=body, author="ada").number)
            scene.github.block(_at(issue), (REPOSITORY, made[1]), by="tri")
            scene.github.label_issue(REPOSITORY, made[2], "auto", by="ada")
            scene.github.add_sub_issue(_at(issue), (REPOSITORY, made[2]), by="tri")
            scene.github.become_enterprise_server(version)
            scene.github.label_issue(REPOSITORY, issue.number, "auto", by="ada")
            scene.clock.now += BETWEEN_CENSUSES
            bot.look()
            task = bot.task(issue)
            assert task is not None
            native = {"3.16.4": set(), "3.18.2": {hide_issue(REPOSITORY)}, "3.19.0": {IssueRef(REPOSITORY, made[1])}}
            assert set(task.unmet) == {IssueRef(REPOSITORY, made[0])} | native[version]


def test_relations_of_an_older_look_replace_nothing(two: Two) -> None:
    """Another process queued the task with another text meanwhile: what that text names stays."""
    first, second = two.open(label=False), two.open(label=False)
    issue = two.open(f"blocked by #{first.number}")
    two.follow()
    (bot, *_) = two.bots
    stale = ReplaceBlockers(issue=issue, known=(), blockers=(Blocker(issue=second),))
    with bot.store.transaction() as ledger:
        perform([stale], ledger, two.scene.clock())
    assert two.unmet(issue) == {first}
