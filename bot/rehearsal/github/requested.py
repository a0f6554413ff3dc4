"""Who is asked to look at an issue or a pull request: assignees, and those whose review is requested.

Every function is called under the world's lock and raises `Refused` for what GitHub would refuse. A webhook about a
pull request asks git, which releases the lock: the state is changed before one is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from bot.rehearsal.github import notifications, payloads
from bot.rehearsal.github.issues import record
from bot.rehearsal.github.records import Issue, PullRequest, Role
from bot.rehearsal.github.teams import Team
from bot.rehearsal.github.world import Json, Refused, Repository, World

MOST_ASSIGNEES = 10


def assign(world: World, repository: Repository, number: int, logins: Iterable[str], actor: str) -> Issue:
    """GitHub leaves out, without a word, whom it cannot assign and who would be one too many."""
    for login in logins:
        account, issue = world.accounts.get(login.lower()), repository.issue(number)
        if account is None or not _may_be_assigned(repository, issue, account.login):
            continue
        if account.login in issue.assignees or len(issue.assignees) >= MOST_ASSIGNEES:
            continue
        _change(world, repository, issue, assignees=(*issue.assignees, account.login))
        notifications.notify_one(world, repository, number, account.login, "assign", actor=actor)
        _note(world, repository, number, "assigned", actor, person=account.login)
    return repository.issue(number)


def unassign(world: World, repository: Repository, number: int, logins: Iterable[str], actor: str) -> Issue:
    """Who is not assigned is left out."""
    for login in logins:
        issue = repository.issue(number)
        found = next((each for each in issue.assignees if each.lower() == login.lower()), None)
        if found is not None:
            _change(world, repository, issue, assignees=tuple(each for each in issue.assignees if each != found))
            _note(world, repository, number, "unassigned", actor, person=found)
    return repository.issue(number)


def request_reviews(
    world: World, repository: Repository, number: int, actor: str, *, logins: Sequence[str], slugs: Sequence[str]
) -> PullRequest:
    """All of them, or none: one who cannot be asked makes GitHub refuse the others too. A person who is asked
    already gets no second mail; one who gave a review since is asked anew."""
    pull = repository.pull_request(number)
    if pull.author.lower() in {login.lower() for login in logins}:
        raise Refused(422, "Review cannot be requested from pull request author.")
    people = [_collaborator(world, repository, login) for login in logins]
    teams = [_team(world, repository, slug) for slug in slugs]
    for login in people:
        pull = repository.pull_request(number)
        if login not in pull.reviewers:
            _change(world, repository, pull, reviewers=(*pull.reviewers, login))
            notifications.notify_one(world, repository, number, login, "review_requested", actor=actor)
            _note(world, repository, number, "review_requested", actor, person=login)
    for team in teams:
        pull = repository.pull_request(number)
        if team.slug not in pull.teams:
            _change(world, repository, pull, teams=(*pull.teams, team.slug))
            for login in team.members:
                notifications.notify_one(world, repository, number, login, "review_requested", actor=actor)
            _note(world, repository, number, "review_requested", actor, team=team)
    return repository.pull_request(number)


def withdraw_requests(
    world: World, repository: Repository, number: int, actor: str, *, logins: Iterable[str], slugs: Iterable[str]
) -> PullRequest:
    """Who is not asked is left out. No mail is sent for it."""
    repository.pull_request(number)
    for login in logins:
        pull = repository.pull_request(number)
        found = next((each for each in pull.reviewers if each.lower() == login.lower()), None)
        if found is not None:
            _change(world, repository, pull, reviewers=tuple(each for each in pull.reviewers if each != found))
            _note(world, repository, number, "review_request_removed", actor, person=found)
    for slug in slugs:
        pull, team = repository.pull_request(number), world.team(repository.owner, slug)
        if team is not None and team.slug in pull.teams:
            _change(world, repository, pull, teams=tuple(each for each in pull.teams if each != team.slug))
            _note(world, repository, number, "review_request_removed", actor, team=team)
    return repository.pull_request(number)


def fulfil_requests(world: World, repository: Repository, number: int, author: str) -> None:
    """Who gave a review is asked for none any more, nor is a team of theirs."""
    pull = repository.pull_request(number)
    theirs = {slug for slug in pull.teams if (team := world.team(repository.owner, slug)) and author in team.members}
    reviewers = tuple(each for each in pull.reviewers if each != author)
    teams = tuple(each for each in pull.teams if each not in theirs)
    repository.issues[number] = replace(pull, reviewers=reviewers, teams=teams)


def _may_be_assigned(repository: Repository, issue: Issue, login: str) -> bool:
    took_part = login == issue.author or any(each.author == login for each in repository.comments_on(issue.number))
    return took_part or repository.role(login) >= Role.TRIAGE


def _collaborator(world: World, repository: Repository, login: str) -> str:
    account = world.accounts.get(login.lower())
    if account is None or repository.roles.get(login.lower(), Role.NONE) is Role.NONE:
        raise _no_collaborator(repository)
    return account.login


def _team(world: World, repository: Repository, slug: str) -> Team:
    team = world.team(repository.owner, slug)
    if team is None or (team.repositories is not None and repository.full_name not in team.repositories):
        raise _no_collaborator(repository)
    return team


def _no_collaborator(repository: Repository) -> Refused:
    text = "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a"
    return Refused(422, f"{text} collaborator of the {repository.full_name} repository.")


def _change(world: World, repository: Repository, issue: Issue, **changes: Any) -> None:
    repository.issues[issue.number] = replace(issue, updated_at=world.now(), **changes)


def _note(
    world: World,
    repository: Repository,
    number: int,
    kind: str,
    actor: str,
    *,
    person: str | None = None,
    team: Team | None = None,
) -> None:
    """A line of the history, and the webhook of the same name."""
    issue = repository.issue(number)
    record(world, repository, issue, kind, actor, person=person, team=team)
    named = "assignee" if kind.endswith("assigned") else "requested_reviewer"
    who: Json = {} if person is None else {named: payloads.user(world, person)}
    who |= {} if team is None else {"requested_team": payloads.team(world, team)}
    if isinstance(issue, PullRequest):
        body: Json = {"number": number, "pull_request": payloads.pull_request(world, repository, issue), **who}
        world.tell(repository, "pull_request", kind, actor, body)
    else:
        world.tell(repository, "issues", kind, actor, {"issue": payloads.issue(world, repository, issue), **who})
