"""Privilege, power, services, accounts, processes, schedules, and processes that would outlive the session."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hooks.policy.asking import asks, asks_for_help, is_dry_run
from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import package_words, system_managers, value_options, with_aliases

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


OWN_PROCESS = re.compile(r"%[\w?+%-]*|-?\$[!$]|-?(?!0*[01]$)\d+|")
"""A job, the last process in the background, this shell, or a single id that the session read; `-` for its group."""


def check_kill(command: Command, shell: Shell) -> None:
    """`kill`: only what the session started. Ids that other programs look up may be anybody's, as with `pkill`."""
    words = list(command.arguments)
    if words[:1] and words[0] in {"-l", "-L", "--help", "--list", "--version", "-V", "--table"}:
        return
    signal, targets = _split_signal(words)
    if signal == "0":
        return
    if not targets:
        shell.refuse("system.process", command.argv)
    _check_owned(targets, command, shell)


def _check_owned(targets: Sequence[str], command: Command, shell: Shell, because: str = "") -> None:
    if any(UNKNOWN not in target and not OWN_PROCESS.fullmatch(target) for target in targets):
        shell.refuse("system.process", command.argv, because=because)
    if command.names & {"PPID", "CLAUDE_PID"}:
        shell.refuse("system.process", command.argv, because=because)
    if any(UNKNOWN in target for target in targets):
        shell.refuse_unless_lenient("system.process", command.argv)


def check_tracer(command: Command, shell: Shell) -> None:
    """strace, gdb, py-spy: what looks into a process sees its memory and its environment."""
    options = parse(command.arguments, value_options("tracer"), stop_at_operand=True)
    targets = [part for value in options.values("-p", "--pid", "--attach-pid") for part in value.split(",")]
    if command.program in {"gcore", "reptyr"}:
        targets += options.operands
    elif options.operands[:1] == ("attach",):
        targets += options.operands[1:2]
    elif options.operands[:1] in TRACING_VERBS:
        inner = parse(options.operands[1:], value_options("tracer"), stop_at_operand=True)
        targets += inner.values("-p", "--pid")
    if targets:
        _check_owned(targets, command, shell, "it would look into a process that this session did not start")


TRACING_VERBS = {("dump",), ("top",), ("record",), ("stat",), ("trace",)}


def _split_signal(words: list[str]) -> tuple[str, list[str]]:
    """The signal, "" if none is given, and the targets."""
    signal = ""
    if words[:1] and words[0] in {"-s", "-n", "--signal", "-q", "--queue"}:
        signal, words = "".join(words[1:2]), words[2:]
    elif words[:1] and re.match(r"--signal=|-[sn]?\w", words[0]) and (len(words) > 1 or words[0][1:].isalpha()):
        signal, words = re.sub(r"^--signal=|^-[sn](?=\w)(?![a-zA-Z]*$)|^-", "", words[0]), words[1:]
    return signal, words[1:] if words[:1] == ["--"] else words


def check_detaching(command: Command, shell: Shell) -> None:
    """nohup, setsid, disown, screen, tmux, daemonize: what would outlive the session."""
    words = command.arguments
    if command.program in {"nohup", "setsid"} and asks(words[:1], as_word=False):
        return
    if (
        command.program in {"nohup", "setsid", "daemonize", "start-stop-daemon", "daemon"}
        and words
        and not asks(words[:1], as_word=False)
    ):
        inner = [word for word in words if not word.startswith("-")] if command.program == "setsid" else list(words)
        shell.judge_argv(inner, command.feed)
    if command.program in {"screen", "tmux", "zellij", "byobu", "dtach", "abduco"}:
        if asks(words[:1], as_word=False) or words[:1] in (("ls",), ("-ls",), ("list-sessions",), ("-list",)):
            return
        if command.program == "tmux" and _only_shows(words):
            return
        for word in words:
            shell.refuse_if_surely_code(word)
    elif command.program == "pm2" and not (
        words and words[0] in {"start", "restart", "delete", "kill", "startup", "save", "deploy", "stop"}
    ):
        return
    if words or command.program == "disown":
        shell.refuse("system.detached", command.argv)


TMUX_SHOWS = re.compile(r"display(-message)?|list-[a-z]+|ls[a-z]+|show(-[a-z]+)?|has(-session)?|capture-?p(ane)?|info")


def _only_shows(words: tuple[str, ...]) -> bool:
    """tmux runs what stands in `#(…)`, and the commands behind a `;`."""
    runs = any("#(" in word or word.endswith(";") or UNKNOWN in word for word in words)
    return not runs and TMUX_SHOWS.fullmatch("".join(words[:1])) is not None


def check_scheduler(command: Command, shell: Shell) -> None:
    """crontab, at, batch, systemd-run."""
    words = command.arguments
    options = parse(words, "-u -q")
    lists = not options.operands and {"-l"} <= {name for name, _ in options.given} <= {"-l", "-u", "-q"}
    if (lists and command.program in {"crontab", "at"}) or asks(words, as_word=False):
        return
    if command.program == "systemd-run":
        shell.judge_argv(
            parse(
                words,
                value_options("systemd-run"),
                stop_at_operand=True,
            ).operands
        )
    if words or command.feed.present or command.program != "at":
        shell.refuse("system.schedule", command.argv)


MANAGERS = with_aliases(system_managers())


INSTALLS = re.compile(r"-[iUeFrP]\w*$|--(install|erase|upgrade|remove|purge|unpack|configure|import)")
LOOKS = re.compile(r"-[a-zA-Z]*[sSpf][a-zA-Z]*|--(?:search|searchdesc|info|list-sets|fetchonly|check-news)")
"""Of emerge, which needs no verb to install."""


def check_system_packages(command: Command, shell: Shell) -> None:
    """apt, dnf, pacman, brew, snap: looking only, but in a container."""
    if shell.memory.in_container:
        return
    words = command.arguments
    takes = value_options("system_packages") + (" -h" if command.program == "rpm" else "")  # `rpm -h` draws a bar
    row = MANAGERS.get(command.program)
    if asks_for_help(words, takes) or (row is not None and is_dry_run(words, row.dry, takes)):
        return
    operands = parse(words, takes).operands
    if command.program in {"pacman", "yay", "paru"}:
        if any(re.match(r"-[SRU]", word) and not re.match(r"-S\w*[sigl]$", word) for word in words):
            shell.refuse("system.packages", command.argv)
    elif command.program in {"dpkg", "rpm", "installer", "emerge", "nix-env", "pkg_add", "dpkg-reconfigure"}:
        queries = command.program == "rpm" and any(re.match(r"-q|--query", word) for word in words)
        if any(map(INSTALLS.match, words)) and not queries:
            shell.refuse("system.packages", command.argv)
        if command.program == "emerge" and operands and not any(map(LOOKS.fullmatch, words)):
            shell.refuse("system.packages", command.argv)
    elif operands and operands[0] in package_words("verbs"):
        shell.refuse("system.packages", command.argv)


def check_init_script(command: Command, shell: Shell) -> None:
    """`/etc/init.d/name stop`."""
    if command.arguments[:1] not in ((), ("status",), ("help",)):
        shell.refuse("system.power", command.argv)


TABLE: Table = build_table(__name__, check_kill, check_tracer, check_detaching, check_scheduler, check_system_packages)
