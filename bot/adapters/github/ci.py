"""What continuous integration reported of a commit: check runs, statuses, and the logs of jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from github.Requester import Requester

from bot.adapters.github import conditional, reading
from bot.adapters.github.conditional import PER_PAGE, AnswerForm, Fresh, GitHubAnswer, items
from bot.adapters.github.connection import Connection
from bot.adapters.github.errors import GitHubFailed
from bot.adapters.github.reading import as_a, as_object
from bot.core.ci_results import CiResult, CiState, Workflow, state_of

_NOTHING_TO_SEE = frozenset({403, 404, 410, 422})  # no permission, or no such commit
_REFERRED = 302
_ERRORS = 400
_ACTIONS = "github-actions"
_TEXT = 4000  # characters of what a reporter says
_NAME = 200


class Ci(Connection):
    """Every method raises GitHubFailed."""

    def ci_results(self, repository: str, ref: str) -> list[CiResult]:
        """The latest of each name, as GitHub lists them by default. What the account may not see counts as not there.
        `ref`: a commit or a branch.

        https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference
        """
        at = f"/repos/{repository}/commits/{quote(ref)}"
        runs = self._list_results(repository, f"{at}/check-runs", "check_runs", _check_run)
        return [*runs, *self._list_results(repository, f"{at}/status", "statuses", _status)]

    def workflows(self, repository: str) -> list[Workflow]:
        """Of GitHub Actions, also those that are disabled."""
        url = f"/repos/{repository}/actions/workflows"
        page = conditional.one_object(lambda body: [_workflow(each) for each in items(as_object(body)["workflows"])])
        return self._answer(self._as(repository), url, page, per_page=str(PER_PAGE)).value

    def job_log(self, repository: str, job: int, *, most: int) -> str:
        """The last `most` bytes of the log of a job of GitHub Actions."""
        from bot.adapters.github.job_log import fetch_log  # noqa: PLC0415 - few attempts need one

        def fetch(requester: Requester) -> str:
            status, headers, _ = requester.requestJson("GET", f"/repos/{repository}/actions/jobs/{job}/logs")
            if status >= _ERRORS:
                raise requester.createException(status, headers, {})
            if status != _REFERRED:
                raise GitHubFailed(status, "GitHub does not say where the log is")
            return fetch_log(headers["location"], api_host=urlsplit(requester.base_url).netloc, most=most)

        with self._reading():
            return self._as(repository).ask(fetch)

    def _list_results(self, repository: str, url: str, key: str, into: Callable[[Any], CiResult]) -> list[CiResult]:
        ask_as, form = self._as(repository), _list_in(key, into)
        try:
            first = self._get(ask_as, url, form, per_page=str(PER_PAGE))
            found = list(first.value)
            following = first.following if isinstance(first, Fresh) else None
            if following is None:
                self.keep(first)  # all that is noted is read from the note
            while following is not None:
                page = self._answer(ask_as, following, form)
                found, following = [*found, *page.value], page.following
        except GitHubFailed as error:
            if error.status in _NOTHING_TO_SEE and error.retry_after is None:
                return []
            raise
        return found


def _workflow(shown: Any) -> Workflow:
    shown = as_object(shown)
    return Workflow(path=as_a(str, shown["path"]), is_active=shown["state"] == "active")


def _list_in(key: str, into: Callable[[Any], CiResult]) -> AnswerForm[tuple[CiResult, ...]]:
    def shown(body: Any) -> list[Any]:
        return items(reading.as_object(body)[key])

    def read(answer: GitHubAnswer) -> tuple[CiResult, ...]:
        return tuple(map(into, shown(answer.body)))

    def note(answer: GitHubAnswer) -> Any:
        return {key: [_keep_read_parts(each) for each in shown(answer.body)]}

    return AnswerForm(into=read, note=note, from_note=lambda kept: tuple(map(into, shown(kept))))


_NOTED = ("id", "name", "status", "conclusion", "completed_at", "context", "state", "description")
_SAID = ("title", "summary", "text")


def _keep_read_parts(shown: Any) -> Any:
    """What is read of it. Reports of apps may be long."""
    kept = {name: shown.get(name) for name in _NOTED}
    said = shown.get("output") or {}
    app = {"slug": (shown.get("app") or {}).get("slug")}
    return kept | {"app": app, "output": {part: (said.get(part) or "")[:_TEXT] for part in _SAID}}


def _check_run(shown: Any) -> CiResult:
    shown = reading.as_object(shown)
    app, output = shown.get("app") or {}, shown.get("output") or {}
    reporter = reading.as_a(str, app.get("slug") or "")
    has_ended = reading.as_a(str, shown["status"]) == "completed"
    said = (output.get(part) for part in _SAID)
    ended_at = shown.get("completed_at")
    return CiResult(
        name=reading.as_a(str, shown["name"])[:_NAME],
        reporter=reporter,
        state=state_of(shown.get("conclusion") or "") if has_ended else CiState.PENDING,
        text="\n\n".join(part for part in said if isinstance(part, str) and part.strip())[:_TEXT],
        job=reading.identity(shown) if reporter == _ACTIONS else None,
        ended_at=reading.moment(ended_at) if has_ended and ended_at else None,
    )


def _status(shown: Any) -> CiResult:
    shown = reading.as_object(shown)
    return CiResult(
        name=reading.as_a(str, shown["context"])[:_NAME],
        reporter="",
        state=state_of(reading.as_a(str, shown["state"])),
        text=(shown.get("description") or "")[:_TEXT],
    )
