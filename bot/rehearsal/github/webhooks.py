"""Sends the webhooks: signed as GitHub signs, one after the other in the order of events, by one thread.

Nothing is sent again by itself, as GitHub sends nothing again; `redeliver` is what its button does.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import requests

from bot.rehearsal.github import payloads
from bot.rehearsal.github.faults import DelayWebhook, DoubleWebhook, FailWebhook, LoseWebhook
from bot.rehearsal.github.guard import Guard
from bot.rehearsal.github.records import Delivery, Hook
from bot.rehearsal.github.world import Json, Repository, World
from bot.rehearsal.load import load_factor

TIME_LIMIT = 10.0  # seconds that GitHub waits for an answer
_NO_ANSWER = "no answer"
# What a person asks of a check run, only the app that made it learns.
_TOLD_ITS_APP = frozenset({("check_run", "requested_action"), ("check_run", "rerequested")})


@dataclass(slots=True)
class Webhooks:
    """`tell` is the world's listener; what was sent goes into the world's `deliveries`."""

    world: World
    guard: Guard
    _waiting: queue.Queue[Delivery | None] = field(default_factory=queue.Queue)
    _settled: threading.Condition = field(default_factory=threading.Condition)
    _unsettled: int = 0
    _closing: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._send_all, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Give up what is still waiting; what is under way is waited for."""
        self._closing.set()
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join()

    def tell(self, repository: Repository, event: str, action: str | None, actor: str, parts: Json) -> None:
        """Check the payload, and queue one delivery for each hook of this repository."""
        repository.remember(self.world.clock())
        payload = self._payload(repository, action, actor, parts)
        self.world.violations.extend(self.guard.check_webhook(event, action, payload))
        if self.world.faults.take(LoseWebhook, _name(event, action)) is not None:
            return
        for hook, addition in self._hooks_for(repository):
            if (event, action) in _TOLD_ITS_APP and hook.app != parts["check_run"]["app"]["id"]:
                continue
            self._queue(hook, event, action, repository, {**payload, **addition})

    def ping(self, hook: Hook) -> None:
        """What GitHub sends when a hook is made."""
        payload = {"zen": "Keep it logically awesome.", "hook_id": hook.id, "hook": hook_payload(self.world, hook)}
        self.world.violations.extend(self.guard.check_webhook("ping", None, payload))
        self._queue(hook, "ping", None, None, payload)

    def redeliver(self, delivery: Delivery) -> None:
        """Send the same body under the same GUID again."""
        again = replace(delivery, id=self.world.next_id(), delivered_at=self.world.now(), redelivery=True)
        self._enqueue(replace(again, status=None, error=""))

    def wait_delivered(self, timeout: float = 10.0) -> None:
        """Until all that was queued has been answered or given up. `timeout`: seconds of an idle machine. Raises
        TimeoutError."""
        with self._settled:
            if not self._settled.wait_for(lambda: self._unsettled == 0, timeout * load_factor()):
                raise TimeoutError(f"{self._unsettled} webhooks were not answered within {timeout:g} s")

    def _payload(self, repository: Repository, action: str | None, actor: str, parts: Json) -> Json:
        payload: Json = {"action": action} if action is not None else {}
        payload |= parts
        shown = payloads.repository(self.world, repository)
        return {**payload, "repository": shown, "sender": payloads.user(self.world, actor)}

    def _hooks_for(self, repository: Repository) -> Iterator[tuple[Hook, Json]]:
        """The hooks of a repository, each with what its kind adds to the payload."""
        name = repository.full_name
        for hook in self.world.hooks.values():
            if hook.app is not None:
                yield from ((hook, addition) for addition in self._find_installations(hook.app, name))
            elif hook.repositories is None or name in hook.repositories:
                yield hook, {}

    def _find_installations(self, app: int, name: str) -> Iterator[Json]:
        for installation in self.world.installations.values():
            if installation.app.id == app and name in installation.repositories:
                yield {"installation": {"id": installation.id, "node_id": payloads.node_id("IN", installation.id)}}

    def _queue(self, hook: Hook, event: str, action: str | None, repository: Repository | None, payload: Json) -> None:
        delivery = Delivery(
            id=self.world.next_id(),
            guid=str(uuid.uuid4()),
            hook=hook.id,
            event=event,
            action=action,
            repository=None if repository is None else repository.full_name,
            body=json.dumps(payload).encode(),
            delivered_at=self.world.now(),
            seconds=0.0,
            status=None,
        )
        for seconds in self._delays(event if action is None else f"{event}.{action}"):
            self._enqueue(delivery, seconds)

    def _delays(self, name: str) -> tuple[float, ...]:
        """How many seconds late each copy of a webhook comes: as a rule one does, at once."""
        late = self.world.faults.take(DelayWebhook, name)
        seconds = 0.0 if late is None else late.seconds
        return (seconds,) if self.world.faults.take(DoubleWebhook, name) is None else (seconds, seconds)

    def _enqueue(self, delivery: Delivery, late: float = 0.0) -> None:
        with self._settled:
            self._unsettled += 1
        if late > 0:
            timer = threading.Timer(late, self._waiting.put, [delivery])
            timer.daemon = True
            timer.start()
        else:
            self._waiting.put(delivery)

    def _send_all(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (delivery := self._waiting.get()) is not None and not self._closing.is_set():
                sent = self._send(session, delivery)
                with self.world.lock:
                    self.world.deliveries.append(sent)
                with self._settled:
                    self._unsettled -= 1
                    self._settled.notify_all()

    def _send(self, session: requests.Session, delivery: Delivery) -> Delivery:
        hook = self.world.hooks[delivery.hook]
        if self.world.faults.take(FailWebhook, _name(delivery.event, delivery.action)) is not None:
            return replace(delivery, error=f"{_NO_ANSWER}: a fault of the rehearsal")
        began = time.monotonic()
        status, error = None, ""
        try:
            answer = session.post(
                hook.url, data=delivery.body, headers=headers(hook, delivery), timeout=TIME_LIMIT, allow_redirects=False
            )
            status = answer.status_code
        except requests.RequestException as failure:
            error = f"{_NO_ANSWER}: {failure}"
        return replace(delivery, status=status, error=error, seconds=round(time.monotonic() - began, 3))


def _name(event: str, action: str | None) -> str:
    return event if action is None else f"{event}.{action}"


def headers(hook: Hook, delivery: Delivery) -> dict[str, str]:
    target = ("integration", hook.app) if hook.app is not None else ("repository", hook.id)
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/5e1b2c3",
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(hook.id),
        "X-GitHub-Hook-Installation-Target-ID": str(target[1]),
        "X-GitHub-Hook-Installation-Target-Type": target[0],
        "X-Hub-Signature": f"sha1={hmac.new(hook.secret.encode(), delivery.body, hashlib.sha1).hexdigest()}",
        "X-Hub-Signature-256": signature(hook.secret, delivery.body),
    }


def signature(secret: str, body: bytes) -> str:
    """The value of `X-Hub-Signature-256`."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def hook_payload(world: World, hook: Hook) -> Json:
    """A hook as the API lists it; its secret is masked."""
    api = f"{world.api_url}/hooks/{hook.id}"
    made: dict[str, Any] = {
        "id": hook.id,
        "type": "App" if hook.app is not None else "Repository",
        "name": "web",
        "active": True,
        "events": ["*"],
        "config": {"url": hook.url, "content_type": "json", "insecure_ssl": "0", "secret": "********"},
        "url": api,
        "test_url": f"{api}/test",
        "ping_url": f"{api}/pings",
        "deliveries_url": f"{api}/deliveries",
        "created_at": payloads.moment(hook.created_at),
        "updated_at": payloads.moment(hook.created_at),
        "last_response": {"code": None, "status": "unused", "message": None},
    }
    return made
