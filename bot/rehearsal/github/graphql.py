"""The one GraphQL query that is modelled: which review threads of a pull request are resolved.

GitHub's REST API does not show it (docs/decisions/0059). Its description says nothing of GraphQL, so the query is known
by its text, and any other is an error and remembered as not modelled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from bot.rehearsal.github.access import Actor, Need, authenticate, check
from bot.rehearsal.github.api import Api
from bot.rehearsal.github.world import Json, Refused, Repository, World, not_found

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PATH = "/api/graphql"
RESOLVED = (
    "query($owner:String!,$name:String!,$number:Int!,$after:String){repository(owner:$owner,name:$name){"
    "pullRequest(number:$number){reviewThreads(first:100,after:$after){pageInfo{hasNextPage endCursor}"
    "nodes{isResolved comments(first:1){nodes{fullDatabaseId}}}}}}}"
)
_PAGE = 100
_NEED = Need(permissions=("pull_requests",))


@dataclass(frozen=True, slots=True)
class GraphQl:
    """A WSGI application. `api` keeps the record of the exchanges."""

    world: World
    api: Api

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, body, actor = self._answer(Request(environ))
        with self.world.lock:
            self.api.record("POST", "/graphql", status, actor)
        response = Response(json.dumps(body), status, content_type="application/json; charset=utf-8")
        return response(environ, start_response)

    def _answer(self, request: Request) -> tuple[int, Json, Actor]:
        actor = Actor()
        try:
            with self.world.lock:
                actor = authenticate(self.world, request.headers.get("Authorization"))
                actor.known_login  # noqa: B018 - GraphQL needs a token for everything
            asked = json.loads(request.get_data())
            return 200, self._find(actor, str(asked["query"]), asked.get("variables", {})), actor
        except Refused as refusal:
            return refusal.status, {"message": refusal.message}, actor
        except (ValueError, KeyError, TypeError):
            return 400, {"message": "Problems parsing JSON"}, actor

    def _find(self, actor: Actor, query: str, variables: Json) -> Json:
        if query != RESOLVED:
            with self.world.lock:
                self.world.unmodelled.append(f"POST /graphql {query[:100]}")
            raise Refused(501, "The simulated GitHub does not model this query.")
        name = f"{variables.get('owner')}/{variables.get('name')}"
        with self.world.lock:
            try:
                shown = self._repository(name)
                check(actor, shown, _NEED)
                number = shown.pull_request(int(variables["number"])).number
            except Refused as refusal:  # GraphQL says with 200 what REST says with a status
                kind = "NOT_FOUND" if refusal.status == 404 else "FORBIDDEN"  # noqa: PLR2004 - HTTP's number
                return _error(kind, refusal.message)
            return _threads(shown, number, variables.get("after"))

    def _repository(self, name: str) -> Repository:
        if name.lower() not in self.world.repositories:
            raise not_found()
        return self.world.repositories[name.lower()]


def _threads(shown: Repository, number: int, after: Any) -> Json:
    threads = [each.id for each in shown.review_comments_on(number) if each.thread == each.id]
    start = int(after) if after else 0
    page = threads[start : start + _PAGE]
    nodes = [
        {"isResolved": thread in shown.resolved, "comments": {"nodes": [{"fullDatabaseId": str(thread)}]}}
        for thread in page
    ]
    end = start + len(page)
    info = {"hasNextPage": end < len(threads), "endCursor": str(end) if page else None}
    found = {"pageInfo": info, "nodes": nodes}
    return {"data": {"repository": {"pullRequest": {"reviewThreads": found}}}}


def _error(kind: str, message: str) -> Json:
    return {"data": {"repository": None}, "errors": [{"type": kind, "path": ["repository"], "message": message}]}
