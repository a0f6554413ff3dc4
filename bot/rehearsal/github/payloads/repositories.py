"""A repository, its labels and its commits in GitHub's JSON."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from bot.rehearsal.github.bare import Commit
from bot.rehearsal.github.payloads.accounts import user
from bot.rehearsal.github.payloads.words import moment, node_id
from bot.rehearsal.github.records import Account, Label, Role
from bot.rehearsal.github.world import Json, Repository, World

SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\nsimulated\n-----END PGP SIGNATURE-----"
_REPOSITORY_URLS = (
    *["contributors", "deployments", "downloads", "events", "forks", "hooks", "languages", "merges", "stargazers"],
    *["subscribers", "subscription", "tags", "teams"],
)
_REPOSITORY_TEMPLATES = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "issue_comment_url": "issues/comments{/number}",
    "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}",
    "keys_url": "keys{/key_id}",
    "labels_url": "labels{/name}",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}",
    "statuses_url": "statuses/{sha}",
    "trees_url": "git/trees{/sha}",
}

_FLAGS = {
    **dict.fromkeys(("has_issues", "has_pull_requests", "has_downloads", "has_projects", "has_wiki"), True),
    **dict.fromkeys(("has_pages", "has_discussions", "is_template", "web_commit_signoff_required"), False),
    "allow_forking": True,
    "disabled": False,
}


def repository(world: World, shown: Repository, role: Role | None = None) -> Json:
    """`role` adds what the asking account may do, as answers to a token do."""
    api, web = repository_url(world, shown), f"{world.web_url}/{shown.full_name}"
    open_issues = sum(issue.state == "open" for issue in shown.issues.values())
    payload: Json = {
        "id": shown.id,
        "node_id": node_id("R", shown.id),
        "name": shown.name,
        "full_name": shown.full_name,
        "private": shown.private,
        "owner": user(world, shown.owner),
        "html_url": web,
        "description": None,
        "fork": False,
        "url": api,
        **{f"{name}_url": f"{api}/{name}" for name in _REPOSITORY_URLS},
        **{name: f"{api}/{template}" for name, template in _REPOSITORY_TEMPLATES.items()},
        "git_url": f"{web.replace('http://', 'git://')}.git",
        "ssh_url": f"git@127.0.0.1:{shown.full_name}.git",
        "clone_url": f"{web}.git",
        "svn_url": web,
        "created_at": moment(shown.created_at),
        "updated_at": moment(shown.created_at),
        "pushed_at": moment(shown.created_at),
        "default_branch": shown.default_branch,
        "archived": shown.archived,
        "pull_request_creation_policy": "all",
        "visibility": "private" if shown.private else "public",
        "topics": [],
        **dict.fromkeys(("homepage", "language", "mirror_url", "license")),
        **dict.fromkeys(("open_issues", "open_issues_count"), open_issues),
        **dict.fromkeys(("forks", "forks_count", "watchers", "watchers_count", "stargazers_count"), 0),
        "size": shown.git.kilobytes(),
        **dict.fromkeys(("network_count", "subscribers_count"), 0),
        **_FLAGS,
    }
    return payload if role is None else {**payload, "permissions": permissions(role), "role_name": role.label}


def permissions(role: Role) -> dict[str, bool]:
    steps = {"admin": Role.ADMIN, "maintain": Role.MAINTAIN, "push": Role.WRITE, "triage": Role.TRIAGE}
    return {**{name: role >= step for name, step in steps.items()}, "pull": role >= Role.READ}


def repository_url(world: World, shown: Repository) -> str:
    return f"{world.api_url}/repos/{shown.full_name}"


def association(shown: Repository, login: str) -> str:
    if login.lower() == shown.owner.lower():
        return "OWNER"
    return "COLLABORATOR" if shown.role(login) >= Role.TRIAGE else "NONE"


def label(world: World, shown: Repository, item: Label) -> Json:
    return {
        "id": item.id,
        "node_id": node_id("LA", item.id),
        "url": f"{repository_url(world, shown)}/labels/{quote(item.name, safe='')}",
        "name": item.name,
        "color": item.color,
        "default": False,
        "description": item.description,
    }


def _account_of(world: World, email: str) -> Account | None:
    """Whose commit it is: its e-mail decides, whatever name stands beside it. Only GitHub's own addresses are known
    here: of old accounts with the login, of the others with the account's number before it.

    https://docs.github.com/en/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
    """
    name, _, host = email.lower().partition("@")
    if host not in ("users.noreply.github.com", f"users.noreply.{urlsplit(world.web_url).hostname}"):
        return None
    number, plus, login = name.rpartition("+")
    if plus:
        return next((each for each in world.accounts.values() if str(each.id) == number), None)
    return world.accounts.get(login)


def _show_account(world: World, address: str) -> Json | None:
    known = _account_of(world, address)
    return None if known is None else user(world, known.login)


def commit(world: World, shown: Repository, item: Commit) -> Json:
    api = repository_url(world, shown)
    name, address, moved_at = item.committer
    return {
        "sha": item.sha,
        "node_id": node_id("C", int(item.sha[:8], 16)),
        "url": f"{api}/commits/{item.sha}",
        "html_url": f"{world.web_url}/{shown.full_name}/commit/{item.sha}",
        "comments_url": f"{api}/commits/{item.sha}/comments",
        "commit": {
            "url": f"{api}/git/commits/{item.sha}",
            "author": {"name": item.author, "email": item.email, "date": item.date},
            "committer": {"name": name, "email": address, "date": moved_at},
            "message": item.message,
            "tree": {"sha": item.tree, "url": f"{api}/git/trees/{item.tree}"},
            "comment_count": 0,
            "verification": verification(world, None),
        },
        "author": _show_account(world, item.email),
        "committer": _show_account(world, address),
        "parents": [_parent(world, shown, parent) for parent in item.parents],
    }


def _parent(world: World, shown: Repository, sha: str) -> Json:
    web = f"{world.web_url}/{shown.full_name}/commit/{sha}"
    return {"sha": sha, "url": f"{repository_url(world, shown)}/commits/{sha}", "html_url": web}


def verification(world: World, payload: str | None) -> Json:
    """`payload`: what GitHub itself has signed, as it says when it does. Other signatures are not verified here."""
    return {
        "verified": payload is not None,
        "reason": "unsigned" if payload is None else "valid",
        "signature": None if payload is None else SIGNATURE,
        "payload": payload,
        "verified_at": None if payload is None else moment(world.now()),
    }
