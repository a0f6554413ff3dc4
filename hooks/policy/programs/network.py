"""HTTP clients, remote shells and raw sockets: a session may read from other machines, nothing more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import parse
from hooks.policy.programs import Table, families
from hooks.policy.programs.anything import written
from hooks.policy.programs.variables import is_secret_variable
from hooks.policy.shell.values import NO_FEED, UNKNOWN, Command, Feed
from hooks.policy.tables import listed, valued

if TYPE_CHECKING:
    from hooks.policy.options import Options
    from hooks.policy.shell.facade import Shell

LOOPBACK = re.compile(
    r"^(\w+://)?([^@/]*@)?(localhost|127(\.\d{1,3}){3}|\[?::1\]?|0\.0\.0\.0|\[::\]|[\w.-]+\.localhost|host\.docker\.internal)(:\d+|:\0)?([/?#].*)?$",
    re.IGNORECASE,
)
PORT_ONLY = re.compile(r"^:\d*(/.*)?$")
CURL_DATA = (
    "-d",
    "--data",
    "--data-ascii",
    "--data-binary",
    "--data-raw",
    "--data-urlencode",
    "--json",
    "-F",
    "--form",
    "--form-string",
    "-T",
    "--upload-file",
)
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def is_loopback(url: str) -> bool:
    """Whether a URL or host name means this machine."""
    return LOOPBACK.match(url) is not None or PORT_ONLY.match(url) is not None


def curl(command: Command, shell: Shell) -> None:
    """curl: the method decides, and whether anything is sent."""
    options = parse(command.arguments, valued("curl"))
    urls = (*options.operands, *options.values("--url"))
    method = options.value("-X", "--request")
    data = options.values(*CURL_DATA)
    sends = bool(data) and not options.has("-G", "--get", "-I", "--head")
    for name in options.values("-K", "--config"):
        if name == "-":
            shell.doubt("deploy.request", command.argv)
    if method is None:
        method = "POST" if sends else "GET"
    _sent(method, urls, command, shell)
    if sends and method.upper() in SAFE_METHODS and any(data):
        _sent("POST", urls, command, shell)
    _secrets_sent(command, urls, shell)
    _stored(_curl_outputs(options, urls), command, shell)


def _curl_outputs(options: Options, urls: tuple[str, ...]) -> list[str]:
    outputs = list(options.values("-o", "--output"))
    if options.has("-O", "--remote-name", "-J", "--remote-name-all"):
        outputs += [url.partition("?")[0].rstrip("/").rpartition("/")[2] for url in urls]
    return outputs


DATA_STORES = re.compile(r":(9200|5984|8983|8529|7700|6333|8123|8086|2379|8500)(/|$)|_delete_by_query|_all$")
"""Ports of databases that are spoken to over HTTP: a DELETE there destroys data, on this machine too."""


def _sent(method: str, urls: tuple[str, ...], command: Command, shell: Shell) -> None:
    if method.upper() in SAFE_METHODS:
        return
    if any(DATA_STORES.search(url) and (method.upper() == "DELETE" or "_delete_by_query" in url) for url in urls):
        shell.refuse("database.destroy", command.argv)
    if not urls or any(not is_loopback(url) for url in urls):
        shell.refuse("deploy.request", command.argv)


def _secrets_sent(command: Command, urls: tuple[str, ...], shell: Shell) -> None:
    """A secret of the environment as a part of the address leaves with the request."""
    if all(is_loopback(url) for url in urls):
        return
    for name in filter(is_secret_variable, command.names):
        if any(UNKNOWN in url for url in urls):
            shell.refuse("secrets.environment", f"${name}")


def _stored(outputs: list[str], command: Command, shell: Shell) -> None:
    for name in outputs:
        for path in shell.resolve(name):
            written(path, shell)
        shell.session.remember(name, Feed(sources=(command.argv,)), shell.scope)


def wget(command: Command, shell: Shell) -> None:
    """wget: as curl."""
    options = parse(command.arguments, valued("wget"))
    method = options.value("--method")
    if options.values("--post-data", "--post-file") or options.has("--post-file", "--post-data"):
        method = "POST"
    _sent(method or "GET", options.operands, command, shell)
    for setting in options.values("-e", "--execute"):
        if re.search(r"use_askpass|http_proxy|post", setting):
            shell.refuse("deploy.request", command.argv)
    if options.has("--use-askpass"):
        shell.refuse("remote.code", command.argv)
    if not options.has("--spider"):
        outputs = options.values("-O", "--output-document")
        folder = options.value("-P", "--directory-prefix") or "."
        names = [url.partition("?")[0].rstrip("/").rpartition("/")[2] for url in options.operands]
        _stored(
            [name for name in outputs if name != "-"] or [f"{folder}/{name}" for name in names if name and not outputs],
            command,
            shell,
        )


def httpie(command: Command, shell: Shell) -> None:
    """http, https, xh: the method is the first word, or follows from the data."""
    options = parse(
        command.arguments,
        valued("httpie"),
    )
    operands = list(options.operands)
    method = operands.pop(0) if operands and re.fullmatch(r"[A-Za-z]+", operands[0]) and operands[0].upper() in {
        "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} else None  # fmt: skip
    fields = [word for word in operands[1:] if re.match(r"[^=:@]+(:=|=(?!=)|@)", word)]
    if method is None:
        method = "POST" if fields or command.feed.present else "GET"
    _sent(method, tuple(operands[:1]), command, shell)
    _stored(list(options.values("-o", "--output")), command, shell)


def ssh(command: Command, shell: Shell) -> None:
    """ssh: a reading command on the other machine is granted; a login that is fed, a tunnel or anything else is not."""
    options = parse(command.arguments, valued("ssh"), until_operand=True)
    for setting in options.values("-o"):
        if re.match(
            r"\s*(ProxyCommand|LocalCommand|PermitLocalCommand|KnownHostsCommand|ProxyUseFdpass|Include)", setting, re.I
        ):
            shell.code(re.split(r"[=\s]", setting, maxsplit=1)[-1])
            shell.refuse("remote.shell", command.argv)
    if options.has("-R", "-D", "-w", "-L", "-N", "-f", "-W", "-A"):
        shell.refuse("remote.shell", command.argv)
    remote = " ".join(options.operands[1:])
    if command.feed.present and not remote:
        shell.refuse("deploy.shell", command.argv)
    if remote and (command.feed.present or not only_reads(remote, shell)):
        shell.refuse("deploy.shell", command.argv)


def only_reads(remote: str, shell: Shell) -> bool:
    """Whether a command on another machine consists of reading programs; what is worse, its own rule refuses."""
    started = len(shell.session.log)
    shell.code(remote)
    ran = shell.session.since(started)
    return bool(ran) and all(_reads(argv) for argv in ran)


READING_VERBS = {
    "git": {"status", "log", "diff", "show"},
    "docker": {"ps", "logs", "images", "inspect"},
    "kubectl": {"get", "logs", "describe"},
    "systemctl": {"status", "is-active", "list-units", "show"},
}
CHANGING_OPTIONS = {"sed": {"-i"}, "find": {"-delete", "-exec"}, "date": {"-s"}}


def _reads(argv: tuple[str, ...]) -> bool:
    if not argv:
        return True
    name = argv[0].rpartition("/")[2]
    if name in READING_VERBS:
        return not READING_VERBS[name].isdisjoint(argv[1:])
    return name in listed("remote_readers") and CHANGING_OPTIONS.get(name, set()).isdisjoint(argv[1:])


REMOTE_PATH = re.compile(r"^(scp://|sftp://|[\w.-]+@[\w.-]+:|[A-Za-z][\w.-]+:(?!//|\\))")


def scp(command: Command, shell: Shell) -> None:
    """scp: fetching is granted, sending is not."""
    options = parse(command.arguments, valued("scp"))
    for setting in options.values("-o", "-S"):
        if re.search(r"ProxyCommand|/|LocalCommand", setting, re.I):
            shell.refuse("remote.shell", command.argv)
    if options.operands and REMOTE_PATH.match(options.operands[-1]):
        shell.refuse("deploy.shell", command.argv)
    if options.operands:
        written(shell.resolve(options.operands[-1])[0], shell)


def remote_login(command: Command, shell: Shell) -> None:
    """mosh, telnet, ftp, sftp and their kind."""
    if not set(command.arguments) & {"--help", "--version", "-V", "-h"} and command.arguments:
        shell.refuse("deploy.shell", command.argv)


def netcat(command: Command, shell: Shell) -> None:
    """nc, ncat, socat: looking whether a port is open is fine; a program, a file or a listener for others is not."""
    words = command.arguments
    options = parse(words, valued("netcat"))
    if options.values("-e", "-c", "--exec", "--sh-exec", "--lua-exec") or re.search(
        r"\b(EXEC|SYSTEM|SHELL)\s*:", " ".join(words), re.IGNORECASE
    ):
        shell.refuse("remote.shell", command.argv)
    if options.has("-z", "-h", "--help", "--version"):
        return
    if re.search(r"flush_all|FLUSH(ALL|DB)", command.feed.text or "", re.IGNORECASE):
        shell.refuse("database.destroy", command.feed.text)
    if options.has("-l", "--listen"):
        return
    if (
        not any(is_loopback(word) for word in options.operands)
        and not any(re.search(r"localhost|127\.0\.0\.1|UNIX", word) for word in words)
        and (command.feed.present or command.program == "socat" or options.operands)
    ):
        shell.refuse("deploy.request", command.argv)


def mailed(command: Command, shell: Shell) -> None:
    """mail, sendmail: what leaves the machine."""
    if command.feed.present or command.arguments:
        shell.refuse("deploy.request", command.argv)


def tunnelled(command: Command, shell: Shell) -> None:
    """ngrok, cloudflared, localtunnel: they open this machine to the world."""
    if not set(command.arguments) & {"--help", "--version", "version", "help", "status"} and command.arguments:
        shell.refuse("remote.shell", command.argv)


def scanned(command: Command, shell: Shell) -> None:
    """Attack tools have no place in a session."""
    if not set(command.arguments) & {"--help", "--version", "-h", "-V"}:
        shell.refuse("deploy.request", command.argv)


def encrypted(command: Command, shell: Shell) -> None:
    """`openssl s_client -connect` fed from a pipe is a shell to the network; so is `gpg --send-keys`."""
    options = parse(command.arguments, valued("openssl"), single=True)
    operands = options.operands
    if operands[:1] == ("s_client",) and command.feed.present and command.feed.text not in ("", "Q\n"):
        shell.refuse("deploy.request", command.argv)
    keys = options.values("-in", "-inkey")
    if not options.has("-noout", "-pubout") and operands[:1] != ("x509",):
        for key in keys:
            path = shell.resolve(key)[0]
            if path is not None and paths.is_secret(path, shell.context):
                shell.refuse("secrets.file", key)
    if operands[:1] == ("s_server",):
        shell.refuse("remote.shell", command.argv)


def aria(command: Command, shell: Shell) -> None:
    """aria2c: downloads; --on-download-complete runs a program."""
    options = parse(command.arguments, "-o --out -d --dir -i -x -s -j")
    if any(name.startswith("--on-") for name, _ in options.given):
        shell.refuse("remote.code", command.argv)
    names = [url.partition("?")[0].rpartition("/")[2] for url in options.operands]
    _stored(list(options.values("-o", "--out")) or names, Command(argv=command.argv, feed=NO_FEED), shell)


def keys(command: Command, shell: Shell) -> None:
    """ssh-keygen and ssh-add: making and listing keys; not opening or changing the person's own."""
    options = parse(command.arguments, valued("ssh-keygen"))
    for name in (*options.values("-f"), *(options.operands if command.program == "ssh-add" else ())):
        path = shell.resolve(name)[0]
        looking = options.has("-l", "-y", "-R", "-F", "-B") and command.program == "ssh-keygen"
        if (
            path is not None
            and not looking
            and paths.is_secret(path, shell.context)
            and paths.is_startup(path, shell.context)
        ):
            shell.refuse("secrets.file", name)


TABLE: Table = families(
    __name__,
    keys,
    curl,
    wget,
    aria,
    httpie,
    ssh,
    scp,
    remote_login,
    netcat,
    mailed,
    tunnelled,
    scanned,
    encrypted,
)
