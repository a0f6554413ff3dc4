"""Check runs, in GitHub's JSON."""

from __future__ import annotations

import zlib
from pathlib import PurePosixPath

from bot.rehearsal.github.payloads.accounts import app
from bot.rehearsal.github.payloads.repositories import repository_url
from bot.rehearsal.github.payloads.words import moment, node_id
from bot.rehearsal.github.records import CheckRun
from bot.rehearsal.github.world import Json, Repository, World


def check_run(world: World, shown: Repository, run: CheckRun) -> Json:
    """Its buttons are not shown to any client."""
    api = f"{repository_url(world, shown)}/check-runs/{run.id}"
    return {
        "id": run.id,
        "node_id": node_id("CR", run.id),
        "head_sha": run.sha,
        "name": run.name,
        "url": api,
        "html_url": f"{world.web_url}/{shown.full_name}/runs/{run.id}",
        "details_url": run.details_url,
        "external_id": run.external_id,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": moment(run.started_at),
        "completed_at": None if run.completed_at is None else moment(run.completed_at),
        "check_suite": {"id": int(run.sha[:8], 16)},
        "output": {**run.output, "annotations_count": 0, "annotations_url": f"{api}/annotations"},
        "app": app(world, run.app),
        "pull_requests": [],
    }


def workflow(world: World, shown: Repository, path: str) -> Json:
    number, name = zlib.crc32(path.encode()), PurePosixPath(path).name
    web = f"{world.web_url}/{shown.full_name}"
    return {
        "id": number,
        "node_id": node_id("W", number),
        "name": name,
        "path": path,
        "state": "disabled_manually" if path in shown.disabled_workflows else "active",
        "created_at": moment(shown.created_at),
        "updated_at": moment(shown.created_at),
        "url": f"{repository_url(world, shown)}/actions/workflows/{number}",
        "html_url": f"{web}/blob/{shown.default_branch}/{path}",
        "badge_url": f"{web}/workflows/{name}/badge.svg",
    }


def told_check_run(body: Json) -> Json:
    """A webhook shows the suite whole, and no null in place of a text."""
    suite = {
        "id": body["check_suite"]["id"],
        "head_sha": body["head_sha"],
        "pull_requests": body["pull_requests"],
    }
    texts = {key: body[key] or "" for key in ("details_url", "external_id")}
    return {**body, **texts, "check_suite": suite}
