"""The check runs that an App shows on a commit. GitHub takes them from no personal token.

https://docs.github.com/en/rest/checks/runs#create-a-check-run
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.adapters.github import reading
from bot.adapters.github.conditional import PER_PAGE, AnswerForm, GitHubAnswer, items
from bot.adapters.github.writing import Writing
from bot.core.shown_check import COMPLETED, ShownCheck

_TITLE, _SUMMARY = 200, 60_000  # characters; GitHub takes 65,535 of a summary


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCheckRun:
    """`app`: the slug of the app that made it."""

    number: int
    app: str
    reference: str
    is_completed: bool


class CheckRuns(Writing):
    """Every method raises GitHubFailed."""

    def writes_checks(self, repository: str) -> bool:
        """Whether this account may show check runs there."""
        return self.account.writes_checks(repository)

    def find_check_run(self, repository: str, commit: str, check: ShownCheck, *, app: str) -> FoundCheckRun | None:
        """The app's last check run of this name and reference on the commit."""
        url = f"/repos/{repository}/commits/{quote(commit)}/check-runs"
        asked = {"check_name": check.name, "filter": "all", "per_page": str(PER_PAGE)}
        page = self._answer(self._as(repository), url, _FORM, **asked)
        found = list(page.value)
        while page.following is not None:
            page = self._answer(self._as(repository), page.following, _FORM)
            found += page.value
        ours = [each for each in found if each.reference == check.reference and each.app == app]
        return max(ours, key=lambda each: each.number, default=None)

    def create_check_run(self, repository: str, commit: str, check: ShownCheck) -> int:
        body = {"head_sha": commit, **self._body(check)}
        return self._send("POST", repository, "check-runs", body, reading.identity)

    def update_check_run(self, repository: str, run: int, check: ShownCheck) -> None:
        self._send("PATCH", repository, f"check-runs/{run}", self._body(check))

    def remove_buttons(self, repository: str, run: int) -> None:
        """All else of it stays as it is."""
        self._send("PATCH", repository, f"check-runs/{run}", {"actions": []})

    def _body(self, check: ShownCheck) -> dict[str, Any]:
        """All of it, each time: what is left out stays as it was. With a conclusion GitHub needs no status."""
        ended = {"conclusion": check.conclusion} if check.conclusion is not None else {}
        output = {"title": self.hide(check.title)[:_TITLE], "summary": self.hide(check.summary)[:_SUMMARY]}
        return {
            "name": check.name,
            "external_id": check.reference,
            "status": check.status,
            **ended,
            "output": output,
            "actions": [
                {"label": each.label, "description": each.description, "identifier": each.identifier}
                for each in check.buttons
            ],
        }


def _read_list(answer: GitHubAnswer) -> tuple[FoundCheckRun, ...]:
    return tuple(map(_read_found, items(reading.as_object(answer.body)["check_runs"])))


def _read_found(shown: Any) -> FoundCheckRun:
    shown = reading.as_object(shown)
    app = shown.get("app") or {}
    return FoundCheckRun(
        number=reading.identity(shown),
        app=reading.as_a(str, app.get("slug") or ""),
        reference=reading.as_a(str, shown.get("external_id") or ""),
        is_completed=reading.as_a(str, shown["status"]) == COMPLETED,
    )


_FORM = AnswerForm(into=_read_list)
