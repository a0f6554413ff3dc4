"""A walk through every operation and every webhook of the simulation, with what it answered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from bot.rehearsal.github.app_records import App
from bot.rehearsal.github.guard import Operation, shipped_guard
from bot.rehearsal.github.server import SimulatedGitHub
from tests.rehearsal.app_tour import see_app, see_deliveries, see_signing_in
from tests.rehearsal.objects_tour import see_objects
from tests.rehearsal.relations_tour import see_moves, see_relations
from tests.rehearsal.stacks_tour import see_stacks

GUARD = shipped_guard()
R = "/repos/octo/tools"


@dataclass(slots=True)
class Seen:
    """`answers`: operation, status and body of each good answer; `webhooks`: event, action and payload."""

    answers: list[tuple[Operation, int, Any]] = field(default_factory=list)
    webhooks: list[tuple[str, str | None, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Walker:
    github: SimulatedGitHub
    session: requests.Session
    seen: Seen = field(default_factory=Seen)

    def __call__(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, client: App | None = None
    ) -> Any:
        """`client`: the app that shows its client secret."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        auth = None if client is None else (client.client_id, client.client_secret)
        url = f"{self.github.api_url}{path}"
        answer = self.session.request(method, url, json=body, headers=headers, auth=auth, allow_redirects=False)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        found = GUARD.find(method, path)
        assert found is not None, f"{method} {path} is no operation"
        shown = answer.json() if answer.content and "json" in answer.headers["Content-Type"] else None
        self.seen.answers.append((found[0], answer.status_code, shown))
        return shown


def tour(folder: Path, key: str) -> Seen:
    with SimulatedGitHub(folder) as github, requests.Session() as session:
        session.trust_env = False
        for login in ("maria", "bot"):
            github.add_user(login)
        github.add_repository("octo/tools", files={"README.md": "# Tools\n", "src/clock.py": "x = 1\n"})
        github.set_role("octo/tools", "maria", "admin")
        session.headers["Authorization"] = f"token {github.add_token('maria').value}"
        # No server listens there: what is sent is what is looked at, not what is answered.
        github.add_webhook("http://127.0.0.1:9/", "secret", repositories=("octo/tools",))
        walk = Walker(github, session)
        see_users(walk)
        see_issues(walk)
        see_code(walk)
        see_objects(walk, R)
        see_app(walk, R, github, session, key)
        see_signing_in(walk, github, session)
        see_relations(walk, R)
        see_stacks(walk, R, github)
        see_moves(github)
        github.delete_issue("octo/tools", github.open_issue("octo/tools", title="x", author="maria").number, by="maria")
        github.wait_delivered(60)
        assert github.violations == ()
        sent = {(item.event, item.action): json.loads(item.body) for item in github.deliveries}
        walk.seen.webhooks = [(event, action, payload) for (event, action), payload in sent.items()]
        return walk.seen


def see_users(walk: Walker) -> None:
    walk.github.add_signing_key("maria", "ssh-ed25519 AAAA")
    users = ("user", "user/repos", "users/maria", "users/maria/ssh_signing_keys", "rate_limit", "meta", "zen")
    for path in (
        *(f"/{each}" for each in users),
        R,
        f"{R}/hooks",
        f"{R}/collaborators/maria",
        f"{R}/collaborators/bot/permission",
    ):
        walk("GET", path)
    see_deliveries(walk, walk.github, f"{R}/hooks/{walk('GET', f'{R}/hooks')[0]['id']}")


def see_issues(walk: Walker) -> None:
    number = walk("POST", f"{R}/issues", {"title": "One", "labels": ["auto"]})["number"]
    issue = f"{R}/issues/{number}"
    walk("POST", f"{R}/labels", {"name": "bug", "color": "ff0000"})
    walk("PATCH", f"{R}/labels/bug", {"description": "broken"})
    walk("PUT", f"{issue}/labels", {"labels": ["bug"]})
    walk("POST", f"{issue}/labels", ["auto"])
    walk("DELETE", f"{issue}/labels/auto")
    see_assignees(walk, issue)
    comment = walk("POST", f"{issue}/comments", {"body": "Hello"})["id"]
    said = f"{R}/issues/comments/{comment}"
    walk("PATCH", said, {"body": "Hello again"})
    for subject in (issue, said):
        reaction = walk("POST", f"{subject}/reactions", {"content": "eyes"})["id"]
        walk("GET", f"{subject}/reactions")
        walk("DELETE", f"{subject}/reactions/{reaction}")
    for changes in ({"title": "Two"}, {"state": "closed"}, {"state": "open"}):
        walk("PATCH", issue, changes)
    for path in (f"{R}/issues", issue, f"{issue}/comments", f"{R}/issues/comments", said, f"{issue}/events"):
        walk("GET", path)
    for path in (f"{issue}/timeline", f"{issue}/labels", f"{R}/labels", f"{R}/labels/bug"):
        walk("GET", path)
    walk("DELETE", said)
    see_lock(walk, number)


def see_lock(walk: Walker, number: int) -> None:
    for method in ("PUT", "DELETE"):
        walk(method, f"{R}/issues/{number}/lock")


def see_code(walk: Walker) -> None:
    rules = walk.github.add_ruleset("octo/tools", "creation", branches=("release/*",)).id
    walk("GET", f"{R}/rules/branches/release%2F1")
    walk("GET", f"{R}/rulesets/{rules}")
    sha = walk("GET", f"{R}/git/ref/heads/main")["object"]["sha"]
    walk("POST", f"{R}/git/refs", {"ref": "refs/heads/auto/1", "sha": sha})
    walk("PUT", f"{R}/contents/a.txt", {"message": "A", "content": "YQo=", "branch": "auto/1"})
    number = walk("POST", f"{R}/pulls", {"title": "A", "head": "auto/1", "base": "main"})["number"]
    pull, as_issue = f"{R}/pulls/{number}", f"{R}/issues/{number}"
    walk.github.push_commit("octo/tools", "auto/1", {"b.txt": "b\n"}, by="maria")
    walk("POST", f"{as_issue}/labels", ["auto"])
    walk("DELETE", f"{as_issue}/labels/auto")
    see_assignees(walk, as_issue)
    see_lock(walk, number)
    see_requests(walk, pull)
    for changes in ({"title": "B"}, {"state": "closed"}, {"state": "open"}):
        walk("PATCH", pull, changes)
    for path in (pull, f"{R}/pulls", f"{pull}/files", f"{pull}/commits"):
        walk("GET", path)
    walk("POST", f"{R}/statuses/{sha}", {"state": "success"})
    for path in ("git/matching-refs/heads/auto", "branches/auto/1", "commits/auto/1", f"commits/{sha}/statuses"):
        walk("GET", f"{R}/{path}")
    for path in (f"commits/{sha}/status", "contents/", "contents/README.md", "contents/src"):
        walk("GET", f"{R}/{path}")
    see_reviews(walk, pull)
    walk("PATCH", f"{R}/git/refs/heads/auto/1", {"sha": walk("PUT", f"{pull}/merge")["sha"]})
    walk("DELETE", f"{R}/git/refs/heads/auto/1")


def see_assignees(walk: Walker, issue: str) -> None:
    """One of two is left, for the answers that follow."""
    walk.github.set_role("octo/tools", "bot", "write")
    walk("POST", f"{issue}/assignees", {"assignees": ["maria", {"login": "bot"}]})
    walk("DELETE", f"{issue}/assignees", {"assignees": ["bot"]})


def see_requests(walk: Walker, pull: str) -> None:
    """Of a person and of a team, which stay for the answers that follow."""
    walk.github.add_team("octo", "core", ("bot",))
    asked = {"reviewers": ["bot"], "team_reviewers": ["core"]}
    for method in ("POST", "DELETE", "POST", "GET"):
        walk(method, f"{pull}/requested_reviewers", asked if method != "GET" else None)
    walk("GET", pull.replace("/pulls/", "/issues/") + "/events")


def see_reviews(walk: Walker, pull: str) -> None:
    reviewer, head = walk.github.add_token("bot").value, walk.github.branches("octo/tools")["auto/1"]
    on_line = {"path": "a.txt", "line": 1, "body": "Why?"}
    asked = {"event": "REQUEST_CHANGES", "body": "No.", "comments": [on_line]}
    review = walk("POST", f"{pull}/reviews", asked, token=reviewer)["id"]
    comment = walk("POST", f"{pull}/comments", {**on_line, "commit_id": head}, token=reviewer)["id"]
    walk("POST", f"{pull}/comments/{comment}/replies", {"body": "Because."})
    said = f"{R}/pulls/comments/{comment}"
    walk("POST", f"{said}/reactions", {"content": "eyes"})
    for path in (
        f"{pull}/reviews",
        f"{pull}/reviews/{review}",
        f"{pull}/reviews/{review}/comments",
        f"{pull}/comments",
    ):
        walk("GET", path)
    for path in (said, f"{said}/reactions", f"{R}/pulls/comments"):
        walk("GET", path)
    walk("PUT", f"{pull}/reviews/{review}/dismissals", {"message": "A mistake"})
    for resolved in (True, False):
        walk.github.resolve_thread("octo/tools", comment, by="maria", resolved=resolved)
