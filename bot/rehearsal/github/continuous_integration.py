"""What continuous integration reports of a commit: check runs of apps, with their logs, and statuses of accounts."""

from __future__ import annotations

from collections.abc import Mapping

from bot.rehearsal.github import payloads
from bot.rehearsal.github.app_records import App
from bot.rehearsal.github.job_logs import as_logged
from bot.rehearsal.github.records import CheckRun, Role, Status
from bot.rehearsal.github.setting import Setting
from bot.rehearsal.github.world import Json, Refused

ACTIONS = "github-actions"
_ACTIONS_ID = 15368  # as on github.com


class ContinuousIntegration(Setting):
    """The part of a simulated GitHub with which a scenario reports results."""

    def report_check(
        self,
        repository: str,
        commit: str,
        name: str,
        conclusion: str | None = "failure",
        *,
        log: str | None = None,
        output: Mapping[str, str] | None = None,
        app: str = ACTIONS,
    ) -> CheckRun:
        """A check run of a commit or branch; `conclusion` None: it is still at work. `log`: of a job of Actions; None:
        it is gone. `output`: title, summary and text, as apps give them."""
        with self.world.lock:
            here, now = self.world.repository(repository), self.world.now()
            sha = here.git.resolve(commit)
            assert sha is not None, f"{commit} is no commit of {repository}"  # noqa: S101 - a mistake of the caller
            run = CheckRun(
                id=self.world.next_id(),
                sha=sha,
                name=name,
                app=self._app(app),
                status="completed" if conclusion else "in_progress",
                conclusion=conclusion,
                details_url=f"{self.world.web_url}/{repository}/actions/runs/1",
                external_id=None,
                started_at=now,
                completed_at=now if conclusion else None,
                output={key: (output or {}).get(key) for key in ("title", "summary", "text")},
            )
            here.check_runs[run.id] = run
            if log is not None:
                here.job_logs[run.id] = as_logged(log, now)
            return run

    def set_status(
        self, repository: str, commit: str, context: str, state: str = "failure", *, description: str = "", by: str
    ) -> None:
        """`state`: error, failure, pending or success."""
        with self.world.lock:
            here = self.world.repository(repository)
            sha = here.git.resolve(commit)
            assert sha is not None, f"{commit} is no commit of {repository}"  # noqa: S101 - a mistake of the caller
            status = Status(
                id=self.world.next_id(),
                sha=sha,
                state=state,
                context=context,
                description=description or None,
                target_url=None,
                creator=self.world.account(by).login,
                created_at=self.world.now(),
            )
            here.statuses.append(status)

    def check_runs(self, repository: str, commit: str, *, app: str) -> list[CheckRun]:
        """The app's check runs of a commit or branch, the latest of each name."""
        with self.world.lock:
            here = self.world.repository(repository)
            sha = here.git.resolve(commit)
            named = {run.name: run for run in here.check_runs.values() if run.sha == sha and run.app.slug == app}
            return list(named.values())

    def press_button(self, repository: str, run: int, label: str, *, by: str) -> None:
        """A person presses a button of a check run. GitHub shows them once it is completed, to people who may write."""
        with self.world.lock:
            found = self.world.repository(repository).check_runs[run]
            action = next((each for each in found.actions if each["label"] == label), None)
            if found.conclusion is None or action is None:
                raise Refused(422, f"GitHub shows no button {label!r} of this check run")
            asked = {"requested_action": {"identifier": action["identifier"]}}
            self._ask(repository, found, "requested_action", by, asked)

    def rerun_check(self, repository: str, run: int, *, by: str) -> None:
        """A person presses GitHub's button "Re-run" of one check run."""
        with self.world.lock:
            self._ask(repository, self.world.repository(repository).check_runs[run], "rerequested", by, {})

    def _ask(self, repository: str, run: CheckRun, action: str, by: str, asked: Json) -> None:
        here, who = self.world.repository(repository), self.world.account(by).login
        if here.role(who) < Role.WRITE:
            raise Refused(403, "Must have write rights to Repository.")
        payload = payloads.told_check_run(payloads.check_run(self.world, here, run))
        self.world.tell(here, "check_run", action, who, {"check_run": payload, **asked})

    def _app(self, slug: str) -> App:
        known = next((app for app in self.world.apps.values() if app.slug == slug), None)
        if known is not None:
            return known
        identity = _ACTIONS_ID if slug == ACTIONS else self.world.next_id()
        app = App(id=identity, slug=slug, public_key="", permissions={}, created_at=self.world.now())
        self.add_user(app.login, kind="Bot")
        self.world.apps[identity] = app
        return app
