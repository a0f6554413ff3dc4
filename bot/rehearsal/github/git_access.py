"""Who may fetch and push, which pushes faults decline, and what a push means for GitHub."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from bot.rehearsal.git_http import Access, Declined, GitHttp, GitRequest, RefUpdate
from bot.rehearsal.github.access import Actor, Need, can_see, check, good_token
from bot.rehearsal.github.barriers import BehindBarrier, check_barriers
from bot.rehearsal.github.faults import RejectPush
from bot.rehearsal.github.pushes import HEADS, Update, pushed
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.rulesets import decline
from bot.rehearsal.github.world import Refused, Repository, World

_PUSH = Need(permissions=("contents",), level="write", role=Role.WRITE)
_FETCH = Need(permissions=("contents",))


@dataclass(slots=True)
class GitAccess:
    """Wires `GitHttp` to the world. One request is served by one thread from its authorisation to its end."""

    world: World
    _serving: threading.local = field(default_factory=threading.local)

    def app(self) -> GitHttp:
        return GitHttp(
            root=self.world.folder, authorize=self.authorize, on_push=self.on_push, refuse_ref=self.refuse_ref
        )

    def authorize(self, request: GitRequest) -> Access | str:
        """As GitHub: 401 without a token, 404 for what a token cannot see, 403 for what it may only read."""
        with self.world.lock:
            repository = self.world.repositories.get(request.repository.lower())
            try:
                actor = Actor() if request.token is None else Actor(token=good_token(self.world, request.token))
            except Refused as refusal:
                return Access(refusal.status)
            self._serving.login = actor.login
            try:
                check_barriers(self.world, actor, request.repository.partition("/")[0])
            except BehindBarrier as barrier:
                return barrier.git
            return _access(actor, repository, write=request.write)

    def refuse_ref(self, repository: str, ref: str) -> Declined | None:
        if ref.startswith("refs/pull/"):
            return Declined(text="", reason="deny updating a hidden ref")
        fault = self.world.faults.take(RejectPush, ref.removeprefix(HEADS))
        if fault is None:
            with self.world.lock:
                here = self.world.repository(repository)
                return decline(here, ref.removeprefix(HEADS), self._serving.login) if ref.startswith(HEADS) else None
        return Declined(text=fault.message.format(ref=ref, repository=repository), reason=fault.reason)

    def on_push(self, repository: str, updates: list[RefUpdate]) -> None:
        moved = [Update(ref=update.ref, old=update.old, new=update.new) for update in updates]
        with self.world.lock:
            pushed(self.world, self.world.repository(repository), moved, self._serving.login)


def _access(actor: Actor, repository: Repository | None, *, write: bool) -> Access:
    if actor.login is None and (write or repository is None or repository.private):
        return Access.UNAUTHENTICATED
    if repository is None or not can_see(actor, repository):
        return Access.NOT_FOUND
    if write and repository.archived:
        return Access.FORBIDDEN
    try:
        check(actor, repository, _PUSH if write else _FETCH)
    except Refused:
        return Access.FORBIDDEN
    return Access.ALLOWED
