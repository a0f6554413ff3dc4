"""Clouds, clusters, registries and services: reading is granted, everything that changes them is refused.

`tables/clients` says of each client what reading is; any other call counts as changing. All names of a client
share one row, so that no alias is guarded less than the first name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from hooks.policy.asking import asks, is_dry_run
from hooks.policy.options import parse
from hooks.policy.programs import Rule, Table
from hooks.policy.programs.remote import only_reads
from hooks.policy.programs.verbs import names_verb
from hooks.policy.tables import clients, read_list, with_aliases
from hooks.policy.tables.rows import ClientRow

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

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
        if self.reads.match(" ".join(operands)):
            return True
        near, changing = operands[:VERB_WITHIN], read_list("changing_verbs")
        reading = [word for word in near if self.verbs.fullmatch(word)]
        return bool(reading) and not any(names_verb(word, changing) for word in near if word not in reading)

    def asks_only(self, words: tuple[str, ...]) -> bool:
        """Whether a call asks for help or the version, or only shows what it would do."""
        row = self.row
        return asks(words, row.valued, as_word=row.bare) or is_dry_run(
            words, row.dry, row.valued, one_dash=row.one_dash
        )

    def reveals_secret(self, words: tuple[str, ...]) -> bool:
        """Whether a call prints a credential: its options may stand anywhere."""
        bare = " ".join(word for word in words if not word.startswith("-"))
        return any(self.secrets.match(text) for text in (" ".join(words), bare, self._with_options_behind(words)))

    def _with_options_behind(self, words: tuple[str, ...]) -> str:
        """The same call as most people spell it: `get -oyaml secret x` is `get secret x -o yaml`."""
        options = parse(words, self.row.valued, one_dash=self.row.one_dash)
        given = (word for option in options.given for word in option if word)
        return " ".join((*options.operands, *given))


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
        if (not operands and row.bare) or client.asks_only(words) or client.reads_only(operands, words):
            return
        if operands[:1] and operands[0] in row.hands_to.split():
            _judge_handed(operands[0], command, shell)
            return
        if row.exec and _reads_in_cluster(operands, command, shell):
            return
        shell.refuse(row.rule, command.argv)

    return check_client


def _judge_handed(name: str, command: Command, shell: Shell) -> None:
    """`minikube kubectl -- …`: the client that it carries, under that one's name."""
    words = command.arguments
    inner = words[words.index(name) + 1 :]
    shell.judge_argv((name, *inner[inner[:1] == ("--",) :]), command.feed)


def _reads_in_cluster(operands: tuple[str, ...], command: Command, shell: Shell) -> bool:
    """`kubectl exec`: a reading command in a container is granted, like one over ssh."""
    words = command.arguments
    inner = words[words.index("--") + 1 :] if "--" in words else operands[2:]
    fed = command.feed.present
    return operands[:1] == ("exec",) and bool(inner) and not fed and only_reads(" ".join(inner), shell)


TABLE: Table = {name: client_rule(row) for name, row in with_aliases(clients()).items()}
