"""However many issues have the label, all are queued, some at a time, within GitHub's limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.adapters.github import GitHubFailed
from bot.bench.polling import polling_figures
from bot.core.messages.markers import pull_request_marker
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rebuild import bring_back
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.faults import Answer, Hold, LoseWebhook
from bot.steps.stop import StopRequest
from bot.worker_services import build_worker
from tests.stories.world import BOT, REPOSITORY, World, a_world

AN_HOUR = 5000  # requests that GitHub answers for a token


@pytest.fixture
def polling(tmp_path: Path) -> Iterator[World]:
    """No webhook ever arrives."""
    with a_world(tmp_path) as world:
        world.github.faults.add([LoseWebhook(on=".", times=10_000)])
        yield world
        world.check()


def label_many(world: World, many: int) -> list[IssueRef]:
    return [world.label_issue(f"Issue {number}") for number in range(many)]


def asked(world: World) -> Counter[str]:
    return Counter(exchange.path for exchange in world.github.exchanges)


def test_passes_stay_within_githubs_hour() -> None:
    """The first ones take in a part each, and wait for longer; one over what is known asks for no single issue. After
    that nothing is paid for any more."""
    first, second, known, idle = polling_figures(450, every=60)

    assert max(first.an_hour, second.an_hour, known.an_hour) < AN_HOUR
    assert first.requests < 450
    assert set(known.kinds) == {f"/repos/{REPOSITORY}/issues", f"/repos/{REPOSITORY}/issues/comments"}
    assert idle.paid == 0 < idle.requests


def test_commands_are_followed_while_the_rest_waits(polling: World) -> None:
    """An expensive pass is followed by a rest, in which people still get their way."""
    issues = label_many(polling, 70)
    assert polling.services.reconciler.poll() == []
    assert polling.services.reconciler.wait.total_seconds() > 60
    assert len(polling.tasks()) == 70

    polling.comment(issues[3], "/cancel")
    late = polling.label_issue("Late")
    assert polling.services.reconciler.poll() == []

    assert polling.state(issues[3]) is State.CANCELLED
    assert late.number not in polling.tasks()


def test_a_search_that_github_cut_off_goes_on_where_it_was(polling: World) -> None:
    """With an empty ledger each issue is looked at; with very many of them no minute is long enough for all."""
    issues = label_many(polling, 6)
    for issue in issues:
        polling.comment(issue, "Soon?")
    polling.github.faults.add([Answer(on="/issues/4/comments", status=403, message="Not now.")])

    with pytest.raises(GitHubFailed):
        polling.services.rebuilder.once(REPOSITORY)
    polling.github.edit_issue(REPOSITORY, 2, body="Changed meanwhile.", by="ada")
    polling.services.rebuilder.once(REPOSITORY)

    comments = {number: asked(polling)[f"/repos/{REPOSITORY}/issues/{number}/comments"] for number in range(1, 7)}
    assert {number for number, times in comments.items() if times > 1} <= {2, 4}
    before = len(polling.github.exchanges)
    polling.services.rebuilder.once(REPOSITORY)
    assert len(polling.github.exchanges) == before, "it is compared once for each process"


def test_pull_requests_of_very_many_issues_are_found_in_one_listing(polling: World) -> None:
    issues = label_many(polling, 110)
    for issue in (issues[7], issues[104]):
        polling.github.push_commit(REPOSITORY, branch_of(issue.number), {"a.txt": "a\n"}, by=BOT)
        body = pull_request_marker(issue)
        polling.github.open_pull_request(REPOSITORY, title="Done", body=body, head=branch_of(issue.number), by=BOT)

    polling.services.rebuilder.once(REPOSITORY)

    assert polling.tasks() == {issues[7].number: "in_review", issues[104].number: "in_review"}
    assert asked(polling)[f"/repos/{REPOSITORY}/pulls"] == 1


@pytest.mark.parametrize("webhooks", [False, True])
def test_a_stop_ends_the_comparison_of_a_repository(tmp_path: Path, webhooks: bool) -> None:
    """With an empty ledger it takes several requests for each issue. The one under way ends, and the next worker begins
    again, whether the periodic pass or a delivery has it compared."""
    with a_world(tmp_path) as world, ThreadPoolExecutor(1) as pool:
        if not webhooks:
            world.github.faults.add([LoseWebhook(on=".", times=10_000)])
        issues = label_many(world, 5)
        for issue in issues:
            world.comment(issue, "Soon?")
        world.github.wait_delivered(60)
        hold, stop = Hold(on="GET .*/issues/3/comments"), StopRequest()
        world.github.faults.add([hold])

        ended = pool.submit(build_worker(world.services).run, stop)
        world.wait_until_held(hold)
        before = len(world.github.exchanges)
        stop.asked.set()
        world.github.faults.release(hold)
        ended.result(60)

        night = bring_back(world.services.rebuilder, [REPOSITORY], dry_run=False, check_stop=stop.check)

        assert len(world.github.exchanges) == before + 1
        assert (night.returns, night.troubles, world.tasks()) == ([], [], {})
        world.run_until_idle()
        assert len(world.tasks()) == len(issues)
        world.check()
