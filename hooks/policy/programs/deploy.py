"""Clouds, clusters, registries and services: reading is granted, everything that changes them is refused.

`tables/clients.toml` says of each client what reading is; what it does not name counts as changing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hooks.policy.options import parse
from hooks.policy.programs import Rule, Table
from hooks.policy.programs.network import only_reads
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import table

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

HELP = {"--help", "-h", "help", "--version", "version", "-V", "-help"}
DRY = re.compile(
    r"--dry-?run(=(?!none|false).*)?|--no-execute|--dryrun|--check|--plan|--what-if|--noop|-WhatIf|--validate-only|--diff"
    r"|--preview|--generate-cli-skeleton.*|--no-deploy|--list-tasks|--list-hosts|--syntax-check|--list-tags|--no-publish"
)
CHANGING = re.compile(
    r"(delete|destroy|terminate|remove|rm|create|update|deploy|put|purge|drop|reset|stop|kill|apply|rollback|scale|revoke|disable"
    r"|undeploy|drain|evict|detach|deregister|reboot|restart|modify|attach|set|unset|add|import|restore|promote|failover)(-.*)?"
)
VERB_WITHIN = 5
"""A verb stands within this many words behind the service's name; later words are names of things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client: options with values, what only looks, and whether it acts without a subcommand."""

    valued: str
    reads: re.Pattern[str]
    verbs: re.Pattern[str]
    rule: str
    bare: bool
    single: bool

    def looks(self, operands: tuple[str, ...], words: tuple[str, ...]) -> bool:
        """Whether a call with these operands only looks."""
        if self.reads.match(" ".join(operands)) or self.reads.match(" ".join(words)):
            return True
        near = operands[:VERB_WITHIN]
        return any(map(self.verbs.fullmatch, near)) and not any(map(CHANGING.fullmatch, near))


def _client(row: dict[str, Any]) -> Client:
    return Client(
        valued=row.get("valued", ""),
        reads=re.compile(rf"({_any(row.get('reads', []))})(\s|$)"),
        verbs=re.compile(_any(row.get("verbs", []))),
        rule=row.get("rule", "deploy.infrastructure"),
        bare=row.get("bare", True),
        single=row.get("dash") == 1,
    )


def _any(patterns: list[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns) or "(?!)"


def client(row: Client) -> Rule:
    """The rule of one client."""

    def rule(command: Command, shell: Shell) -> None:
        words = command.arguments
        operands = parse(words, row.valued, single=row.single).operands
        if harmless_form(words) or (not operands and row.bare) or row.looks(operands, words):
            return
        if UNKNOWN in "".join(operands[:2]):
            shell.doubt(row.rule, command.argv)
        shell.refuse(row.rule, command.argv)

    return rule


def harmless_form(words: tuple[str, ...]) -> bool:
    """Whether a call asks for help, or only shows what it would do."""
    return not HELP.isdisjoint(words) or any(DRY.fullmatch(word) for word in words) or words == ("-v",)


def in_cluster(command: Command, shell: Shell) -> None:
    """`kubectl exec`: a reading command in a container is granted, like one over ssh."""
    row = CLIENTS["kubectl"]
    operands = parse(command.arguments, row.valued).operands
    inner = command.arguments[command.arguments.index("--") + 1 :] if "--" in command.arguments else operands[2:]
    if operands[:1] == ("exec",) and inner and not command.feed.present and only_reads(" ".join(inner), shell):
        return
    client(row)(command, shell)


CLIENTS = {name: _client(row) for name, row in table("clients").items()}
TABLE: Table = {name: client(row) for name, row in CLIENTS.items()} | dict.fromkeys(("kubectl", "oc", "k"), in_cluster)
