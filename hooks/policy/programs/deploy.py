"""Clouds, clusters, registries and services: reading is granted, everything that changes them is refused.

`tables/clients` says of each client what reading is; any other call counts as changing. All names of a client
share one row, so that no alias is guarded less than the first name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Rule, Table
from hooks.policy.programs.remote import only_reads
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import clients, with_aliases
from hooks.policy.tables.rows import ClientRow

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
"""A verb is within this many words after the service's name; later words are names of things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client: its row, and the patterns of the row compiled."""

    row: ClientRow
    reads: re.Pattern[str]
    verbs: re.Pattern[str]
    secrets: re.Pattern[str]

    def reads_only(self, operands: tuple[str, ...], words: tuple[str, ...]) -> bool:
        """Whether a call with these operands only looks."""
        if not {word.partition("=")[0] for word in words}.isdisjoint(self.row.changing_options.split()):
            return False
        if self.reads.match(" ".join(operands)) or self.reads.match(" ".join(words)):
            return True
        near = operands[:VERB_WITHIN]
        return any(map(self.verbs.fullmatch, near)) and not any(map(CHANGING.fullmatch, near))

    def reveals_secret(self, words: tuple[str, ...]) -> bool:
        """Whether a call prints a credential: its options may stand anywhere before the words that do."""
        bare = " ".join(word for word in words if not word.startswith("-"))
        return bool(self.secrets.match(" ".join(words)) or self.secrets.match(bare))


@cache
def read_client(row: ClientRow) -> Client:
    """A client of this row. Compiled when it is first called: all of them take half of the time of a gate's start."""
    return Client(
        row=row,
        reads=re.compile(rf"({_either(row.reads)})(\s|$)"),
        verbs=re.compile(_either(row.verbs)),
        secrets=re.compile(rf"(-\S+ (\S+ )?)*({_either(row.secrets)})"),
    )


def _either(patterns: tuple[str, ...]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns) or "(?!)"


def client_rule(row: ClientRow) -> Rule:
    """The rule of one client."""

    def check_client(command: Command, shell: Shell) -> None:
        client, words = read_client(row), command.arguments
        if client.reveals_secret(words):
            shell.refuse("secrets.vault", command.argv)
        operands = parse(words, row.valued, one_dash=row.one_dash).operands
        if is_help_or_dry_run(words) or (not operands and row.bare) or client.reads_only(operands, words):
            return
        if row.exec and _reads_in_cluster(operands, command, shell):
            return
        if UNKNOWN in "".join(operands[:2]):
            shell.refuse_unless_lenient(row.rule, command.argv)
        shell.refuse(row.rule, command.argv)

    return check_client


def is_help_or_dry_run(words: tuple[str, ...]) -> bool:
    """Whether a call asks for help, or only shows what it would do."""
    return not HELP.isdisjoint(words) or any(DRY.fullmatch(word) for word in words) or words == ("-v",)


def _reads_in_cluster(operands: tuple[str, ...], command: Command, shell: Shell) -> bool:
    """`kubectl exec`: a reading command in a container is granted, like one over ssh."""
    words = command.arguments
    inner = words[words.index("--") + 1 :] if "--" in words else operands[2:]
    fed = command.feed.present
    return operands[:1] == ("exec",) and bool(inner) and not fed and only_reads(" ".join(inner), shell)


TABLE: Table = {name: client_rule(row) for name, row in with_aliases(clients()).items()}
