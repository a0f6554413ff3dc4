"""git's settings: who commits and how things look may be set; what runs programs or rewires remotes may not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.shell.values import Command

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

REWIRING = re.compile(
    r"alias\..*|core\.(hookspath|fsmonitor|sshcommand|editor|pager|askpass|gitproxy|worktree|attributesfile|"
    r"alternaterefscommand)|.*\.(command|textconv|clean|smudge|process|driver|helper|cmd|path|program|"
    r"proxy|external|tool|uploadpack|receivepack|vcs|variable)|sequence\.editor|include(if)?\..*|url\..*|remote\..*|"
    r"credential.*|http\..*|https\..*|protocol\..*|gpg\..*|ssh\..*|pager\..*|interactive\.difffilter|filter\..*|"
    r"diff\.external|merge\.tool|receive\..*|uploadpack\..*|safe\..*|init\.templatedir|sendemail\..*|trailer\..*|"
    r"submodule\..*|browser\..*|man\..*|web\..*|instaweb\..*|gc\..*|core\.bare|extensions\..*|fetch\.fsckobjects|"
    r"commit\.template|branch\..*\.(remote|pushremote)|core\.logallrefupdates",
    re.IGNORECASE,
)
HARMLESS_SETTING = re.compile(
    r"user\.(name|email|usedconfigonly|signingkey)|init\.defaultbranch|color\..*|advice\..*|commit\.(gpgsign|verbose|cleanup)"
    r"|tag\.(gpgsign|sort)|core\.(autocrlf|quotepath|eol|safecrlf|whitespace|filemode|longpaths|ignorecase|precomposeunicode|"
    r"abbrev|symlinks|preloadindex|untrackedcache|compression|bigfilethreshold|commentchar)|pull\.(rebase|ff)"
    r"|push\.(default|autosetupremote|followtags)|merge\.(conflictstyle|ff|renames|log|renamelimit|autostash)"
    r"|diff\.(algorithm|renames|renamelimit|context|colormoved|noprefix|mnemonicprefix|submodule|wserrorhighlight|"
    r"ignoresubmodules|relative|indentheuristic)|log\..*|rebase\.(autostash|autosquash)|rerere\..*|status\..*|grep\..*"
    r"|fetch\.(prune|parallel)|pack\..*|feature\..*|index\..*|blame\..*|column\..*|format\.pretty|branch\.autosetup.*|branch\.sort"
    r"|core\.pager|pager\..*|gc\.auto|maintenance\.auto|credential\.interactive|help\.autocorrect|apply\..*|am\..*|stash\..*|checkout\..*|worktree\..*|lfs\..*|safe\.directory",
    re.IGNORECASE,
)


def check_setting(name: str, value: str, command: Command, shell: Shell) -> None:
    """A setting given on the command line or to be stored."""
    harmless = name.lower() in {
        "core.pager",
        "core.editor",
        "sequence.editor",
        "credential.helper",
        "core.fsmonitor",
        "core.askpass",
    }
    if harmless and value.lower() in {"", "cat", "less", "true", ":", "false", "less -f", "less -r"}:
        return
    if name.lower().startswith("pager.") and value.lower() in {"false", "true", "cat"}:
        return
    if name.lower().startswith("alias."):
        _judge_alias(value, shell)
    if (
        HARMLESS_SETTING.fullmatch(name)
        and name.lower() not in {"core.pager"}
        and not name.lower().startswith("pager.")
    ):
        return
    if REWIRING.fullmatch(name):
        shell.refuse("git.guards", command.argv)


def _judge_alias(value: str, shell: Shell) -> None:
    """An alias is judged as what it stands for, so that the refusal names the real thing."""
    shell.refuse_if_surely_code(value[1:] if value.startswith("!") else f"git {value}")


def check_config(command: Command, shell: Shell) -> None:
    """Reading settings, and setting who commits; nothing that runs programs or rewires remotes."""
    options = parse(command.arguments, "-f --file --blob --type --default --comment --value")
    operands = list(options.operands)
    if operands[:1] and operands[0] in {"set", "unset", "get", "list", "edit", "remove-section", "rename-section"}:
        action = operands.pop(0)
    else:
        action = ""
    if "--get-urlmatch" in command.arguments or any(
        "extraheader" in word.lower() or "credential" in word.lower() for word in operands
    ):
        shell.refuse("secrets.vault", ("git", *command.argv))
    if options.has("-e", "--edit", "--remove-section", "--rename-section") or action in {
        "edit",
        "remove-section",
        "rename-section",
    }:
        shell.refuse("git.guards", ("git", *command.argv))
    reading = options.has(
        "--get", "--get-all", "--get-regexp", "-l", "--list", "--show-origin", "--get-color"
    ) or action in {"get", "list"}
    if reading or (len(operands) < 2 and not options.has("--unset", "--unset-all") and action != "unset"):  # noqa: PLR2004
        return
    name, value = operands[0], " ".join(operands[1:])
    check_setting(name, value, Command(argv=("git", *command.argv)), shell)
    if not HARMLESS_SETTING.fullmatch(name):
        shell.refuse("git.guards", ("git", *command.argv))
