"""The verdict on a night that is over: everything that is not as expected, and the figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bot.adapters.store import Store
from bot.core.labels import LabelSet
from bot.core.references import IssueRef
from bot.core.tasks import Task
from bot.rehearsal.expectations import unexpected
from bot.rehearsal.github.records import Issue
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.outcome import Address, Night, Outcome
from bot.rehearsal.place import Place
from bot.rehearsal.scenario import Scenario
from bot.rehearsal.stage import BOT, Stage
from bot.rehearsal.watch import look, outcomes

_SERVER_ERROR = 500


def verdict(
    scenario: Scenario, place: Place, stage: Stage, *, label: str, seconds: float, troubles: list[str]
) -> Night:
    """`troubles` are what went wrong on the way; `label` is the bot's setting."""
    tasks, found = left(place)
    sentences = [*troubles, *_everywhere(place), *_issues(scenario, stage, tasks, found, LabelSet(label))]
    return Night(
        seconds=seconds,
        outcomes=tuple(found.values()),
        requests=len(place.github.exchanges),
        comments=_comments(scenario, place),
        pull_requests=sum(len(place.github.pull_requests(repository.name)) for repository in scenario.repositories),
        unexpected=tuple(sentences),
        addresses=tuple(_addresses(scenario, place)),
    )


def left(place: Place) -> tuple[dict[IssueRef, Task], dict[IssueRef, Outcome]]:
    """What the ledger holds at the end."""
    store = Store.open(place.ledger)
    try:
        tasks = {task.issue: task for task in look(store, datetime.now(UTC)).tasks}
        return tasks, {outcome.issue: outcome for outcome in outcomes(store)}
    finally:
        store.close()


def _everywhere(place: Place) -> Iterator[str]:
    """What no scenario has to ask for."""
    yield from breaches(place)
    yield from (f"this fault never struck: {each}" for each in place.github.faults.left)


def breaches(place: Place) -> Iterator[str]:
    """What no night may show, whatever struck in it."""
    yield from place.script.unexpected
    yield from (f"GitHub's own description does not allow: {each}" for each in place.github.violations)
    yield from (f"the simulation does not model: {each}" for each in place.github.unmodelled)


def door_failures(github: SimulatedGitHub) -> list[str]:
    """Webhooks that the door did not take. Asked while the bot is up: later there is nobody to take them."""
    return [
        f"the web door answered the webhook {delivery.event} with {delivery.status or delivery.error}"
        for delivery in github.deliveries
        if delivery.status is None or delivery.status >= _SERVER_ERROR
    ]


def _issues(
    scenario: Scenario,
    stage: Stage,
    tasks: dict[IssueRef, Task],
    found: dict[IssueRef, Outcome],
    labels: LabelSet,
) -> Iterator[str]:
    for issue in scenario.issues:
        ref = stage.opened.get(issue.key)
        if ref is not None:
            for sentence in unexpected(issue.expect, stage.seen(ref), tasks.get(ref), found.get(ref), labels):
                yield f"{ref}: {sentence}"


def _comments(scenario: Scenario, place: Place) -> int:
    """The bot's comments, on issues and pull requests alike."""
    names = [repository.name for repository in scenario.repositories]
    numbers = [(name, each.number) for name in names for each in _issues_and_pull_requests(place, name)]
    found = [comment for where in numbers for comment in place.github.comments(*where)]
    return sum(comment.author == BOT for comment in found)


def _addresses(scenario: Scenario, place: Place) -> Iterator[Address]:
    github = place.github
    yield Address(what="all there is to see", url=f"{github.web_url}/")
    for repository in scenario.repositories:
        name, web = repository.name, f"{github.web_url}/{repository.name}"
        for issue in github.issues(name):
            yield Address(what=f"issue {name}#{issue.number}", url=f"{web}/issues/{issue.number}")
        for pull in github.pull_requests(name):
            yield Address(what=f"pull request {name}#{pull.number}", url=f"{web}/pull/{pull.number}")


def _issues_and_pull_requests(place: Place, repository: str) -> list[Issue]:
    return [*place.github.issues(repository), *place.github.pull_requests(repository)]
