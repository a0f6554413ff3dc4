"""Which rules of a repository or its organisation hold for a branch, and which of them this account may bypass."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any
from urllib.parse import quote

from bot.adapters.github.connection import Connection
from bot.adapters.github.errors import GitHubFailed
from bot.adapters.github.reading import as_a, as_object
from bot.core.branch_rules import BranchRule, Bypass

_PUSHES = frozenset({Bypass.ALWAYS, Bypass.EXEMPT})


class Rules(Connection):
    def branch_rules(self, repository: str, branch: str) -> list[BranchRule]:
        """Empty where GitHub has no rulesets, as an old Enterprise Server. Raises GitHubFailed."""
        url = f"/repos/{repository}/rules/branches/{quote(branch, safe='')}"
        try:
            return list(chain.from_iterable(self._pages(self._as(repository), url, _rule)))
        except GitHubFailed as error:
            if error.gone:
                return []
            raise

    def may_bypass(self, repository: str, rule: BranchRule) -> bool:
        """Whether the ruleset lets this account push. No, where GitHub does not show it. Raises GitHubFailed."""
        return self.find_bypass(repository, rule) in _PUSHES

    def find_bypass(self, repository: str, rule: BranchRule) -> Bypass | None:
        """When the ruleset lets this account pass. None where GitHub does not show it. Raises GitHubFailed."""
        try:
            return self._read(self._as(repository), f"/repos/{repository}/rulesets/{rule.ruleset}", _bypass)
        except GitHubFailed as error:
            if error.transient:
                raise
            return None

    def signing_keys(self, login: str) -> frozenset[str] | None:
        """The public keys with which GitHub verifies the account's signatures, as `ssh-ed25519 AAAA…`. None where it
        does not list them, as an old Enterprise Server. Raises GitHubFailed."""
        try:
            pages = self._pages(self._as(""), f"/users/{login}/ssh_signing_keys", _public_key)
            return frozenset(chain.from_iterable(pages))
        except GitHubFailed as error:
            if error.gone:
                return None
            raise


def _public_key(shown: Any) -> str:
    return " ".join(as_a(str, as_object(shown)["key"]).split()[:2])


def _rule(shown: Any) -> BranchRule:
    shown = as_object(shown)
    parameters = shown.get("parameters")
    return BranchRule(
        kind=as_a(str, shown["type"]),
        ruleset=as_a(int, shown["ruleset_id"]),
        source=as_a(str, shown.get("ruleset_source", "")),
        parameters=parameters if isinstance(parameters, Mapping) else {},
    )


def _bypass(shown: Any) -> Bypass | None:
    said = as_object(shown).get("current_user_can_bypass")
    return next((each for each in Bypass if each == said), None)
