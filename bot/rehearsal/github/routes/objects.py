"""Trees and commits that a client has GitHub make. GitHub signs a commit of an App that names no author, committer or
signature; a tree that was only pushed is none to it (renovatebot/renovate, `pushFiles`)."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.rehearsal.github import payloads
from bot.rehearsal.github.access import Need
from bot.rehearsal.github.bare import GitRefused
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route, text
from bot.rehearsal.github.world import Json, Refused

_WRITE = Need(permissions=("contents",), level="write", role=Role.WRITE)


@route("POST", "/repos/{owner}/{repo}/git/trees", _WRITE)
def create_tree(call: ApiCall) -> Reply:
    """Of objects that are there, at the top of the tree alone."""
    entries, git = call.body["tree"], call.repository.git
    rows = "".join(f"{each['mode']} {each['type']} {each['sha']}\t{each['path']}\0" for each in entries)
    try:
        sha = git.run("mktree", "-z", stdin=rows.encode()).decode().strip()
    except GitRefused as refusal:
        raise Refused(422, "tree.sha is not a valid object") from refusal
    call.repository.made_trees.add(sha)
    api = f"{payloads.repository_url(call.world, call.repository)}/git"
    shown = [_entry(each, api) for each in entries]
    return Reply(status=201, body={"sha": sha, "url": f"{api}/trees/{sha}", "truncated": False, "tree": shown})


def _entry(sent: Json, api: str) -> Json:
    shown = {name: sent[name] for name in ("path", "mode", "type", "sha")}
    return shown if sent["type"] == "commit" else {**shown, "url": f"{api}/{sent['type']}s/{sent['sha']}"}


@route("POST", "/repos/{owner}/{repo}/git/commits", _WRITE)
def create_commit(call: ApiCall) -> Reply:
    git, tree, parents = call.repository.git, text(call.body, "tree"), list(call.body.get("parents", []))
    if tree not in call.repository.made_trees:
        raise Refused(422, "Tree SHA does not exist")
    if any(git.resolve(parent) != parent for parent in parents):
        raise Refused(422, "Parent SHA does not exist or is not a commit object")
    is_signed = _is_signed(call)
    author, committer = _people(call, is_signed=is_signed)
    head = "\n".join([f"tree {tree}", *(f"parent {each}" for each in parents), author, committer])
    message = text(call.body, "message")
    folded = payloads.SIGNATURE.replace("\n", "\n ")
    signature = f"\ngpgsig {folded}" if is_signed else ""
    content = f"{head}{signature}\n\n{message}".encode()
    sha = git.run("hash-object", "-t", "commit", "-w", "--stdin", stdin=content).decode().strip()
    return Reply(status=201, body=_show(call, sha, payload=f"{head}\n\n{message}" if is_signed else None))


def _is_signed(call: ApiCall) -> bool:
    """An Enterprise Server does so once its administrator enables it, which this one has not."""
    is_app = call.actor.token is not None and call.actor.token.installation is not None
    return is_app and not call.world.enterprise and not {"author", "committer", "signature"} & set(call.body)


def _people(call: ApiCall, *, is_signed: bool) -> tuple[str, str]:
    account, host = call.world.account(call.login), urlsplit(call.world.web_url).hostname
    own = {"name": account.login, "email": f"{account.id}+{account.login}@users.noreply.{host}"}
    author = call.body.get("author", own)
    committer = {"name": "GitHub", "email": "noreply@github.com"} if is_signed else call.body.get("committer", author)
    at = int(call.world.now().timestamp())
    one, other = (f"{each['name']} <{each['email']}> {at} +0000" for each in (author, committer))
    return f"author {one}", f"committer {other}"


def _show(call: ApiCall, sha: str, *, payload: str | None) -> Json:
    shown: Json = payloads.commit(call.world, call.repository, call.repository.git.commit_at(sha))
    return {
        **{name: shown["commit"][name] for name in ("author", "committer", "message", "tree", "url")},
        **{name: shown[name] for name in ("sha", "node_id", "html_url", "parents")},
        "verification": payloads.verification(call.world, payload),
    }
