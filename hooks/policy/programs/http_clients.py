"""HTTP clients: a session may read from other machines, nothing more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.curl_settings import read_words
from hooks.policy.programs.encoded_files import check_encoded_file, check_lookup
from hooks.policy.programs.every_command import check_write
from hooks.policy.programs.loopback import is_loopback
from hooks.policy.programs.variables import is_secret_variable
from hooks.policy.shell.values import NO_FEED, UNKNOWN, Command, Feed
from hooks.policy.tables import value_options

if TYPE_CHECKING:
    from hooks.policy.options import Options
    from hooks.policy.shell.facade import Shell

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
CURL_TEXTS = ("-H", "--header", "-A", "--user-agent", "-b", "--cookie", "-u", "--user", "-e", "--referer")
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def check_curl(command: Command, shell: Shell) -> None:
    """curl: the method decides, and whether anything is sent."""
    options = parse(command.arguments, value_options("curl"))
    urls = (*options.operands, *options.values("--url"))
    method = options.value("-X", "--request")
    data = options.values(*CURL_DATA)
    sends = bool(data) and not options.has("-G", "--get", "-I", "--head")
    for name in options.values("-K", "--config"):
        _check_settings(name, command, shell)
    if method is None:
        method = "POST" if sends else "GET"
    _check_request(method, urls, command, shell)
    if sends and method.upper() in SAFE_METHODS and any(data):
        _check_request("POST", urls, command, shell)
    if not sends and _names_file(options):
        _check_request("POST", urls, command, shell)
    _check_secrets_in_url(command, urls, shell)
    check_encoded_file((*urls, *options.values(*CURL_TEXTS)), urls, command, shell)
    _remember_downloads(_curl_outputs(options, urls), command, shell)


def _check_settings(name: str, command: Command, shell: Shell) -> None:
    """Options in a file that this session wrote, or on standard input, as if they stood on the command line."""
    if name != "-" and not shell.memory.is_own_file(name, shell.scope):
        return
    paths = [path for path in shell.resolve(name) if path]
    texts = [command.feed.text] if name == "-" else [shell.memory.read_content(path)[1] for path in paths]
    for text in texts:
        if text is None or UNKNOWN in text or re.search(r"(?m)^\s*(-K|-{0,2}config)\b", text):
            shell.refuse_unless_lenient("deploy.request", command.argv)
            continue
        with shell.memory.judge_once("settings of curl", name) as fresh:
            if fresh:  # the words still name the file: `-Kc.txt` may stand behind other letters
                shell.judge_argv((command.argv[0], *read_words(text), *command.arguments), command.feed)


def _names_file(options: Options) -> bool:
    """`-G --data-urlencode q@FILE`: a file's text as a part of the address."""
    plain = options.values("-d", "--data", "--data-ascii", "--data-binary")
    named = (re.match(r"[\w-]*@", value) for value in options.values("--data-urlencode"))
    return any(value.startswith("@") for value in plain) or any(named)


def _curl_outputs(options: Options, urls: tuple[str, ...]) -> list[str]:
    outputs = list(options.values("-o", "--output"))
    if options.has("-O", "--remote-name", "-J", "--remote-name-all"):
        outputs += [url.partition("?")[0].rstrip("/").rpartition("/")[2] for url in urls]
    return outputs


DATA_STORES = re.compile(r":(9200|5984|8983|8529|7700|6333|8123|8086|2379|8500)(/|$)|_delete_by_query|_all$")
"""Ports of databases that have an HTTP interface: a DELETE there destroys data, on this machine too."""


def _check_request(method: str, urls: tuple[str, ...], command: Command, shell: Shell) -> None:
    if method.upper() in SAFE_METHODS:
        return
    if any(DATA_STORES.search(url) and (method.upper() == "DELETE" or "_delete_by_query" in url) for url in urls):
        shell.refuse("database.destroy", command.argv)
    if not urls or any(not is_loopback(url) for url in urls):
        shell.refuse("deploy.request", command.argv)


def _check_secrets_in_url(command: Command, urls: tuple[str, ...], shell: Shell) -> None:
    """A secret of the environment as a part of the address leaves with the request."""
    if all(is_loopback(url) for url in urls):
        return
    for name in filter(is_secret_variable, command.names):
        if any(UNKNOWN in url for url in urls):
            shell.refuse("secrets.environment", f"${name}")


def _remember_downloads(outputs: list[str], command: Command, shell: Shell) -> None:
    for name in filter(None, outputs):
        for path in shell.resolve(name):
            check_write(path, shell)
        shell.memory.remember(name, Feed(sources=(command.argv,)), shell.scope)


def check_wget(command: Command, shell: Shell) -> None:
    """wget: as curl."""
    options = parse(command.arguments, value_options("wget"))
    method = options.value("--method")
    if options.values("--post-data", "--post-file") or options.has("--post-file", "--post-data"):
        method = "POST"
    _check_request(method or "GET", options.operands, command, shell)
    check_encoded_file((*options.operands, *options.values("--header", "-U")), options.operands, command, shell)
    for setting in options.values("-e", "--execute"):
        if re.search(r"use_askpass|http_proxy|post", setting):
            shell.refuse("deploy.request", command.argv)
    if options.has("--use-askpass"):
        shell.refuse("remote.code", command.argv)
    if not options.has("--spider"):
        outputs = options.values("-O", "--output-document")
        folder = options.value("-P", "--directory-prefix") or "."
        names = [url.partition("?")[0].rstrip("/").rpartition("/")[2] for url in options.operands]
        _remember_downloads(
            [name for name in outputs if name != "-"] or [f"{folder}/{name}" for name in names if name and not outputs],
            command,
            shell,
        )


def check_httpie(command: Command, shell: Shell) -> None:
    """http, https, xh: the method is the first word, or follows from the data."""
    options = parse(
        command.arguments,
        value_options("httpie"),
    )
    operands = list(options.operands)
    method = operands.pop(0) if operands and re.fullmatch(r"[A-Za-z]+", operands[0]) and operands[0].upper() in {
        "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} else None  # fmt: skip
    fields = [word for word in operands[1:] if re.match(r"[^=:@]+(:=|=(?!=)|@)", word)]
    if method is None:
        method = "POST" if fields or command.feed.present else "GET"
    _check_request(method, tuple(operands[:1]), command, shell)
    _remember_downloads(list(options.values("-o", "--output")), command, shell)


def check_aria2c(command: Command, shell: Shell) -> None:
    """aria2c: downloads; --on-download-complete runs a program."""
    options = parse(command.arguments, "-o --out -d --dir -i -x -s -j")
    if any(name.startswith("--on-") for name, _ in options.given):
        shell.refuse("remote.code", command.argv)
    names = [url.partition("?")[0].rpartition("/")[2] for url in options.operands]
    _remember_downloads(list(options.values("-o", "--out")) or names, Command(argv=command.argv, feed=NO_FEED), shell)


TABLE: Table = build_table(
    __name__,
    check_curl,
    check_wget,
    check_aria2c,
    check_httpie,
    check_lookup,
)
