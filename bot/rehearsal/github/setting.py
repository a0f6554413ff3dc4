"""Who and what there is: accounts, tokens, apps, repositories, roles, hooks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from cryptography.hazmat.primitives import serialization

from bot.core.references import is_repository
from bot.rehearsal.github.app_records import App, Installation
from bot.rehearsal.github.bare import BareRepository
from bot.rehearsal.github.limits import ApiLimits
from bot.rehearsal.github.records import Account, Barrier, Hook, Role, Ruleset, Token
from bot.rehearsal.github.stored import Content
from bot.rehearsal.github.teams import Team
from bot.rehearsal.github.webhooks import Webhooks
from bot.rehearsal.github.world import Repository, World

ALL_THAT_A_BOT_NEEDS = {
    "metadata": "read",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
    "statuses": "write",
    "actions": "read",
}


class Setting:
    """The part of a simulated GitHub that is set up before anything happens, or changed by its owners."""

    world: World
    webhooks: Webhooks

    def add_user(self, login: str, *, kind: str = "User") -> Account:
        """An account; kind is User, Bot or Organization. One that is there already is left as it is."""
        with self.world.lock:
            now = self.world.now()
            account = Account(id=self.world.next_id(), login=login, kind=kind, created_at=now)
            return self.world.accounts.setdefault(login.lower(), account)

    def sign_in(self, login: str | None) -> None:
        """Whom the pages take their reader for."""
        with self.world.lock:
            self.world.signed_in = login

    def add_team(
        self, owner: str, slug: str, members: tuple[str, ...], *, repositories: tuple[str, ...] | None = None
    ) -> Team:
        """A team of the organization `owner`, with access to `repositories` (None: to all)."""
        with self.world.lock:
            logins = tuple(self.world.account(login).login for login in members)
            team = Team(id=self.world.next_id(), owner=owner, slug=slug, members=logins, repositories=repositories)
            self.world.teams[owner.lower(), slug.lower()] = team
            return team

    def add_token(
        self,
        login: str,
        *,
        value: str | None = None,
        scopes: tuple[str, ...] = ("repo",),
        permissions: Mapping[str, str] | None = None,
        repositories: tuple[str, ...] | None = None,
    ) -> Token:
        """A classic token with `scopes`, or with `permissions` a fine-grained one for `repositories`."""
        with self.world.lock:
            fine = permissions is not None
            token = Token(
                value=value or f"{'github_pat_' if fine else 'ghp_'}{secrets.token_hex(18)}",
                login=self.world.account(login).login,
                scopes=None if fine else scopes,
                permissions=permissions,
                repositories=repositories,
            )
            self.world.tokens[token.value] = token
            return token

    def revoke_token(self, value: str) -> None:
        with self.world.lock:
            del self.world.tokens[value]

    def add_app(
        self,
        app_id: int,
        *,
        slug: str,
        key: str,
        permissions: Mapping[str, str] = ALL_THAT_A_BOT_NEEDS,
        callback_urls: tuple[str, ...] = (),
    ) -> App:
        """An app and its bot account. `key` is PEM: its public key, or the private one that it belongs to."""
        with self.world.lock:
            app = App(
                id=app_id,
                slug=slug,
                public_key=public_key(key),
                permissions=permissions,
                client_secret=secrets.token_hex(20),
                callback_urls=callback_urls,
                created_at=self.world.now(),
            )
            self.add_user(app.login, kind="Bot")
            self.world.apps[app_id] = app
            return app

    def install_app(
        self, app_id: int, repositories: tuple[str, ...], *, permissions: Mapping[str, str] | None = None
    ) -> Installation:
        """Install it on repositories of one owner."""
        with self.world.lock:
            app = self.world.apps[app_id]
            installation = Installation(
                id=self.world.next_id(),
                app=app,
                account=self.world.repository(repositories[0]).owner,
                repositories=repositories,
                permissions=permissions or app.permissions,
                created_at=self.world.now(),
            )
            self.world.installations[installation.id] = installation
            return installation

    def add_repository(
        self,
        full_name: str,
        *,
        files: Mapping[str, Content] = MappingProxyType({}),
        source: Path | None = None,
        default_branch: str | None = None,
        archived: bool = False,
        private: bool = False,
        has_drafts: bool = True,
    ) -> Repository:
        """A repository with the history of `source`, another one or a bundle, and one commit of `files`, or an empty
        one; its owner comes into being with it. `default_branch` None: that of `source`, else `main`. Raises GitRefused
        for a source that cannot be read."""
        if not is_repository(full_name):
            raise ValueError(f"{full_name!r} is not a repository: expected OWNER/REPO, such as octo/tools")
        with self.world.lock:
            owner = self.add_user(full_name.split("/", maxsplit=1)[0], kind="Organization").login
            git = BareRepository(self.world.folder / f"{full_name}.git", self.world.lock.released)
            git.create(default_branch or "main")
            if source is not None:
                checked_out = git.take_history(source)
                default_branch = default_branch or checked_out
            default_branch = default_branch or "main"
            git.check_out(default_branch)
            if files:
                git.commit(default_branch, files, author=owner, message="Begin", now=self.world.now())
            repository = Repository(
                id=self.world.next_id(),
                full_name=full_name,
                default_branch=default_branch,
                private=private,
                archived=archived,
                has_drafts=has_drafts,
                git=git,
                created_at=self.world.now(),
            )
            self.world.repositories[full_name.lower()] = repository
            return repository

    def archive_repository(self, full_name: str) -> None:
        with self.world.lock:
            self.world.repository(full_name).archived = True

    def delete_repository(self, full_name: str) -> None:
        """It is gone for the API and for git."""
        with self.world.lock:
            repository = self.world.repositories.pop(full_name.lower())
            repository.git.path.rename(repository.git.path.with_suffix(".deleted"))

    def disable_workflow(self, repository: str, path: str) -> None:
        """As a person does on the page Actions, or GitHub after sixty days without a commit."""
        with self.world.lock:
            self.world.repository(repository).disabled_workflows.add(path)

    def set_merging(self, repository: str, **settings: bool) -> None:
        """GitHub's settings allow_merge_commit, allow_squash_merge, allow_rebase_merge and delete_branch_on_merge."""
        with self.world.lock:
            here = self.world.repository(repository)
            here.merging = replace(here.merging, **settings)

    def enable_stacks(self, repository: str) -> None:
        """Switch the preview of native stacks on."""
        with self.world.lock:
            self.world.repository(repository).has_stacks = True

    def delay_base_changes(self, repository: str, times: int = 1) -> None:
        """Of so many merged pull requests, let GitHub close the dependents before it gives them another base, as it
        happens where branches are deleted on merge."""
        with self.world.lock:
            self.world.repository(repository).late_base_changes = times

    def set_role(self, repository: str, login: str, role: Role | str) -> None:
        """none, read, triage, write, maintain or admin."""
        with self.world.lock:
            given = role if isinstance(role, Role) else Role[role.upper()]
            self.world.repository(repository).roles[self.world.account(login).login.lower()] = given

    def add_webhook(
        self, url: str, secret: str, *, repositories: tuple[str, ...] | None = None, app: int | None = None
    ) -> Hook:
        """A hook of `repositories` (None: of all), or of an app. GitHub pings it at once."""
        with self.world.lock:
            hook = Hook(
                id=self.world.next_id(),
                url=url,
                secret=secret,
                repositories=repositories,
                app=app,
                created_at=self.world.now(),
            )
            self.world.hooks[hook.id] = hook
            self.webhooks.ping(hook)
            return hook

    def add_ruleset(
        self,
        repository: str,
        *rules: str,
        branches: tuple[str, ...] = ("*",),
        bypass: tuple[str, ...] = (),
        parameters: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
    ) -> Ruleset:
        """Active rules for all branches that one of the globs fits; `parameters`: by the type of the rule."""
        with self.world.lock:
            ruleset = Ruleset(
                id=self.world.next_id(),
                name="Rules",
                branches=branches,
                rules={kind: parameters.get(kind, {}) for kind in rules},
                bypass=bypass,
                created_at=self.world.now(),
            )
            self.world.repository(repository).rulesets[ruleset.id] = ruleset
            return ruleset

    def add_signing_key(self, login: str, key: str) -> None:
        """A public SSH key that a person adds to the account, for signatures."""
        with self.world.lock:
            account = self.world.account(login)
            self.world.accounts[login.lower()] = replace(account, signing_keys=(*account.signing_keys, key))

    def refuse_new_tokens(self, seconds: float, *, status: int = 401) -> None:
        """Installation tokens are not known everywhere at once: refuse each that is made from now on for so long."""
        with self.world.lock:
            self.world.new_token_seconds, self.world.refuses_new_tokens = seconds, status

    def refuse_page_numbers(self, items: int) -> None:
        """In listings of more than so many items: these have cursors. From where on is not documented."""
        with self.world.lock:
            self.world.most_numbered = items

    def suspend(self, login: str, *, suspended: bool = True) -> None:
        """The account may do nothing any more, or may again."""
        with self.world.lock:
            change = self.world.suspended.add if suspended else self.world.suspended.discard
            change(login.lower())

    def close_to_outsiders(self, owner: str, barrier: Barrier | None) -> None:
        """Single sign-on or an allow list of an organization; None opens it again."""
        with self.world.lock:
            self.world.barriers.pop(owner.lower(), None)
            if barrier is not None:
                self.world.barriers[owner.lower()] = barrier

    def become_enterprise_server(self, version: str = "3.18.2") -> None:
        """As a GitHub Enterprise Server whose administrators left rate limits off."""
        with self.world.lock:
            self.world.enterprise = version

    def enforce_limits(self, limits: ApiLimits | None) -> None:
        """Refuse what goes beyond these from now on; None: refuse nothing, and only count."""
        with self.world.lock:
            self.world.limits.enforced = limits

    def expire_installation_tokens(self) -> None:
        """As if an hour had passed: they are refused from now on."""
        with self.world.lock:
            for token in [token for token in self.world.tokens.values() if token.installation is not None]:
                del self.world.tokens[token.value]


def public_key(pem: str) -> str:
    """The public half of a key, whichever half is given."""
    if "PRIVATE" not in pem:
        return pem
    public = serialization.load_pem_private_key(pem.encode(), password=None).public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
