"""Accounts, apps and installations in GitHub's JSON."""

from __future__ import annotations

from urllib.parse import quote

from bot.rehearsal.github.app_records import App, Installation
from bot.rehearsal.github.payloads.words import moment, node_id
from bot.rehearsal.github.records import Account
from bot.rehearsal.github.teams import Team
from bot.rehearsal.github.world import Json, World

_USER_URLS = ("followers", "subscriptions", "organizations", "repos", "received_events")
_USER_TEMPLATES = {
    "following_url": "following{/other_user}",
    "gists_url": "gists{/gist_id}",
    "starred_url": "starred{/owner}{/repo}",
    "events_url": "events{/privacy}",
}


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


def organization(world: World, login: str) -> Json:
    """An owner as webhooks show it."""
    account = world.account(login)
    api = f"{world.api_url}/orgs/{quote(account.login)}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("O", account.id),
        "url": api,
        **{f"{name}_url": f"{api}/{name}" for name in ("repos", "events", "hooks", "issues")},
        "members_url": f"{api}/members{{/member}}",
        "public_members_url": f"{api}/public_members{{/member}}",
        "avatar_url": f"{world.web_url}/avatars/{account.id}",
        "description": None,
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


def team(world: World, item: Team) -> Json:
    api = f"{world.api_url}/organizations/{world.account(item.owner).id}/team/{item.id}"
    return {
        "id": item.id,
        "node_id": node_id("T", item.id),
        "name": item.slug,
        "slug": item.slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "push",
        "type": "organization",
        "organization_id": world.account(item.owner).id,
        "url": api,
        "html_url": f"{world.web_url}/orgs/{quote(item.owner)}/teams/{quote(item.slug)}",
        "members_url": f"{api}/members{{/member}}",
        "repositories_url": f"{api}/repos",
        "parent": None,
    }


def app(world: World, item: App) -> Json:
    return {
        "id": item.id,
        "slug": item.slug,
        "node_id": node_id("A", item.id),
        "client_id": item.client_id,
        "owner": user(world, item.login),
        "name": item.slug,
        "description": None,
        "external_url": world.web_url,
        "html_url": f"{world.web_url}/apps/{item.slug}",
        "created_at": moment(item.created_at),
        "updated_at": moment(item.created_at),
        "permissions": dict(item.permissions),
        "events": list(item.events),
    }


def installation(world: World, item: Installation) -> Json:
    api = f"{world.api_url}/app/installations/{item.id}"
    return {
        "id": item.id,
        "client_id": item.app.client_id,
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
        "events": list(item.app.events),
        "single_file_name": None,
        "single_file_paths": [],
        "has_multiple_single_files": False,
        "suspended_by": None,
        "suspended_at": None,
        "created_at": moment(item.created_at),
        "updated_at": moment(item.created_at),
    }
