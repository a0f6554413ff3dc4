"""The world in GitHub's JSON: one function for each kind of object, for answers and webhooks alike."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import UTC, datetime
from urllib.parse import quote

from bot.rehearsal.github.bare import Commit
from bot.rehearsal.github.records import (
    Account,
    App,
    Comment,
    Event,
    Installation,
    Issue,
    Label,
    PullRequest,
    Reaction,
    Role,
)
from bot.rehearsal.github.world import Json, Repository, World

_USER_URLS = ("followers", "subscriptions", "organizations", "repos", "received_events")
_USER_TEMPLATES = {
    "following_url": "following{/other_user}",
    "gists_url": "gists{/gist_id}",
    "starred_url": "starred{/owner}{/repo}",
    "events_url": "events{/privacy}",
}
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
_REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")


def moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    return base64.b64encode(f"{kind}{number}".encode()).decode()


def user(world: World, login: str) -> Json:
    account = world.account(login)
    api = f"{world.api_url}/users/{quote(account.login)}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("U", account.id),
        "avatar_url": f"{world.web_url}/avatars/{account.id}",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{world.web_url}/{quote(account.login)}",
        **{f"{name}_url": f"{api}/{name}" for name in _USER_URLS},
        **{name: f"{api}/{template}" for name, template in _USER_TEMPLATES.items()},
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def profile(world: World, account: Account) -> Json:
    """GET /user."""
    blank = ("name", "company", "blog", "location", "email", "hireable", "bio", "twitter_username")
    return {
        **user(world, account.login),
        **dict.fromkeys(blank),
        **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
        "created_at": moment(account.created_at),
        "updated_at": moment(account.created_at),
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
        "disabled": False,
        "visibility": "private" if shown.private else "public",
        "topics": [],
        **dict.fromkeys(("homepage", "language", "mirror_url", "license")),
        **dict.fromkeys(("open_issues", "open_issues_count"), open_issues),
        **dict.fromkeys(("forks", "forks_count", "watchers", "watchers_count", "stargazers_count", "size"), 0),
        **dict.fromkeys(("network_count", "subscribers_count"), 0),
        **dict.fromkeys(("has_issues", "has_downloads", "has_projects", "has_wiki", "allow_forking"), True),
        **dict.fromkeys(("has_pages", "has_discussions", "is_template", "web_commit_signoff_required"), False),
    }
    return payload if role is None else {**payload, "permissions": permissions(role), "role_name": role.label}


def permissions(role: Role) -> dict[str, bool]:
    steps = {"admin": Role.ADMIN, "maintain": Role.MAINTAIN, "push": Role.WRITE, "triage": Role.TRIAGE}
    return {**{name: role >= step for name, step in steps.items()}, "pull": role >= Role.READ}


def repository_url(world: World, shown: Repository) -> str:
    return f"{world.api_url}/repos/{shown.full_name}"


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


def association(shown: Repository, login: str) -> str:
    if login.lower() == shown.owner.lower():
        return "OWNER"
    return "COLLABORATOR" if shown.role(login) >= Role.TRIAGE else "NONE"


def reactions(shown: Repository, subject: tuple[str, int], url: str) -> Json:
    counts = Counter(reaction.content for reaction in shown.reactions_to(subject))
    return {
        "url": f"{url}/reactions",
        "total_count": counts.total(),
        **{content: counts[content] for content in _REACTIONS},
    }


def issue(world: World, shown: Repository, item: Issue) -> Json:
    api = f"{repository_url(world, shown)}/issues/{item.number}"
    kind = "pull" if isinstance(item, PullRequest) else "issues"
    payload: Json = {
        **_numbered(world, shown, item),
        "url": api,
        "repository_url": repository_url(world, shown),
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "timeline_url": f"{api}/timeline",
        "html_url": f"{world.web_url}/{shown.full_name}/{kind}/{item.number}",
        "id": item.id,
        "node_id": node_id("I", item.id),
        "comments": len(shown.comments_on(item.number)),
        "state_reason": item.state_reason,
        "type": None,
        "performed_via_github_app": None,
        "closed_by": None if item.closed_by is None else user(world, item.closed_by),
        "reactions": reactions(shown, ("issue", item.number), api),
        "sub_issues_summary": {"total": 0, "completed": 0, "percent_completed": 0},
        "issue_dependencies_summary": dict.fromkeys(
            ("blocked_by", "blocking", "total_blocked_by", "total_blocking"), 0
        ),
    }
    if isinstance(item, PullRequest):
        payload |= {"draft": item.draft, "pull_request": _pull_links(world, shown, item)}
    return payload


def pull_request(world: World, shown: Repository, item: PullRequest) -> Json:
    """A pull request whole, with its size, as GET of one and webhooks have it."""
    changed = shown.git.changed_files(item.base_sha, item.head_sha)
    return {
        **pull_request_simple(world, shown, item),
        "merged": item.merged_at is not None,
        "mergeable": None,  # GitHub works it out after the answer, and says null until then
        "rebaseable": None,
        "mergeable_state": "unknown",
        "merged_by": None if item.merged_by is None else user(world, item.merged_by),
        "comments": len(shown.comments_on(item.number)),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(shown.git.commits(f"{item.base_sha}..{item.head_sha}")),
        "additions": sum(file.additions for file in changed),
        "deletions": sum(file.deletions for file in changed),
        "changed_files": len(changed),
    }


def pull_request_simple(world: World, shown: Repository, item: PullRequest) -> Json:
    api, issue_api = _pull_url(world, shown, item), f"{repository_url(world, shown)}/issues/{item.number}"
    links = {
        "self": api,
        "html": f"{world.web_url}/{shown.full_name}/pull/{item.number}",
        "issue": issue_api,
        "comments": f"{issue_api}/comments",
        "review_comments": f"{api}/comments",
        "review_comment": f"{repository_url(world, shown)}/pulls/comments{{/number}}",
        "commits": f"{api}/commits",
        "statuses": f"{repository_url(world, shown)}/statuses/{item.head_sha}",
    }
    return {
        **_numbered(world, shown, item),
        **_pull_links(world, shown, item),
        **{f"{name}_url": url for name, url in links.items() if name not in ("self", "html")},
        "_links": {name: {"href": url} for name, url in links.items()},
        "id": item.pull_id,
        "node_id": node_id("PR", item.pull_id),
        "draft": item.draft,
        "head": _end(world, shown, item.head, item.head_sha),
        "base": _end(world, shown, item.base, item.base_sha),
        "merge_commit_sha": item.merge_sha,
        "merged_at": None if item.merged_at is None else moment(item.merged_at),
        "auto_merge": None,
        "requested_reviewers": [],
        "requested_teams": [],
    }


def comment(world: World, shown: Repository, item: Comment) -> Json:
    api = f"{repository_url(world, shown)}/issues"
    kind = "pull" if isinstance(shown.issues.get(item.number), PullRequest) else "issues"
    return {
        "url": f"{api}/comments/{item.id}",
        "html_url": f"{world.web_url}/{shown.full_name}/{kind}/{item.number}#issuecomment-{item.id}",
        "issue_url": f"{api}/{item.number}",
        "id": item.id,
        "node_id": node_id("IC", item.id),
        "user": user(world, item.author),
        "created_at": moment(item.created_at),
        "updated_at": moment(item.updated_at),
        "author_association": association(shown, item.author),
        "body": item.body,
        "reactions": reactions(shown, ("comment", item.id), f"{api}/comments/{item.id}"),
        "performed_via_github_app": None,
    }


def reaction(world: World, item: Reaction) -> Json:
    return {
        "id": item.id,
        "node_id": node_id("RE", item.id),
        "user": user(world, item.author),
        "content": item.content,
        "created_at": moment(item.created_at),
    }


def event(world: World, shown: Repository, item: Event) -> Json:
    payload: Json = {
        "id": item.id,
        "node_id": node_id("EV", item.id),
        "url": f"{repository_url(world, shown)}/issues/events/{item.id}",
        "actor": user(world, item.actor),
        "event": item.kind,
        "commit_id": item.commit,
        "commit_url": None,
        "created_at": moment(item.created_at),
        "performed_via_github_app": None,
    }
    if item.label is not None:
        payload["label"] = {"name": item.label.name, "color": item.label.color}
    if item.renamed is not None:
        payload["rename"] = dict(zip(("from", "to"), item.renamed, strict=True))
    if item.kind in ("closed", "reopened"):
        payload["state_reason"] = item.state_reason
    return payload


def app(world: World, item: App) -> Json:
    return {
        "id": item.id,
        "slug": item.slug,
        "node_id": node_id("A", item.id),
        "client_id": f"Iv23{item.id}",
        "owner": user(world, item.login),
        "name": item.slug,
        "description": None,
        "external_url": world.web_url,
        "html_url": f"{world.web_url}/apps/{item.slug}",
        "created_at": moment(item.created_at),
        "updated_at": moment(item.created_at),
        "permissions": dict(item.permissions),
        "events": [],
    }


def installation(world: World, item: Installation) -> Json:
    api = f"{world.api_url}/app/installations/{item.id}"
    return {
        "id": item.id,
        "client_id": f"Iv23{item.app.id}",
        "account": user(world, item.account),
        "repository_selection": "selected",
        "access_tokens_url": f"{api}/access_tokens",
        "repositories_url": f"{world.api_url}/installation/repositories",
        "html_url": f"{world.web_url}/settings/installations/{item.id}",
        "app_id": item.app.id,
        "app_slug": item.app.slug,
        "target_id": world.account(item.account).id,
        "target_type": "User",
        "permissions": dict(item.permissions),
        "events": [],
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": None,
        "created_at": moment(item.created_at),
        "updated_at": moment(item.created_at),
    }


def commit(world: World, shown: Repository, item: Commit) -> Json:
    api = repository_url(world, shown)
    who = {"name": item.author, "email": item.email, "date": item.date}
    known = world.accounts.get(item.author.lower())
    account = None if known is None else user(world, known.login)
    return {
        "sha": item.sha,
        "node_id": node_id("C", int(item.sha[:8], 16)),
        "url": f"{api}/commits/{item.sha}",
        "html_url": f"{world.web_url}/{shown.full_name}/commit/{item.sha}",
        "comments_url": f"{api}/commits/{item.sha}/comments",
        "commit": {
            "url": f"{api}/git/commits/{item.sha}",
            "author": who,
            "committer": who,
            "message": item.message,
            "tree": {"sha": item.tree, "url": f"{api}/git/trees/{item.tree}"},
            "comment_count": 0,
        },
        "author": account,
        "committer": account,
        "parents": [{"sha": parent, "url": f"{api}/commits/{parent}"} for parent in item.parents],
    }


def _numbered(world: World, shown: Repository, item: Issue) -> Json:
    """What an issue and a pull request have in common."""
    return {
        "number": item.number,
        "title": item.title,
        "body": item.body,
        "user": user(world, item.author),
        "labels": [label(world, shown, shown.labels[name.lower()]) for name in item.labels],
        "state": item.state,
        "locked": False,
        "active_lock_reason": None,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "author_association": association(shown, item.author),
        "created_at": moment(item.created_at),
        "updated_at": moment(item.updated_at),
        "closed_at": None if item.closed_at is None else moment(item.closed_at),
    }


def _pull_url(world: World, shown: Repository, item: PullRequest) -> str:
    return f"{repository_url(world, shown)}/pulls/{item.number}"


def _pull_links(world: World, shown: Repository, item: PullRequest) -> Json:
    web = f"{world.web_url}/{shown.full_name}/pull/{item.number}"
    return {
        "url": _pull_url(world, shown, item),
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
    }


def _end(world: World, shown: Repository, ref: str, sha: str) -> Json:
    return {
        "label": f"{shown.owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(world, shown.owner),
        "repo": repository(world, shown),
    }
