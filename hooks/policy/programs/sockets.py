"""Sockets that a program opens to another machine, and what it writes into them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.programs.loopback import is_loopback
from hooks.policy.programs.text_files import arguments_at, literals

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

_OPENS = re.compile(
    r"(?:\bcreate_connection|\.connect(?:_ex)?|\bsendto)\s*\((?=[^()]*\()|\bopen_connection\s*\(|\bwebsockets?\.\w*connect\w*\s*\("
    r"|\bTelnet\s*\(|\b(?:net|tls)\.(?:connect|createConnection)\s*\(|\.send\s*\((?=[^()]*\d\s*,\s*['\"])"
    r"|\bnew\s+[\w.]+\s*\(\s*(?=['\"`]wss?://)|\b(?:TCPSocket|UDPSocket)\.(?:new|open)\b\s*\(?"
    r"|::(?:INET6?|SSL|IP)->new\s*\(|\b(?:p?fsockopen|stream_socket_client)\s*\("
)
_HOST = re.compile(r"(?:\w+://)?(?:(?:[\w-]+\.)+[A-Za-z]{2,}|\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?(?:/.*)?")
_SENDS = re.compile(
    r"\.(?:send|sendall|sendto|sendmsg|write|end|puts|print|syswrite|<<)\b|\b(?:fwrite|fputs|syswrite)\b|\bprint\s+\{?\s*\$\w+\s*\}?\s+\S"
)


def check_sockets(code: str, command: Command, shell: Shell) -> None:
    """A host that is named, and something that is sent: a connection alone, as for one's own address, sends nothing."""
    opened = [arguments_at(code, match.end()) for match in _OPENS.finditer(code)]
    if opened and _SENDS.search(code):
        for host in (each for arguments in opened for each in literals(arguments)):
            if _HOST.fullmatch(host) and not is_loopback(host):
                shell.refuse_unless_lenient("deploy.request", command.argv)
