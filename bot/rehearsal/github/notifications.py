"""Which person gets a mail from GitHub for what, by GitHub's rules.

A person is subscribed to an issue or a pull request by opening it, commenting on it, reviewing it, changing its state,
being assigned to it or asked to review it, or being mentioned. Each new comment, review, reply in a thread, mention,
assignment, request for a review, change of state and push to a pull request's branch makes a mail to every subscriber
except the one who did it. A review is one mail with all its comments on lines. Edits, labels, reactions and resolved
threads make none. Every person here has all kinds of mail switched on, and watches no repository.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.rehearsal.github.mentions import find_mentions
from bot.rehearsal.github.records import Mail
from bot.rehearsal.github.world import Repository, World


def subscribe(world: World, repository: Repository, number: int, login: str, reason: str) -> None:
    """The first reason stays, except that a person who is mentioned later counts as mentioned."""
    subscribers = world.subscribers.setdefault((repository.full_name, number), {})
    if reason == "mention" or login not in subscribers:
        subscribers[login] = reason


def notify(world: World, repository: Repository, number: int, *, actor: str, event: str, text: str | None = "") -> None:
    """Something new was said or done: a mail to every subscriber, and to those whom `text` mentions."""
    mentioned = [account.login for login in find_mentions(text or "") if (account := world.accounts.get(login))]
    for login in mentioned:
        if login != actor:
            subscribe(world, repository, number, login, "mention")
    reached = world.subscribers.get((repository.full_name, number), {})
    for login, reason in reached.items():
        _send(world, repository, number, login, reason, event=event, actor=actor)


def notify_one(world: World, repository: Repository, number: int, login: str, reason: str, *, actor: str) -> None:
    """An assignment (`assign`) or a request for a review (`review_requested`): a mail to that person."""
    subscribe(world, repository, number, login, reason)
    _send(world, repository, number, login, reason, event=reason, actor=actor)


def opened(world: World, repository: Repository, number: int, *, actor: str, text: str | None) -> None:
    """Only those whom the text mentions learn of it."""
    notify(world, repository, number, actor=actor, event="opened", text=text)
    subscribe(world, repository, number, actor, "author")


def commented(world: World, repository: Repository, number: int, *, actor: str, text: str) -> None:
    notify(world, repository, number, actor=actor, event="commented", text=text)
    subscribe(world, repository, number, actor, "comment")


def reviewed(world: World, repository: Repository, number: int, *, actor: str, texts: Iterable[str]) -> None:
    """A review, a single comment on a line or a reply: one mail with the `texts` of all of it."""
    notify(world, repository, number, actor=actor, event="reviewed", text="\n\n".join(texts))
    subscribe(world, repository, number, actor, "comment")


def pushed(world: World, repository: Repository, number: int, *, actor: str) -> None:
    """Commits reached an open pull request. GitHub gives this as the reason of the mail, whatever made somebody a
    subscriber."""
    for login in world.subscribers.get((repository.full_name, number), {}):
        _send(world, repository, number, login, "push", event="pushed", actor=actor)


def state_changed(world: World, repository: Repository, number: int, *, actor: str, event: str) -> None:
    notify(world, repository, number, actor=actor, event=event)
    subscribe(world, repository, number, actor, "state_change")


def _send(
    world: World, repository: Repository, number: int, login: str, reason: str, *, event: str, actor: str
) -> None:
    account = world.accounts.get(login.lower())
    if login == actor or account is None or account.kind != "User":
        return
    world.mails.append(
        Mail(repository=repository.full_name, number=number, login=login, reason=reason, event=event, actor=actor)
    )
