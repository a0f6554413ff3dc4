"""What continuous integration reports of a commit: check runs of apps, with their logs, and statuses of accounts."""

from __future__ import annotations

from collections.abc import Mapping

from bot.rehearsal.github.job_logs import as_logged
from bot.rehearsal.github.records import App, CheckRun, Status
from bot.rehearsal.github.setting import Setting

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

    def _app(self, slug: str) -> App:
        known = next((app for app in self.world.apps.values() if app.slug == slug), None)
        if known is not None:
            return known
        identity = _ACTIONS_ID if slug == ACTIONS else self.world.next_id()
        app = App(id=identity, slug=slug, public_key="", permissions={}, created_at=self.world.now())
        self.add_user(app.login, kind="Bot")
        self.world.apps[identity] = app
        return app
