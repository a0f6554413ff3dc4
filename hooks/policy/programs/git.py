"""What of git a session may use: everything that adds or looks, nothing that pushes, rewrites, discards or rewires."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import parse
from hooks.policy.programs import Rule, Table, build_table, repeat_rule
from hooks.policy.programs.calls import calls_of
from hooks.policy.programs.git_settings import check_config, check_own_settings, check_setting
from hooks.policy.shell.values import UNKNOWN, Command
from hooks.policy.tables import read_list, value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell


def check_git(command: Command, shell: Shell) -> None:
    """`git` with its global options, then the rule of its subcommand."""
    own = _full_name(command.program)
    words = (own, *command.arguments) if own != command.program else command.arguments
    options = parse(words, value_options("git"), stop_at_operand=True)
    for setting in options.values("-c", "--config-env"):
        name, _, value = setting.partition("=")
        check_setting(name, value, command, shell)
    check_own_settings(options.values("-C", "--git-dir") or (".",), command, shell)
    if options.value("--exec-path"):
        shell.refuse("git.guards", command.argv)
    if not options.operands:
        return
    name, arguments = options.operands[0], options.operands[1:]
    if UNKNOWN in name or PATTERN.search(name):
        shell.refuse_unless_lenient("unresolved.program", command.argv)
    _check_secret_revisions(arguments, shell)
    if any(word.startswith(("ext::", "fd::")) or "=ext::" in word for word in arguments):
        shell.refuse("git.guards", command.argv)  # an address that is a command
    CALLS["git"](Command(argv=("git", _full_name(name), *arguments), feed=command.feed), shell)
    rule = SUBCOMMANDS.get(_full_name(name))
    if rule is not None:
        rule(Command(argv=(name, *arguments), feed=command.feed), shell)


def _full_name(name: str) -> str:
    """Git completes no subcommand, but accepts the name of the subcommand's program (`git-push`)."""
    return name.removeprefix("git-")


def _check_secret_revisions(arguments: tuple[str, ...], shell: Shell) -> None:
    """`git show HEAD:.env` and, from the index, `:.env` print a file; so do blame, grep and archive that name it."""
    for word in arguments:
        _, colon, name = word.rpartition(":")
        if colon and paths.is_secret_name(name.rpartition("/")[2]):
            shell.refuse("secrets.file", word)


PATTERN = re.compile(r"[*?\[]")
"""In place of a subcommand: `git pus*` is `git push` where a file is called so."""
PRIVATE_KEY = re.compile(r"^id_(?:rsa|dsa|ecdsa|ed25519)|\.(?:pem|key|p12|pfx|jks|keystore|ppk|p8|agekey|kdbx)$")
TEST_FILE = re.compile(
    r"(?:^|/)(?:tests?|__tests__|specs?|fixtures?|test-?data|examples?)/|(?:^|/)(?:debug|test)[^/]*\.\w+$"
)


def check_add(command: Command, shell: Shell) -> None:
    """Adding is not reading, and the host scans what is published; environment files and private keys never belong in
    a commit, except those of tests."""
    for word in parse(command.arguments).operands:
        name = word.rpartition("/")[2].lower()
        key = PRIVATE_KEY.search(name) is not None and TEST_FILE.search(word) is None
        if (name.startswith(".env") or key) and paths.is_secret_name(name):
            shell.refuse("secrets.file", word)


def check_submodule(command: Command, shell: Shell) -> None:
    """`foreach` runs a command in each."""
    options = parse(command.arguments, "-b --reference --depth")
    if options.operands[:1] == ("foreach",):
        rest = [word for word in command.arguments[1:] if word not in {"--recursive", "--quiet", "-q"}]
        shell.judge_text(rest[0]) if len(rest) == 1 else shell.judge_argv(rest)


def check_bisect(command: Command, shell: Shell) -> None:
    """`bisect run` runs a command."""
    if command.arguments[:1] == ("run",):
        shell.judge_argv(command.arguments[1:])


def check_rm(command: Command, shell: Shell) -> None:
    """`git rm` of tracked files loses nothing: the commit still has them. Guards are not removed."""
    options = parse(command.arguments, "--pathspec-from-file")
    for operand in options.operands:
        for path in shell.resolve(operand):
            if path is not None and paths.is_guard(path, shell.context):
                shell.refuse("guards.files", operand)


def check_clone(command: Command, shell: Shell) -> None:
    """Settings that are given are judged like those of `git config`."""
    options = parse(
        command.arguments, "-c --config -u --upload-pack -b --branch --depth --template -o --origin --reference -j"
    )
    for setting in options.values("-c", "--config"):
        check_setting(setting.partition("=")[0], setting.partition("=")[2], command, shell)


def check_external_tool(command: Command, shell: Shell) -> None:
    """difftool -x, grep -O, send-email, and others that hand work to a program or to other people."""
    options = parse(command.arguments, "-x --extcmd -O --open-files-in-pager -t --tool")
    for program in options.values("-x", "--extcmd", "-O", "--open-files-in-pager"):
        shell.judge_text(program)
    if "--" in command.arguments:
        _check_read_paths(command.arguments[command.arguments.index("--") + 1 :], shell)


def check_stash(command: Command, shell: Shell) -> None:
    """`stash show -p -- .env` prints the file."""
    if command.arguments[:1] == ("show",):
        _check_read_paths(parse(command.arguments[1:]).operands, shell)


def _check_read_paths(words: tuple[str, ...], shell: Shell) -> None:
    for word in words:
        for path in shell.resolve(word):
            if path is not None and paths.is_secret(path, shell.context):
                shell.refuse("secrets.file", word)


def check_skipped_hooks(command: Command, shell: Shell) -> None:
    """`HUSKY=0 git commit`: what `--no-verify` does."""
    set_here = {name: (value,) for name, value in command.assignments}
    for name in sorted(read_list("hook_skippers") | read_list("hook_switches")):
        values = set_here.get(name, shell.scope.variables.get(name, ()))
        harmless = ("", "1", "2", "true") if name in read_list("hook_switches") else ("", "0", "false")
        if any(value not in harmless for value in values):
            shell.refuse("git.guards", f"{name}={' '.join(values)}")


def check_subcommand_alone(command: Command, shell: Shell) -> None:
    """`git-lfs push`, and `/usr/lib/git-core/git-push`: what `git lfs push` does."""
    shell.judge_argv(("git", command.program.removeprefix("git-"), *command.arguments), command.feed)


SUBCOMMANDS: dict[str, Rule] = {
    "config": check_config,
    "submodule": check_submodule,
    "bisect": check_bisect,
    "rm": check_rm,
    "clone": check_clone,
    "add": check_add,
    "stage": check_add,
    "stash": check_stash,
    **repeat_rule("commit merge am rebase cherry-pick revert", check_skipped_hooks),
    **repeat_rule("difftool mergetool grep", check_external_tool),
}
"""Subcommands that hand something to another program or to another rule; what else is refused of git is in its rows."""
CALLS = calls_of("git")

TABLE: Table = build_table(__name__, check_git)
