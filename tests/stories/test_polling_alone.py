"""What only polling sees: every change is followed, and what has not changed costs nothing of GitHub's hour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.github import AppAccount, GitHub, TokenAccount
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.records import Exchange
from bot.rehearsal.github.server import SimulatedGitHub
from bot.steps.bookmarks import Bookmarks
from tests.stories.app_keys import a_key
from tests.stories.ledgers import A_MINUTE, QUIET, REPOSITORY, Bot, Scene, a_scene

NOT_MODIFIED = 304


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with a_scene(tmp_path) as scene:
        yield scene


@pytest.fixture
def bot(scene: Scene) -> Iterator[Bot]:
    """No delivery ever reaches it."""
    (bot,) = scene.bots(1)
    with closing(bot.store):
        yield bot


def labelled(scene: Scene, title: str = "Tell", body: str = "Time.", *, author: str = "ada") -> IssueRef:
    issue = scene.github.open_issue(REPOSITORY, title=title, body=body, author=author)
    scene.github.label_issue(REPOSITORY, issue.number, "auto", by="ada")
    return IssueRef(REPOSITORY, issue.number)


def look_later(scene: Scene, bot: Bot) -> None:
    scene.clock.now += A_MINUTE
    bot.look()


def state(bot: Bot, issue: IssueRef) -> State | None:
    task = bot.task(issue)
    return task.state if task is not None else None


def test_edits_are_followed(scene: Scene, bot: Bot) -> None:
    """Only writers can edit a writer's issue; of a stranger's issue, GitHub only says who changed the title."""
    ours, theirs = labelled(scene), labelled(scene, author="tri")
    look_later(scene, bot)
    scene.github.edit_issue(REPOSITORY, ours.number, body="The local time.", by="ada")
    scene.github.edit_issue(REPOSITORY, theirs.number, body="Your keys.", by="tri")
    look_later(scene, bot)
    scene.clock.now += A_MINUTE
    scene.github.edit_issue(REPOSITORY, theirs.number, title="Tell the time", by="ada")
    look_later(scene, bot)

    known, unknown = bot.task(ours), bot.task(theirs)
    assert known is not None
    assert unknown is not None
    assert (known.state, known.snapshot.body) == (State.QUEUED, "The local time.")
    assert (unknown.state, unknown.snapshot.title, unknown.snapshot.body) == (State.QUEUED, "Tell the time", "Time.")


def test_closing_and_reopening_are_followed(scene: Scene, bot: Bot) -> None:
    issue = labelled(scene)
    look_later(scene, bot)
    scene.github.close_issue(REPOSITORY, issue.number, by="ada")
    look_later(scene, bot)
    assert state(bot, issue) is State.CANCELLED

    scene.clock.now += A_MINUTE
    scene.github.reopen_issue(REPOSITORY, issue.number, by="ada")
    look_later(scene, bot)
    assert state(bot, issue) is State.QUEUED


def test_a_label_that_was_put_on_again_between_two_passes_counts(scene: Scene, bot: Bot) -> None:
    """The issue looks as before; its history tells that it was asked for anew."""
    issue = labelled(scene)
    look_later(scene, bot)
    bot.ended(issue, State.FAILED, None)
    for act in (scene.github.unlabel_issue, scene.github.label_issue):
        scene.clock.now += A_MINUTE
        act(REPOSITORY, issue.number, "auto", by="ada")
    look_later(scene, bot)

    assert state(bot, issue) is State.QUEUED


def test_an_old_comment_that_was_edited_is_no_new_command(scene: Scene, bot: Bot) -> None:
    """As with webhooks, which tell of new ones only."""
    issue = labelled(scene)
    comment = scene.github.comment(REPOSITORY, issue.number, "Soon?", by="ada")
    look_later(scene, bot)
    for _ in range(4):
        look_later(scene, bot)
    scene.github.comment(REPOSITORY, issue.number, "Please.", by="ada")
    look_later(scene, bot)
    scene.clock.now += A_MINUTE * 3
    scene.github.edit_comment(REPOSITORY, comment.id, "/cancel", by="ada")
    look_later(scene, bot)

    assert state(bot, issue) is State.QUEUED


def test_an_idle_repository_costs_nothing(scene: Scene) -> None:
    """With tasks that wait, one in review, one that was refused, and a switch: all is asked for with a tag."""
    switch = scene.github.open_issue(REPOSITORY, title="Nightshift", author="ada").number
    bot = Bot(scene.github, scene.folder, scene.clock, status_issue=IssueRef(REPOSITORY, switch))
    with closing(bot.store):
        reviewed, blocker = labelled(scene), scene.github.open_issue(REPOSITORY, title="By hand", author="ada")
        refused = scene.github.open_issue(REPOSITORY, title="Mine", author="tri", labels=["auto"])
        bot.look()
        in_review(scene, bot, reviewed)
        waiting = labelled(scene, body=f"blocked by #{blocker.number}")
        for _ in range(2):
            scene.clock.now += QUIET
            bot.look()
        before, spent = len(scene.github.exchanges), scene.github.world.rate("bot")["used"]
        for _ in range(12):  # with a census among them
            look_later(scene, bot)

        asked = scene.github.exchanges[before:]
        assert [each for each in asked if each.status != NOT_MODIFIED] == []
        assert len(asked) >= 12 * 3
        assert scene.github.world.rate("bot")["used"] == spent
        assert (state(bot, waiting), state(bot, reviewed)) == (State.QUEUED, State.IN_REVIEW)
        assert state(bot, IssueRef(REPOSITORY, refused.number)) is None


def in_review(scene: Scene, bot: Bot, issue: IssueRef) -> None:
    scene.github.push_commit(REPOSITORY, branch_of(issue.number), {"a.txt": "x"}, by="bot")
    pull = scene.github.open_pull_request(REPOSITORY, title="Tell", head=branch_of(issue.number), by="bot")
    bot.ended(issue, State.IN_REVIEW, pull.number)


def test_an_apps_list_of_repositories_costs_nothing_while_it_stays_the_same(tmp_path: Path) -> None:
    """Nor is a token made for each look; a repository that was just added is known at once."""
    with SimulatedGitHub(tmp_path) as github:
        for name in ("octo/clock", "octo/other"):
            github.add_repository(name, files={"README.md": "hello"})
        key = a_key()
        github.add_app(7, slug="nightshift", key=key)
        github.install_app(7, ("octo/clock",))
        app = AppAccount(7, key, api_url=github.api_url, repositories=())
        assert app.repositories() == ("octo/clock",)
        begun = len(github.exchanges)
        assert app.looks_after("octo/clock")
        assert not app.looks_after("octo/other")

        again: list[Exchange] = list(github.exchanges[begun:])
        assert [(each.method, each.status) for each in again] == [("GET", NOT_MODIFIED)] * 2
        github.install_app(7, ("octo/clock", "octo/other"))
        assert app.looks_after("octo/other")
        assert not github.violations
        assert not github.unmodelled


def test_a_blocker_whose_end_is_not_on_record_is_found_by_the_census(scene: Scene, bot: Bot) -> None:
    """As where its end was read and could not be written down: no listing shows it any more."""
    number = scene.github.open_issue(REPOSITORY, title="By hand", author="ada").number
    blocker, waiting = IssueRef(REPOSITORY, number), labelled(scene, body=f"blocked by #{number}")
    address = f"/repos/{REPOSITORY}/issues/{number}"
    look_later(scene, bot)
    with bot.store.read() as ledger:
        as_it_was_open = ledger.http_cache.of(address)
    assert as_it_was_open is not None
    scene.github.close_issue(REPOSITORY, number, by="ada")
    for _ in range(2):
        scene.clock.now += QUIET
        bot.look()
    with bot.store.transaction() as ledger:
        ledger.blockers.settle(blocker, BlockerState.OPEN)
        ledger.http_cache.keep(address, etag=as_it_was_open.etag, value=as_it_was_open.value, now=scene.clock.now)
    look_later(scene, bot)
    assert unmet(bot, waiting) == (blocker,)

    scene.clock.now += QUIET
    bot.look()

    assert unmet(bot, waiting) == ()


def test_many_changes_of_one_moment_are_read_once(scene: Scene, bot: Bot) -> None:
    """More of them than move the mark on, all within the time that is read again."""
    for _ in range(35):
        scene.github.open_issue(REPOSITORY, title="Ask", author="ada")
    look_later(scene, bot)
    for _ in range(4):
        scene.clock.now += QUIET
        bot.look()
    before = len(scene.github.exchanges)

    look_later(scene, bot)

    asked = scene.github.exchanges[before:]
    assert asked
    assert [each for each in asked if each.status != NOT_MODIFIED] == []


def unmet(bot: Bot, issue: IssueRef) -> tuple[IssueRef, ...]:
    task = bot.task(issue)
    assert task is not None
    return tuple(task.unmet)


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_a_clock_that_is_set_before_the_first_pass_hides_nothing(scene: Scene, bot: Bot, hours: int) -> None:
    """What was said between the start and the first pass is read, by GitHub's clock."""
    account = TokenAccount("ghp_bot", api_url=scene.github.api_url, repositories=(REPOSITORY,))
    started, said = scene.clock(), scene.github.world.now()
    bookmarks = Bookmarks(
        bot.store, GitHub(account, web_url=scene.github.web_url), lambda: started + timedelta(hours=hours)
    )

    bookmarks.begin(REPOSITORY, started)

    assert bookmarks.comments(REPOSITORY).since <= said
