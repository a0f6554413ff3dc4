"""The HTTP side of the simulated API: authentication, limits, which operation, permission, and the description.

Every request and every answer is held against GitHub's own description; what does not fit is a violation, which a
rehearsal fails on. A route that is not modelled answers 501 and is remembered: nothing passes for lack of one.

The world's lock is held while an operation reads or changes the state, and not while a request is read, git works, or
an answer is checked and sent. So requests interleave as they do at GitHub, and a webhook may come before the answer to
the request that caused it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from bot.rehearsal.github.access import Actor, authenticate, check, require_token
from bot.rehearsal.github.barriers import check_barriers
from bot.rehearsal.github.faults import StaleAnswer
from bot.rehearsal.github.guard import Guard, Operation
from bot.rehearsal.github.limits import OverLimit
from bot.rehearsal.github.records import Exchange
from bot.rehearsal.github.routes import ROUTES, ApiCall, Reply, Route
from bot.rehearsal.github.world import Json, Refused, Repository, World, not_found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

PREFIX = "/api/v3"
_RATE_LIMIT = "/rate_limit"
_FOUND = 200
_NOT_MODIFIED = 304
_BY_ID = re.compile(r"/repositories/(\d+)(/.*)?")
_REPOSITORY = re.compile(r"/repos/([^/]+/[^/]+)(/.*)?")
_ISSUE = re.compile(r"/issues/([0-9]+)(/.*)?")


@dataclass(slots=True)
class Api:
    """A WSGI application for everything below `/api/v3`."""

    world: World
    guard: Guard
    routes: dict[tuple[str, str], Route] = field(default_factory=lambda: {(r.method, r.template): r for r in ROUTES})

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """One exchange, recorded. A mistake of the simulation itself is a violation, not a silent 500."""
        path = raw_path(request)
        actor = Actor()
        try:
            actor = self._actor(request)
            self._check_limits(request, path, actor)
            reply = self._reply(request, path, actor)
        except Refused as refusal:
            reply = refusal_reply(refusal)
        except Exception as error:  # the HTTP error handler: the story goes on, and the night fails
            log.exception("the simulated GitHub failed on %s %s", request.method, path)
            self.world.violations.append(f"the simulation failed on {request.method} {path}: {error!r}")
            reply = refusal_reply(Refused(500, "Server Error"))
        response = self._render(request, actor, reply)
        self.record(request.method, path, response.status_code, actor)
        return response

    def record(self, method: str, path: str, status: int, actor: Actor) -> None:
        self.world.exchanges.append(Exchange(method=method, path=path, status=status, actor=actor.name))

    def _actor(self, request: Request) -> Actor:
        if not request.headers.get("User-Agent"):
            raise Refused(
                403, "Request forbidden by administrative rules. Please make sure it has a User-Agent header."
            )
        with self.world.lock:
            return authenticate(self.world, request.headers.get("Authorization"))

    def _check_limits(self, request: Request, path: str, actor: Actor) -> None:
        """Raises OverTheLimit. Asking for the limits is never refused."""
        if path == _RATE_LIMIT:
            return
        with self.world.lock:
            over = self.world.limits.refusal(actor.name, request.method, path, self.world.clock())
        if over is not None:
            raise OverTheLimit(over)

    def _reply(self, request: Request, path: str, actor: Actor) -> Reply:
        with self.world.lock:
            path = self._present_path(path, request.query_string.decode("latin-1"))
        found = self.guard.find(request.method, path)
        route = None if found is None else self.routes.get((found[0].method, found[0].template))
        if found is None or route is None:
            return self._refuse_unmodelled(request.method, path)
        operation, names = found
        call = ApiCall(
            world=self.world,
            actor=actor,
            method=request.method,
            path=path,
            names={name: unquote(value) for name, value in names.items()},
            query=dict(request.args),
            body={},
            accept=request.headers.get("Accept", ""),
        )
        reply = self._perform(request, operation, route, call)
        self._check(operation, reply)
        return reply

    def _perform(self, request: Request, operation: Operation, route: Route, call: ApiCall) -> Reply:
        try:
            require_token(call.actor, route.template)
            with self.world.lock:
                self._repository(route, call)  # GitHub answers 404 and 403 before it reads a body
            body = self._body(request, operation, call)
            with self.world.lock:
                repository = self._replica(call, self._repository(route, call))
                return route.handler(replace(call, found=repository, body={} if body is None else body))
        except Refused as refusal:
            return refusal_reply(refusal)

    def _repository(self, route: Route, call: ApiCall) -> Repository | None:
        check_barriers(self.world, call.actor, call.names.get("owner"))
        if "{owner}" not in route.template:
            return None
        found = self.world.repositories.get(f"{call.names['owner']}/{call.names['repo']}".lower())
        if found is None:
            raise not_found()
        if route.need is not None:
            check(call.actor, found, route.need)
        if found.archived and route.method != "GET":
            raise Refused(403, "Repository was archived so is read-only.")
        return found

    def _replica(self, call: ApiCall, repository: Repository | None) -> Repository | None:
        """The repository as a read sees it: as it was a moment ago, where a fault says so."""
        if repository is None or call.method != "GET":
            return repository
        fault = self.world.faults.take(StaleAnswer, f"GET {call.path}")
        return repository if fault is None else repository.as_of(self.world.clock() - timedelta(seconds=fault.seconds))

    def _body(self, request: Request, operation: Operation, call: ApiCall) -> Any:
        """The parsed body. What the description does not allow is refused, so that handlers need not look again."""
        body = parsed(request.get_data())
        # The cursor of a large listing is in the addresses that GitHub gives, and not in its description.
        query = {name: value for name, value in call.query.items() if name != "after"}
        errors = self.guard.check_request(operation, query, body)
        if errors:
            self.world.violations.extend(errors)
            raise Refused(422, f"Invalid request.\n\n{' '.join(errors)}")
        return body

    def _check(self, operation: Operation, reply: Reply) -> None:
        if isinstance(reply.body, bytes):
            return
        self.world.violations.extend(self.guard.check_response(operation, reply.status, reply.body))

    def _refuse_unmodelled(self, method: str, path: str) -> Reply:
        self.world.unmodelled.append(f"{method} {path}")
        return refusal_reply(Refused(501, f"The simulated GitHub does not model {method} {path}."))

    def _present_path(self, path: str, query: str) -> str:
        """Follow `/repositories/ID/…`; raise the redirect that a former name or place answers with."""
        by_id = _BY_ID.fullmatch(path)
        if by_id is not None:
            known = {repository.id: repository.full_name for repository in self.world.repositories.values()}
            path = f"/repos/{known.get(int(by_id[1]), 'unknown/unknown')}{by_id[2] or ''}"
        named = _REPOSITORY.fullmatch(path)
        if named is not None and (place := self._present_place(named[1].lower(), named[2] or "")) is not None:
            raise Moved(f"{self.world.api_url}/repositories/{place}{'?' if query else ''}{query}")
        return path

    def _present_place(self, name: str, rest: str) -> str | None:
        """Where it is now, below `/repositories/`; None if it is where it is asked for."""
        former = self.world.renamed.get(name)
        if former is not None:
            return f"{self.world.repository(former).id}{rest}"
        about, here = _ISSUE.fullmatch(rest), self.world.repositories.get(name)
        moved = self.world.moved_issues.get((here.id, int(about[1]))) if about is not None and here else None
        return None if about is None or moved is None else f"{moved[0]}/issues/{moved[1]}{about[2] or ''}"

    def _render(self, request: Request, actor: Actor, reply: Reply) -> Response:
        data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        response = Response(b"" if reply.body is None else data, reply.status)
        response.headers["Content-Type"] = "application/json; charset=utf-8"
        if isinstance(reply, Redirect):
            response.status_code = 301 if request.method == "GET" else 307
        response.headers.update(reply.headers)
        if request.method == "GET" and response.status_code == _FOUND:  # only what was found has an ETag
            response.headers["ETag"] = f'W/"{hashlib.sha256(data).hexdigest()}"'
            response.make_conditional(request)
        self._add_headers(request, actor, response)
        return response

    def _add_headers(self, request: Request, actor: Actor, response: Response) -> None:
        free = response.status_code == _NOT_MODIFIED and actor.name  # only with a token "not modified" costs nothing
        with self.world.lock:
            if request.path != f"{PREFIX}{_RATE_LIMIT}" and not free:
                self.world.limits.count(actor.name, self.world.now())
            rate = self.world.rate(actor.name)
        if self.world.enterprise:
            response.headers["X-GitHub-Enterprise-Version"] = self.world.enterprise
        else:
            response.headers.update({f"X-RateLimit-{name.capitalize()}": str(value) for name, value in rate.items()})
            response.headers["X-RateLimit-Resource"] = "core"
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        response.headers["X-GitHub-Request-Id"] = uuid.uuid4().hex[:16].upper()
        if actor.token is not None and actor.token.scopes is not None:
            response.headers["X-OAuth-Scopes"] = ", ".join(actor.token.scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect(Reply):
    """A repository that has another name now: 301 for reading, 307 for the rest."""


class Moved(Refused):
    def __init__(self, url: str) -> None:
        super().__init__(301, "Moved Permanently")
        self.url = url


class OverTheLimit(Refused):
    def __init__(self, over: OverLimit) -> None:
        super().__init__(over.status, over.message)
        self.retry_after = over.retry_after


def raw_path(request: Request) -> str:
    """The path below the prefix as the client escaped it: `%2F` in a label's name is no slash."""
    raw: str = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or request.path
    return raw.partition("?")[0].removeprefix(PREFIX) or "/"


def refusal_reply(refusal: Refused) -> Reply:
    body: Json = {
        "message": refusal.message,
        "documentation_url": "https://docs.github.com/rest",
        "status": str(refusal.status),
    }
    if isinstance(refusal, Moved):
        return Redirect(status=301, body={**body, "url": refusal.url}, headers={"Location": refusal.url})
    if isinstance(refusal, OverTheLimit) and refusal.retry_after is not None:
        return Reply(status=refusal.status, body=body, headers={"Retry-After": str(refusal.retry_after)})
    if refusal.errors is not None:
        body["errors"] = refusal.errors
    return Reply(status=refusal.status, body=body)


def parsed(data: bytes) -> Any:
    """The JSON of a request's body, None if it has none."""
    if not data:
        return None
    try:
        body = json.loads(data)
    except ValueError as error:
        raise Refused(400, "Problems parsing JSON") from error
    if not isinstance(body, dict | list):
        raise Refused(400, "Body should be a JSON object")
    return body
