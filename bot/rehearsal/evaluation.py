"""Evaluates a night that is over: everything that is not as it must be, and the figures for the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from bot.adapters.store import Store
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.rehearsal.check_runs import find_check_runs, judge_check_runs
from bot.rehearsal.digest_judge import judge_digest
from bot.rehearsal.documented_night import digest_label
from bot.rehearsal.environment import Environment
from bot.rehearsal.evidence_check import find_unproven
from bot.rehearsal.github.records import Issue
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.judge import judge_issue
from bot.rehearsal.night_judge import judge_repository
from bot.rehearsal.observation import Observation
from bot.rehearsal.player import Player
from bot.rehearsal.result import Address, NightResult, TaskResult
from bot.rehearsal.scenario import Issue as Expected
from bot.rehearsal.scenario import Scenario
from bot.rehearsal.watch import read_results, read_view

_SERVER_ERROR = 500


def evaluate_night(
    scenario: Scenario, environment: Environment, player: Player, *, label: str, seconds: float, troubles: list[str]
) -> NightResult:
    """`troubles`: what went wrong while it ran; `label`: the trigger label of the bot's settings."""
    tasks, results = read_ledger(environment)
    github = environment.github
    published = find_unproven(environment, [(each.repository, each.number) for each in player.opened.values()])
    return NightResult(
        seconds=seconds,
        tasks=tuple(results.values()),
        requests=len(github.exchanges),
        comments=_count_comments(scenario, github, player.bot),
        pull_requests=sum(len(github.pull_requests(each.name)) for each in scenario.repositories),
        unexpected=(
            *troubles,
            *find_breaches(environment),
            *(f"this fault never happened: {each}" for each in github.faults.left),
            *_judge_issues(scenario, player, tasks, label),
            *judge_digest(scenario.digest, _find_digests(scenario, github, label)),
            *_judge_repositories(scenario, github, player.bot, label),
            *published,
        ),
        mails=tuple(mail for mail in github.mails if mail.actor == player.bot and mail.login != player.bot),
        addresses=tuple(_addresses(scenario, github)),
    )


def read_ledger(environment: Environment) -> tuple[dict[IssueRef, Task], dict[IssueRef, TaskResult]]:
    """What the bot's ledger holds at the end: figures for the report, and states that GitHub has to agree with."""
    store = Store.open(environment.ledger)
    try:
        tasks = {task.issue: task for task in read_view(store, datetime.now(UTC)).tasks}
        return tasks, {result.issue: result for result in read_results(store)}
    finally:
        store.close()


def find_breaches(environment: Environment) -> Iterator[str]:
    """What no night may show, whatever happened in it."""
    yield from environment.script.unexpected
    yield from (f"GitHub's own description does not allow: {each}" for each in environment.github.violations)
    yield from (f"the simulation does not model: {each}" for each in environment.github.unmodelled)


def find_failed_webhooks(github: SimulatedGitHub, *, may_be_down: bool = False) -> list[str]:
    """Webhooks that the web server did not accept. Ask while the bot is up: later nothing can accept them.

    `may_be_down`: a web server that is down answers nothing, and one that is up still does not fail.
    """
    return [
        f"the web server answered the webhook {delivery.event} with {delivery.status or delivery.error}"
        for delivery in github.deliveries
        if (not may_be_down if delivery.status is None else delivery.status >= _SERVER_ERROR)
    ]


def compare_with_ledger(seen: Observation, task: Task | None) -> Iterator[str]:
    """Where the ledger disagrees with GitHub. GitHub is the record: the ledger is never asked what is right."""
    state = (seen.record or {}).get("state")
    if task is None and seen.is_touched:
        yield f"the ledger has no such task, which is {state}"
    elif task is not None and not seen.is_touched:
        yield f"the ledger has a task, which is {task.state}, and GitHub shows nothing of it"
    elif task is not None and state not in (None, task.state):
        why = f" ({task.failure}: {' '.join(task.detail.split())[:200]})" if task.failure else ""
        yield f"the ledger says {task.state}{why}, not {state}"


def _judge_issues(scenario: Scenario, player: Player, tasks: Mapping[IssueRef, Task], label: str) -> Iterator[str]:
    for issue in scenario.issues:
        ref = player.opened.get(issue.key)
        if ref is not None:
            seen = player.observe(ref)
            found = [*judge_issue(issue.expect, seen, prefix=label), *compare_with_ledger(seen, tasks.get(ref))]
            if _shows_check_runs(scenario, issue):
                found += judge_check_runs(find_check_runs(player.github, ref, player.bot), issue.expect.check_run)
            yield from (f"{ref}: {sentence}" for sentence in found)


def _shows_check_runs(scenario: Scenario, issue: Expected) -> bool:
    """Whether the bot is an App, and the head of the pull request its own."""
    is_pushed = any(moment.push is not None and moment.push.issue == issue.key for moment in scenario.moments)
    return scenario.app and issue.expect.task and issue.expect.state is State.IN_REVIEW and not is_pushed


def _find_digests(scenario: Scenario, github: SimulatedGitHub, label: str) -> list[Issue]:
    """The open issues of nights, by their label."""
    every = [issue for each in scenario.repositories for issue in github.issues(each.name)]
    wanted = digest_label(label)
    return [issue for issue in every if wanted in issue.labels and issue.state == "open"]


def _judge_repositories(scenario: Scenario, github: SimulatedGitHub, bot: str, label: str) -> Iterator[str]:
    for each in scenario.repositories:
        found = judge_repository(github, each.name, bot=bot, prefix=label, now=github.world.now())
        yield from (f"{each.name}: {sentence}" for sentence in found)


def _count_comments(scenario: Scenario, github: SimulatedGitHub, bot: str) -> int:
    """The bot's comments, on issues and pull requests alike."""
    numbers = [(each.name, number) for each in scenario.repositories for number in _numbers(github, each.name)]
    return sum(comment.author == bot for where in numbers for comment in github.comments(*where))


def _numbers(github: SimulatedGitHub, repository: str) -> Iterable[int]:
    return [each.number for each in (*github.issues(repository), *github.pull_requests(repository))]


def _addresses(scenario: Scenario, github: SimulatedGitHub) -> Iterator[Address]:
    yield Address(what="all there is to see", url=f"{github.web_url}/")
    for repository in scenario.repositories:
        name, web = repository.name, f"{github.web_url}/{repository.name}"
        for issue in github.issues(name):
            yield Address(what=f"issue {name}#{issue.number}", url=f"{web}/issues/{issue.number}")
        for pull in github.pull_requests(name):
            yield Address(what=f"pull request {name}#{pull.number}", url=f"{web}/pull/{pull.number}")
