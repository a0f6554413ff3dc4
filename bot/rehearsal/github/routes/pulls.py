"""Pull requests."""

from __future__ import annotations

from bot.rehearsal.github import merging, payloads, pulls
from bot.rehearsal.github.access import Need
from bot.rehearsal.github.bare import ChangedFile
from bot.rehearsal.github.records import PullRequest, Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route, text
from bot.rehearsal.github.world import Json, Refused

_READ = Need(permissions=("pull_requests",))
_WRITE = Need(permissions=("pull_requests",), level="write", role=Role.WRITE)
_MERGE = Need(permissions=("contents",), level="write", role=Role.WRITE)
_PULL = "/repos/{owner}/{repo}/pulls/{pull_number}"


@route("GET", "/repos/{owner}/{repo}/pulls", _READ)
def list_pulls(call: ApiCall) -> Reply:
    shown = [pull for pull in call.repository.pull_requests() if _is_wanted(call, pull)]
    fresh = [pull for pull in shown if not call.world.hidden(call.repository, "pull_requests", pull.number)]
    key = "updated_at" if call.query.get("sort") == "updated" else "created_at"
    fresh.sort(key=lambda pull: (getattr(pull, key), pull.number))
    if call.query.get("direction", "desc") != "asc":
        fresh.reverse()
    return call.page(fresh, lambda pull: payloads.pull_request_simple(call.world, call.repository, pull))


@route("POST", "/repos/{owner}/{repo}/pulls", _WRITE)
def create_pull(call: ApiCall) -> Reply:
    pull = pulls.open_pull_request(
        call.world,
        call.repository,
        title=text(call.body, "title"),
        body=call.body.get("body"),
        head=text(call.body, "head"),
        base=text(call.body, "base"),
        author=call.login,
        draft=bool(call.body.get("draft")),
    )
    body = payloads.pull_request(call.world, call.repository, pull)
    return Reply(status=201, body=body, headers={"Location": body["url"]})


@route("GET", _PULL, _READ)
def get_pull(call: ApiCall) -> Reply:
    pull = call.repository.pull_request(call.number("pull_number"))
    return Reply(body={**payloads.pull_request(call.world, call.repository, pull), **_mergeable(call, pull)})


@route("PATCH", _PULL, _WRITE)
def update_pull(call: ApiCall) -> Reply:
    texts = {name: call.body[name] for name in ("title", "body") if name in call.body}
    state, number = call.body.get("state"), call.number("pull_number")
    base = call.body.get("base")
    pull = pulls.edit_pull_request(call.world, call.repository, number, call.login, state=state, base=base, **texts)
    return _show(call, pull)


@route("GET", f"{_PULL}/files", _READ)
def list_files(call: ApiCall) -> Reply:
    pull = call.repository.pull_request(call.number("pull_number"))
    changed = call.repository.git.changed_files(pull.base_sha, pull.head_sha)
    return call.page(changed, lambda file: _file(call, pull, file))


@route("GET", f"{_PULL}/commits", _READ)
def list_commits(call: ApiCall) -> Reply:
    pull = call.repository.pull_request(call.number("pull_number"))
    commits = call.repository.git.commits(f"{pull.base_sha}..{pull.head_sha}")
    return call.page(commits, lambda commit: payloads.commit(call.world, call.repository, commit))


@route("PUT", f"{_PULL}/merge", _MERGE)
def merge_pull(call: ApiCall) -> Reply:
    number = call.number("pull_number")
    expected = call.body.get("sha")
    if expected not in (None, call.repository.pull_request(number).head_sha):
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    if call.repository.stack_of(number) is not None:  # https://github.github.io/gh-stack/reference/merge-api/
        raise Refused(405, "Stacked pull requests are merged using the asynchronous merge REST API.")
    merged = merging.merge_pull_request(
        call.world,
        call.repository,
        number,
        call.login,
        method=call.body.get("merge_method", "merge"),
        title=call.body.get("commit_title"),
        text=call.body.get("commit_message"),
    )
    return Reply(body={"sha": merged.merge_sha, "merged": True, "message": "Pull Request successfully merged"})


def _mergeable(call: ApiCall, pull: PullRequest) -> Json:
    """The first answer after a change of head or base is null, and makes GitHub work it out for the next."""
    base = call.repository.git.branch(pull.base)
    if pull.state != "open" or base is None:
        return {}
    known, ends = call.repository.mergeable, (base, pull.head_sha)
    if ends not in known:
        known[ends] = None
        return {}
    if known[ends] is None:
        known[ends] = call.repository.git.can_merge(*ends)
    clean = known[ends]
    return {"mergeable": clean, "rebaseable": clean, "mergeable_state": "clean" if clean else "dirty"}


def _show(call: ApiCall, pull: PullRequest) -> Reply:
    return Reply(body=payloads.pull_request(call.world, call.repository, pull))


def _is_wanted(call: ApiCall, pull: PullRequest) -> bool:
    """GitHub ignores a `head` without an owner; so does this, since a client that relies on it is wrong."""
    head, base = call.query.get("head", ""), call.query.get("base")
    owner, colon, branch = head.partition(":")
    return (
        call.query.get("state", "open") in ("all", pull.state)
        and (not colon or (owner.lower(), branch) == (call.repository.owner.lower(), pull.head))
        and base in (None, pull.base)
    )


def _file(call: ApiCall, pull: PullRequest, file: ChangedFile) -> Json:
    web = f"{call.world.web_url}/{call.repository.full_name}"
    return {
        "sha": None,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{web}/blob/{pull.head_sha}/{file.path}",
        "raw_url": f"{web}/raw/{pull.head_sha}/{file.path}",
        "contents_url": f"{payloads.repository_url(call.world, call.repository)}/contents/{file.path}",
        "patch": file.patch,
    }
