"""Remote shells, raw sockets, mail and tunnels; keys and certificates: a session may read from other machines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import Options, parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.every_command import check_write
from hooks.policy.programs.loopback import is_loopback
from hooks.policy.tables import read_list, value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


def check_ssh(command: Command, shell: Shell) -> None:
    """ssh: a reading command on the other machine is granted; a login that is fed, a tunnel or anything else is not."""
    options = parse(command.arguments, value_options("ssh"), stop_at_operand=True)
    for setting in options.values("-o"):
        if re.match(
            r"\s*(ProxyCommand|LocalCommand|PermitLocalCommand|KnownHostsCommand|ProxyUseFdpass|Include)", setting, re.I
        ):
            shell.judge_text(re.split(r"[=\s]", setting, maxsplit=1)[-1])
            shell.refuse("remote.shell", command.argv)
    _check_settings_file(options, command, shell)
    remote = " ".join(options.operands[1:])
    if command.feed.present or (remote and not only_reads(remote, shell)):
        shell.refuse("deploy.shell", command.argv)


RUNS_LOCALLY = re.compile(
    r"^\s*(ProxyCommand|LocalCommand|KnownHostsCommand|Match\s.*exec|Include)", re.I | re.MULTILINE
)


def _check_settings_file(options: Options, command: Command, shell: Shell) -> None:
    """`-F file`: settings can name programs, which ssh runs on this machine."""
    for name in options.values("-F"):
        path = shell.resolve(name)[0]
        if name in {"none", "/dev/null"} or path == str(shell.context.home / ".ssh/config"):
            continue
        text = shell.memory.read_content(path)[1] if path else None
        if text is None or RUNS_LOCALLY.search(text):
            shell.refuse_unless_lenient("remote.shell", command.argv)


def only_reads(remote: str, shell: Shell) -> bool:
    """Whether a command on another machine consists of reading programs; what is worse, its own rule refuses."""
    started = len(shell.memory.log)
    shell.judge_text(remote)
    ran = shell.memory.commands_since(started)
    return bool(ran) and all(_is_reading(argv) for argv in ran)


READING_VERBS = {
    "git": {"status", "log", "diff", "show"},
    "docker": {"ps", "logs", "images", "inspect"},
    "kubectl": {"get", "logs", "describe"},
    "systemctl": {"status", "is-active", "list-units", "show"},
}
CHANGING_OPTIONS = {"sed": {"-i"}, "find": {"-delete", "-exec"}, "date": {"-s"}}


def _is_reading(argv: tuple[str, ...]) -> bool:
    if not argv:
        return True
    name = argv[0].rpartition("/")[2]
    if name in READING_VERBS:
        return not READING_VERBS[name].isdisjoint(argv[1:])
    return name in read_list("remote_readers") and CHANGING_OPTIONS.get(name, set()).isdisjoint(argv[1:])


def check_many_hosts(command: Command, shell: Shell) -> None:
    """`pdsh -w a,b df -h`: ssh to several hosts at once."""
    operands = parse(command.arguments, value_options("many_hosts"), stop_at_operand=True).operands
    if operands:
        shell.judge_argv(("ssh", "host", *operands), command.feed)


REMOTE_PATH = re.compile(r"^(scp://|sftp://|[\w.-]+@[\w.-]+:|[A-Za-z][\w.-]+:(?!//|\\))")


def check_scp(command: Command, shell: Shell) -> None:
    """scp: fetching is granted, sending is not."""
    options = parse(command.arguments, value_options("scp"))
    _check_settings_file(options, command, shell)
    for setting in options.values("-o", "-S"):
        if re.search(r"ProxyCommand|/|LocalCommand", setting, re.I):
            shell.refuse("remote.shell", command.argv)
    if options.operands and REMOTE_PATH.match(options.operands[-1]):
        shell.refuse("deploy.shell", command.argv)
    if options.operands:
        check_write(shell.resolve(options.operands[-1])[0], shell)


def check_netcat(command: Command, shell: Shell) -> None:
    """nc, ncat, socat: looking whether a port is open is fine; a program, a file or a listener for others is not."""
    words = command.arguments
    options = parse(words, value_options("netcat"))
    if options.has("-z", "-h", "--help", "--version"):
        return
    if re.search(r"flush_all|FLUSH(ALL|DB)", command.feed.text or "", re.IGNORECASE):
        shell.refuse("database.destroy", command.feed.text)
    if options.has("-l", "--listen"):
        return
    if (
        not any(is_loopback(word) for word in options.operands)
        and not any(re.search(r"localhost|127\.0\.0\.1|UNIX", word) for word in words)
        and (command.feed.present or options.operands)
    ):
        shell.refuse("deploy.request", command.argv)


def check_openssl(command: Command, shell: Shell) -> None:
    """`openssl s_client -connect` fed from a pipe is a shell to the network; so is `gpg --send-keys`."""
    options = parse(command.arguments, value_options("openssl"), one_dash=True)
    operands = options.operands
    if operands[:1] == ("s_client",) and command.feed.present and command.feed.text not in ("", "Q\n"):
        shell.refuse("deploy.request", command.argv)
    keys = options.values("-in", "-inkey")
    if not options.has("-noout", "-pubout", "-nokeys") and operands[:1] != ("x509",):
        for key in keys:
            path = shell.resolve(key)[0]
            if path is not None and paths.is_secret(path, shell.context):
                shell.refuse("secrets.file", key)


def check_ssh_keygen(command: Command, shell: Shell) -> None:
    """ssh-keygen and ssh-add: making and listing keys; not opening or changing the person's own."""
    options = parse(command.arguments, value_options("ssh-keygen"))
    for name in (*options.values("-f"), *(options.operands if command.program == "ssh-add" else ())):
        path = shell.resolve(name)[0]
        looking = options.has("-l", "-y", "-R", "-F", "-B") and command.program == "ssh-keygen"
        if path is not None and not looking and paths.is_startup(path, shell.context):
            shell.refuse("secrets.file", name)


TABLE: Table = build_table(
    __name__, check_ssh, check_many_hosts, check_scp, check_netcat, check_openssl, check_ssh_keygen
)
