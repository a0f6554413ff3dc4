"""The simulated GitHub of `bot.rehearsal.github`, called in process: no HTTP, git in memory, webhooks by seed.

Its exchanges are not held against GitHub's description here: the rehearsals over HTTP do that with the same code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import requests
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester
from werkzeug.http import http_date
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from bot.rehearsal.github import payloads
from bot.rehearsal.github.api import Api
from bot.rehearsal.github.guard import Guard, Operation, shipped_guard
from bot.rehearsal.github.inspection import Inspection
from bot.rehearsal.github.people import People
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.setting import Setting
from bot.rehearsal.github.webhooks import Webhooks
from bot.rehearsal.github.world import Json, Repository, World
from bot.rehearsal.simulation.memory_git import MemoryGit
from bot.rehearsal.simulation.scheduler import Scheduler

WEB_URL = "http://127.0.0.1:1"


class Unchecked(Guard):
    """Finds operations, and lets everything pass."""

    def __init__(self, shipped: Guard) -> None:
        self.description = shipped.description
        self.operations = shipped.operations
        self._found: dict[tuple[str, str], tuple[Operation, dict[str, str]] | None] = {}

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        key = method, path
        if key not in self._found:
            self._found[key] = super().find(method, path)
        return self._found[key]

    def check_request(self, *_: Any) -> list[str]:
        return []

    def check_response(self, *_: Any) -> list[str]:
        return []


@cache
def _share_unchecked() -> Unchecked:
    return Unchecked(shipped_guard())


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One delivery on its way."""

    guid: str
    event: str
    action: str | None
    body: bytes


Tell = Callable[[Webhook], None]


class Hub(Setting, People, Inspection):
    """`tell` gets each webhook when the event happens. People act on it as on the simulated GitHub of a rehearsal."""

    webhooks: Webhooks  # none is sent over HTTP

    def __init__(self, scheduler: Scheduler, tell: Tell) -> None:
        self.world = World(folder=Path("/nonexistent"), clock=scheduler.clock, web_url=WEB_URL, tell=self._tell)
        self.api = Api(self.world, _share_unchecked())
        self._send = tell
        self._sent = 0

    def add_simulated_repository(self, full_name: str) -> Repository:
        """With one commit of one file, and no git beside it."""
        owner = self.add_user(full_name.partition("/")[0], kind="Organization").login
        git = MemoryGit()
        git.commit("main", {"README.md": "A tool\n"}, author=owner, message="Begin", now=self.world.now())
        made = Repository(
            id=self.world.next_id(),
            full_name=full_name,
            default_branch="main",
            private=False,
            git=git,
            created_at=self.world.now(),
        )
        self.world.repositories[full_name] = made
        return made

    def set_up(self, repositories: Iterable[str], roles: Mapping[str, Role], bot: str) -> str:
        """These, with people in these roles. Returns the bot's token."""
        for login in roles:
            self.add_user(login)
        for name in repositories:
            self.add_simulated_repository(name).roles.update(roles)
        return self.add_token(bot, value="ghp_simulated").value

    def _tell(self, repository: Repository, event: str, action: str | None, actor: str, parts: Json) -> None:
        payload: Json = {"action": action} if action is not None else {}
        payload |= parts
        payload["repository"] = payloads.repository(self.world, repository)
        payload["sender"] = payloads.user(self.world, actor)
        self._sent += 1
        body = json.dumps(payload).encode()
        self._send(Webhook(guid=f"guid-{self._sent}", event=event, action=action, body=body))


class Exchange(Protocol):
    """What happens with one request on its way. Raises for one that gets no answer."""

    def before(self, method: str, path: str) -> Answer | None: ...

    def after(self, method: str, path: str, status: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """As PyGithub reads it."""

    status: int
    headers: list[tuple[str, str]]
    body: str

    def getheaders(self) -> list[tuple[str, str]]:
        return self.headers

    def read(self) -> str:
        return self.body


class NoAnswer(requests.ConnectionError):
    """The request was lost, or its answer."""


@dataclass(slots=True)
class Caller:
    """Performs requests of one process at the hub."""

    hub: Hub
    exchange: Exchange
    requests: int = field(default=0)

    def connections(self) -> type[HTTPRequestsConnectionClass]:
        """The class of PyGithub's connections that end here."""
        caller = self

        class InProcess:
            def __init__(self, host: str, port: int | None = None, **_: Any) -> None:
                self.host, self.port = host, port

            def request(self, verb: str, url: str, body: Any, headers: dict[str, str], stream: bool = False) -> None:  # noqa: ARG002 - PyGithub's
                self.asked = verb, url, body, headers

            def getresponse(self) -> Answer:
                return caller.perform(*self.asked)

            def close(self) -> None:
                pass

        return cast("type[HTTPRequestsConnectionClass]", InProcess)

    def perform(self, method: str, url: str, body: Any, headers: dict[str, str]) -> Answer:
        self.requests += 1
        path = urlsplit(url).path
        refused = self.exchange.before(method, path)
        if refused is not None:
            return refused
        data = body.encode() if isinstance(body, str) else body
        environ = EnvironBuilder(url, WEB_URL, method=method, headers=list(headers.items()), data=data).get_environ()
        environ["REQUEST_URI"] = url
        response = self.hub.api.answer(Request(environ))
        answer = Answer(
            response.status_code, [*response.headers.items(), ("Date", http_date(self.hub.world.clock()))], ""
        )
        text = response.get_data(as_text=True)
        self.exchange.after(method, path, response.status_code)
        return Answer(answer.status, answer.headers, text)

    def connect(self) -> None:
        """The next client of PyGithub that is made connects here."""
        made = self.connections()
        Requester.injectConnectionClasses(made, cast("type[HTTPSRequestsConnectionClass]", made))
