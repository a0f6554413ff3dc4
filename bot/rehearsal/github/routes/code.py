"""What lies in git: refs, branches, commits, contents."""

from __future__ import annotations

import posixpath
import re
from base64 import b64decode
from urllib.parse import quote

from bot.rehearsal.github import payloads
from bot.rehearsal.github.access import Need
from bot.rehearsal.github.bare import Entry, GitRefused
from bot.rehearsal.github.pushes import NOTHING, Update, pushed
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, encoded, route, text
from bot.rehearsal.github.world import Json, Refused, not_found

_READ = Need(permissions=("contents",))
_WRITE = Need(permissions=("contents",), level="write", role=Role.WRITE)
_REF = "/repos/{owner}/{repo}/git/refs/{ref}"
_LARGEST_SHOWN = 1_000_000  # bytes: https://docs.github.com/en/rest/repos/contents#get-repository-content
LINK = "120000"
_KINDS = {"tree": "dir", "blob": "file", "commit": "submodule"}


@route("GET", "/repos/{owner}/{repo}/git/ref/{ref}", _READ)
def get_ref(call: ApiCall) -> Reply:
    ref = f"refs/{call.names['ref']}"
    sha = call.repository.git.refs().get(ref)
    if sha is None:
        raise not_found()
    return Reply(body=_ref(call, ref, sha))


@route("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref}", _READ)
def list_matching_refs(call: ApiCall) -> Reply:
    prefix = f"refs/{call.names['ref']}"
    found = [(ref, sha) for ref, sha in call.repository.git.refs().items() if ref.startswith(prefix)]
    return Reply(body=[_ref(call, ref, sha) for ref, sha in found])


@route("POST", "/repos/{owner}/{repo}/git/refs", _WRITE)
def create_ref(call: ApiCall) -> Reply:
    ref, sha, git = text(call.body, "ref"), text(call.body, "sha"), call.repository.git
    if ref.count("/") < 2 or not ref.startswith("refs/") or not git.valid_ref(ref):  # noqa: PLR2004 - refs/KIND/NAME
        raise Refused(422, f"{ref} is not a valid ref name.")
    if ref in git.refs():
        raise Refused(422, "Reference already exists")
    _check_commit(call, sha)
    try:
        git.set_ref(ref, sha, old=NOTHING)
    except GitRefused as refusal:  # made meanwhile
        raise Refused(422, "Reference already exists") from refusal
    pushed(call.world, call.repository, [Update(ref=ref, old=NOTHING, new=sha)], call.login)
    body = _ref(call, ref, sha)
    return Reply(status=201, body=body, headers={"Location": body["url"]})


@route("PUT", "/repos/{owner}/{repo}/contents/{path}", _WRITE)
def create_content(call: ApiCall) -> Reply:
    """A new file in a commit on a branch. GitHub wants the hash of a file that is there already."""
    git, path = call.repository.git, call.names["path"]
    branch = call.body.get("branch") or call.repository.default_branch
    old = git.branch(branch)
    if old is None:
        raise Refused(404, f"Branch {branch} not found")
    if any(entry.path == path for entry in git.entries(old, path)):
        raise Refused(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    files = {path: b64decode(text(call.body, "content"))}
    message = text(call.body, "message")
    new = git.commit(branch, files, author=call.actor.known_login, message=message, now=call.world.now())
    pushed(call.world, call.repository, [Update(ref=f"refs/heads/{branch}", old=old, new=new)], call.login)
    (entry,) = git.entries(new, path)
    shown = payloads.commit(call.world, call.repository, git.commit_at(new))
    commit = {**shown["commit"], "sha": new, "html_url": shown["html_url"], "parents": shown["parents"]}
    return Reply(status=201, body={"content": _entry(call, entry), "commit": commit})


@route("PATCH", _REF, _WRITE)
def update_ref(call: ApiCall) -> Reply:
    ref, sha, git = f"refs/{call.names['ref']}", text(call.body, "sha"), call.repository.git
    old = git.refs().get(ref)
    if old is None:
        raise Refused(422, "Reference does not exist")
    _check_commit(call, sha)
    if not call.body.get("force") and not git.is_ancestor(old, sha):
        raise Refused(422, "Update is not a fast forward")
    try:
        git.set_ref(ref, sha, old=old)
    except GitRefused as refusal:  # moved meanwhile
        raise Refused(422, "Reference cannot be updated") from refusal
    pushed(call.world, call.repository, [Update(ref=ref, old=old, new=sha)], call.login)
    return Reply(body=_ref(call, ref, sha))


@route("DELETE", _REF, _WRITE)
def delete_ref(call: ApiCall) -> Reply:
    ref = f"refs/{call.names['ref']}"
    old = call.repository.git.refs().get(ref)
    if old is None:
        raise Refused(422, "Reference does not exist")
    call.repository.git.delete_ref(ref, old=old)
    pushed(call.world, call.repository, [Update(ref=ref, old=old, new=NOTHING)], call.login)
    return Reply(status=204)


@route("GET", "/repos/{owner}/{repo}/branches/{branch}", _READ)
def get_branch(call: ApiCall) -> Reply:
    name = call.names["branch"]
    sha = call.repository.git.branch(name)
    if sha is None:
        raise Refused(404, "Branch not found")
    api = f"{payloads.repository_url(call.world, call.repository)}/branches/{quote(name)}"
    body: Json = {
        "name": name,
        "commit": payloads.commit(call.world, call.repository, call.repository.git.commit_at(sha)),
        "_links": {"self": api, "html": f"{call.world.web_url}/{call.repository.full_name}/tree/{quote(name)}"},
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{api}/protection",
    }
    return Reply(body=body)


@route("GET", "/repos/{owner}/{repo}/commits/{ref}", _READ)
def get_commit(call: ApiCall) -> Reply:
    sha = call.repository.git.resolve(call.names["ref"])
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {call.names['ref']}")
    commit = call.repository.git.commit_at(sha)
    return Reply(body=payloads.commit(call.world, call.repository, commit))


@route("GET", "/repos/{owner}/{repo}/contents/{path}", _READ)
def get_content(call: ApiCall) -> Reply:
    """A file as base64 (or as it is, if the client accepts `raw`), without its content where it is larger than 1 MB; a
    folder as a list; a link as the file that it leads to, or as itself where it leads to no file."""
    path = call.names["path"].strip("/")
    commit = call.repository.git.resolve(call.query.get("ref", call.repository.default_branch))
    if commit is None:
        raise Refused(404, f"No commit found for the ref {call.query.get('ref', call.repository.default_branch)}")
    entries = call.repository.git.entries(commit, path)
    if not entries:
        raise not_found()
    if len(entries) > 1 or entries[0].path != path:
        return Reply(body=[_entry(call, entry) for entry in entries])
    if entries[0].mode == LINK:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), _text_of(call, entries[0])))
        led_to = call.repository.git.entries(commit, target)
        if len(led_to) != 1 or led_to[0].path != target or led_to[0].mode == LINK:
            return Reply(body={**_entry(call, entries[0]), "target": _text_of(call, entries[0])})
        entries = led_to
    content = call.repository.git.blob(entries[0].sha)
    if "raw" in call.accept:
        return Reply(body=content, headers={"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    shown = {"encoding": "base64", "content": encoded(content)}
    if len(content) > _LARGEST_SHOWN:
        shown = {"encoding": "none", "content": ""}
    return Reply(body={**_entry(call, entries[0]), **shown})


def _text_of(call: ApiCall, entry: Entry) -> str:
    return call.repository.git.blob(entry.sha).decode()


def _check_commit(call: ApiCall, sha: str) -> None:
    if re.fullmatch(r"[0-9a-f]{40}", sha) is None:
        raise Refused(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    if call.repository.git.resolve(sha) is None:
        raise Refused(422, "Object does not exist")


def _ref(call: ApiCall, ref: str, sha: str) -> Json:
    api = f"{payloads.repository_url(call.world, call.repository)}/git"
    return {
        "ref": ref,
        "node_id": payloads.node_id(ref, call.repository.id),
        "url": f"{api}/{quote(ref)}",
        "object": {"sha": sha, "type": "commit", "url": f"{api}/commits/{sha}"},
    }


def _entry(call: ApiCall, entry: Entry) -> Json:
    api = payloads.repository_url(call.world, call.repository)
    web = f"{call.world.web_url}/{call.repository.full_name}"
    branch, path = quote(call.query.get("ref", call.repository.default_branch)), quote(entry.path)
    url, git_url = f"{api}/contents/{path}?ref={branch}", f"{api}/git/{entry.kind}s/{entry.sha}"
    html_url = f"{web}/blob/{branch}/{path}"
    return {
        "type": "symlink" if entry.mode == LINK else _KINDS[entry.kind],
        "name": entry.path.rsplit("/", 1)[-1],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size,
        "url": url,
        "git_url": git_url,
        "html_url": html_url,
        "download_url": f"{web}/raw/{branch}/{path}" if entry.kind == "blob" else None,
        "_links": {"self": url, "git": git_url, "html": html_url},
    }
