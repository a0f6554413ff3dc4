"""A server that gives every request one answer, GitHub's answers as it gives them, and a client of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bot.adapters.github import GitHub, MemoryCache, TokenAccount
from bot.core.references import IssueRef

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)
HERE = "octo/clock"
ISSUE = IssueRef(HERE, 7)
WHEN = "2026-03-01T22:00:00Z"
PERSON = {"login": "ada", "id": 3, "type": "User"}

AN_ISSUE: dict[str, Any] = {
    "number": 7,
    "id": 70,
    "title": "Tell",
    "body": None,
    "state": "open",
    "user": PERSON,
    "labels": [{"name": "auto"}],
    "comments": 0,
    "created_at": WHEN,
    "updated_at": WHEN,
}
A_COMMENT: dict[str, Any] = {
    "id": 9,
    "issue_url": f"https://api.github.com/repos/{HERE}/issues/7",
    "body": "x",
    "user": PERSON,
    "created_at": WHEN,
    "updated_at": WHEN,
}
A_PULL: dict[str, Any] = {
    "number": 8,
    "id": 80,
    "title": "Tell",
    "body": "",
    "state": "open",
    "user": PERSON,
    "head": {"ref": "auto/7", "sha": "a" * 40, "repo": {"full_name": HERE}},
    "base": {"ref": "main", "sha": "b" * 40, "repo": {"full_name": HERE}},
    "merged_at": None,
}
AN_EVENT: dict[str, Any] = {"event": "labeled", "actor": PERSON, "created_at": WHEN, "label": {"name": "auto"}}
A_REPOSITORY: dict[str, Any] = {
    "full_name": HERE,
    "default_branch": "main",
    "archived": False,
    "permissions": {"push": True},
}
AN_ATTEMPT: dict[str, Any] = {
    "id": 1,
    "guid": "g",
    "event": "issues",
    "action": "labeled",
    "delivered_at": WHEN,
    "status_code": 202,
}


@dataclass
class Served:
    """What is answered to everything that is asked, and what was asked."""

    url: str = ""
    body: str = "{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    named: list[str | None] = field(default_factory=list)  # the ETags

    def start_anew(self) -> None:
        """Answer as at the beginning; what was asked is forgotten."""
        self.body, self.status, self.headers = "{}", 200, {}
        self.asked.clear()
        self.named.clear()


@contextmanager
def serve_answers() -> Iterator[Served]:
    """A server on loopback that answers as `Served` says at that moment."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            served.asked.append((self.command, self.path))
            served.named.append(self.headers.get("If-None-Match"))
            known = served.headers.get("ETag") is not None and served.named[-1] == served.headers["ETag"]
            body = b"" if known else served.body.encode()
            self.send_response_only(304 if known else served.status)  # the `Date` is the test's own
            for name, value in {"Content-Length": str(len(body)), **served.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        served.url = f"http://127.0.0.1:{listening.server_port}"
        yield served
        listening.shutdown()
        thread.join()


@cache
def an_account(url: str) -> TokenAccount:
    return TokenAccount("ghp_x", api_url=url, repositories=(HERE,))


def a_client(served: Served) -> GitHub:
    return GitHub(an_account(served.url), web_url=served.url, cache=MemoryCache())


def log_of(client: GitHub) -> Any:
    return client.delivery_logs({HERE: 5})[0]


READS: dict[str, tuple[Callable[[GitHub], object], Any]] = {
    "repository": (lambda client: client.repository(HERE), A_REPOSITORY),
    "permission": (lambda client: client.may_write(HERE, "ada"), {"permission": "write", "role_name": "write"}),
    "issue": (lambda client: client.issue(ISSUE), AN_ISSUE),
    "issue now": (lambda client: client.issue_now(ISSUE), AN_ISSUE),
    "labelled": (lambda client: client.labeled_issues(HERE, "auto"), [AN_ISSUE]),
    "census": (lambda client: client.labelled_census(HERE, "auto"), [AN_ISSUE]),
    "pulls census": (lambda client: client.pull_request_census(HERE), [A_PULL]),
    "issues changed": (lambda client: client.issues_changed(HERE, NOW), [AN_ISSUE]),
    "comments changed": (lambda client: client.comments_changed(HERE, NOW), [A_COMMENT]),
    "comments since": (lambda client: client.comments_since(HERE, NOW), [A_COMMENT]),
    "comments": (lambda client: client.comments(ISSUE), [A_COMMENT]),
    "all comments": (lambda client: client.all_comments(ISSUE), [A_COMMENT]),
    "history": (lambda client: client.history(ISSUE), [AN_EVENT]),
    "last labeled by": (lambda client: client.last_labeled_by(ISSUE, "auto"), [AN_EVENT]),
    "pull requests": (lambda client: client.pull_requests(HERE, "auto/7"), [A_PULL]),
    "all pull requests": (lambda client: client.all_pull_requests(HERE), [A_PULL]),
    "pull request": (lambda client: client.pull_request(HERE, 8), A_PULL),
    "log of deliveries": (lambda client: log_of(client).attempts(NOW), [AN_ATTEMPT]),
    "look at the log": (lambda client: log_of(client).look(), [AN_ATTEMPT]),
    "me": (lambda client: client.account.me(), PERSON),
}
WRITES: dict[str, Callable[[GitHub], object]] = {
    "comment": lambda client: client.create_comment(ISSUE, "x"),
    "edit": lambda client: client.edit_comment(ISSUE, 9, "x"),
    "react": lambda client: client.react(ISSUE, 9, "eyes"),
    "label": lambda client: client.add_label(ISSUE, "auto"),
    "create label": lambda client: client.create_label(HERE, "auto", color="aaaaaa", description="x"),
    "pull request": lambda client: client.create_pull_request(HERE, head="a", base="b", title="t", body="x"),
    "edit pull request": lambda client: client.edit_pull_request(HERE, 8, title="t", body="x"),
}
ABSURD: list[Any] = [
    *({}, [], None, True, 7, 1.5, "x", "", [None], [[]], [{}], ["x"], [7], {"ok": True}, {"message": "log in"}),
    {"number": "7", "id": "x"},
    {"number": None, "id": None},
    {"id": {}, "number": []},
    [{"number": 1}],
    [{"id": 1}],
    {"permission": 7, "role_name": []},
    {"permissions": "push", "full_name": 1},
]
