"""Pages for people: what a browser shows of the simulated GitHub. They load nothing from anywhere and run no script."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Request, Response

from bot.rehearsal.github import diffs, markdown
from bot.rehearsal.github.records import Comment, Event, Issue, PullRequest
from bot.rehearsal.github.world import Refused, Repository, World, not_found

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_TEMPLATES = Path(__file__).parent.parent / "templates"
# Nothing from elsewhere, no script at all: even a mistake in the escaping could do nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_OF_REPOSITORY = re.compile(r"/([^/]+/[^/]+?)(?:/(issues|issue|pulls|pull|commit)(?:/(\w+))?)?/?")
_DARK_TEXT_FROM = 150  # luminance of a label's colour, of 255


@dataclass(slots=True)
class Pages:
    """A WSGI application for everything that is neither the API nor git."""

    world: World
    templates: Environment = field(init=False)

    def __post_init__(self) -> None:
        self.templates = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.globals["pulls_for"] = _pulls_for
        self.templates.filters |= {"moment": _moment, "hue": _hue, "ink": _ink, "lines": diffs.lines}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self.world.lock:
            response = self._response(Request(environ))
        response.headers["Content-Security-Policy"] = _POLICY
        return response(environ, start_response)

    def _response(self, request: Request) -> Response:
        try:
            return Response(self._page(request), content_type="text/html; charset=utf-8")
        except Refused as refusal:
            page = self._render("missing.html", path=request.path, message=refusal.message)
            return Response(page, refusal.status, content_type="text/html; charset=utf-8")

    def _page(self, request: Request) -> str:
        if request.path == "/":
            return self._render("repositories.html", repositories=list(self.world.repositories.values()))
        match = _OF_REPOSITORY.fullmatch(request.path)
        repository = self.world.repositories.get(match[1].lower()) if match is not None else None
        if match is None or repository is None:
            raise not_found()
        kind, key = match[2] or "issues", match[3]
        if key is None:
            return self._list(repository, kind, request.args.get("state", "open"))
        if kind == "commit":
            return self._commit(repository, key)
        if not key.isdecimal():
            raise not_found()
        return self._number(repository, repository.issue(int(key)))

    def _list(self, repository: Repository, kind: str, state: str) -> str:
        pulls = kind == "pulls"
        of_kind = [issue for issue in repository.issues.values() if isinstance(issue, PullRequest) is pulls]
        return self._render(
            "list.html",
            repository=repository,
            kind=kind,
            state=state,
            counts={word: sum(issue.state == word for issue in of_kind) for word in ("open", "closed")},
            issues=[issue for issue in reversed(of_kind) if state in ("all", issue.state)],
        )

    def _number(self, repository: Repository, issue: Issue) -> str:
        shared: dict[str, Any] = {
            "repository": repository,
            "issue": issue,
            "story": _story(repository, issue),
            "reactions": {
                comment.id: _reactions(repository, ("comment", comment.id)) for comment in repository.comments.values()
            },
            "issue_reactions": _reactions(repository, ("issue", issue.number)),
            "markdown": self._markdown(repository),
        }
        if not isinstance(issue, PullRequest):
            return self._render("issue.html", **shared, kind="issues", linked=_pulls_for(repository, issue))
        return self._render(
            "pull.html",
            **shared,
            kind="pulls",
            linked=[repository.issues[number] for number in issue.closes if number in repository.issues],
            commits=repository.git.commits(f"{issue.base_sha}..{issue.head_sha}"),
            files=repository.git.changed_files(issue.base_sha, issue.head_sha),
            statuses=[status for status in repository.statuses if status.sha == issue.head_sha],
            checks=[run for run in repository.check_runs.values() if run.sha == issue.head_sha],
        )

    def _commit(self, repository: Repository, key: str) -> str:
        sha = repository.git.resolve(key)
        if sha is None:
            raise not_found()
        commit = repository.git.commit_at(sha)
        files = repository.git.changed_files(commit.parents[0], sha) if commit.parents else ()
        return self._render("commit.html", repository=repository, kind="commit", commit=commit, files=files)

    def _render(self, template: str, **values: Any) -> str:
        return self.templates.get_template(template).render(world=self.world, **values)

    def _markdown(self, repository: Repository) -> Callable[[str | None], str]:
        return lambda text: markdown.rendered(text, issues=f"/{repository.full_name}/issues")


def _story(repository: Repository, issue: Issue) -> list[Comment | Event]:
    """Comments and events in the order in which they came."""
    events = [event for event in repository.events if event.number == issue.number]
    return sorted([*repository.comments_on(issue.number), *events], key=lambda line: (line.created_at, line.id))


def _pulls_for(repository: Repository, issue: Issue) -> list[PullRequest]:
    """The pull requests whose description says that they close this issue."""
    return [pull for pull in repository.pull_requests() if issue.number in pull.closes]


def _reactions(repository: Repository, subject: tuple[str, int]) -> dict[str, int]:
    signs = {
        "+1": "👍",
        "-1": "👎",
        "laugh": "😄",
        "confused": "😕",
        "heart": "❤️",
        "hooray": "🎉",
        "rocket": "🚀",
        "eyes": "👀",
    }
    given = [signs[reaction.content] for reaction in repository.reactions_to(subject)]
    return {sign: given.count(sign) for sign in dict.fromkeys(given)}


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%-d %b %Y, %H:%M:%S")


def _hue(login: str) -> int:
    """A colour for each account, by its name."""
    return zlib.crc32(login.encode()) % 360


def _ink(color: str) -> str:
    """Black or white, whichever can be read on a label's colour."""
    red, green, blue = (int(color[start : start + 2], 16) for start in (0, 2, 4))
    return "#1b1f24" if 0.299 * red + 0.587 * green + 0.114 * blue >= _DARK_TEXT_FROM else "#ffffff"
