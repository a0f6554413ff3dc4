"""Jobs of GitHub Actions: where their logs are."""

from __future__ import annotations

import re

from bot.rehearsal.github import payloads
from bot.rehearsal.github.access import Need, granted
from bot.rehearsal.github.job_logs import address_of_log
from bot.rehearsal.github.routes.table import ApiCall, Reply, route
from bot.rehearsal.github.world import Refused, not_found

_WORKFLOW = r"\.github/workflows/[^/]+\.ya?ml"
_READ = Need(permissions=("actions",))


@route("GET", "/repos/{owner}/{repo}/actions/workflows", _READ)
def list_workflows(call: ApiCall) -> Reply:
    """The files of the default branch. Those that a person disabled are listed too."""
    git, branch = call.repository.git, call.repository.default_branch
    files = [path for path in git.files(branch) if re.fullmatch(_WORKFLOW, path)] if git.branch(branch) else []
    rendered, headers = call.slice(files, lambda path: payloads.workflow(call.world, call.repository, path))
    return Reply(body={"total_count": len(files), "workflows": rendered}, headers=headers)


@route("GET", "/repos/{owner}/{repo}/actions/jobs/{job_id}/logs", _READ)
def job_logs(call: ApiCall) -> Reply:
    """A job has the number of its check run. Without a token there are none, also in public repositories."""
    if call.actor.token is None:
        raise Refused(403, "Must have admin rights to Repository.")
    permissions = granted(call.actor)
    if permissions is not None and "actions" not in permissions:
        kind = "integration" if call.actor.token.installation else "personal access token"
        raise Refused(403, f"Resource not accessible by {kind}")
    job = call.number("job_id")
    run = call.repository.check_runs.get(job)
    if run is None or run.app.slug != "github-actions":
        raise not_found()
    if job not in call.repository.job_logs:
        raise Refused(410, "Gone")
    return Reply(status=302, headers={"Location": address_of_log(call.world, call.repository.job_logs[job])})
