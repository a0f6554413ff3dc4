"""What of git a session may use: everything that adds or looks, nothing that pushes, rewrites, discards or rewires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.asking import asks_for_help, is_dry_run
from hooks.policy.options import parse
from hooks.policy.programs import Rule, Table, build_table, git_history, repeat_rule
from hooks.policy.programs.git_history import check_history_rewriting
from hooks.policy.programs.git_settings import check_config, check_setting
from hooks.policy.shell.values import UNKNOWN, Command
from hooks.policy.tables import valued

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell


def check_git(command: Command, shell: Shell) -> None:
    """`git` with its global options, then the rule of its subcommand."""
    own = _full_name(command.program)
    words = (own, *command.arguments) if own in SUBCOMMANDS and own != command.program else command.arguments
    options = parse(words, valued("git"), stop_at_operand=True)
    for setting in options.values("-c", "--config-env"):
        name, _, value = setting.partition("=")
        check_setting(name, value, command, shell)
    if options.has("--exec-path") and options.value("--exec-path"):
        shell.refuse("git.guards", command.argv)
    if not options.operands:
        return
    name, arguments = options.operands[0], options.operands[1:]
    if UNKNOWN in name:
        shell.refuse_unless_lenient("unresolved.program", command.argv)
    _check_secret_revisions(arguments, shell)
    if any(word.startswith(("ext::", "fd::")) or "=ext::" in word for word in arguments):
        shell.refuse("git.guards", command.argv)  # an address that is a command
    rule = SUBCOMMANDS.get(_full_name(name))
    if rule is not None:
        rule(Command(argv=(name, *arguments), feed=command.feed), shell)
    elif name in shell.scope.aliases.get("git", ()):
        shell.refuse("git.guards", command.argv)


def _full_name(name: str) -> str:
    """Git completes no subcommand, but accepts the name of the subcommand's program (`git-push`)."""
    return name.removeprefix("git-")


def _check_secret_revisions(arguments: tuple[str, ...], shell: Shell) -> None:
    """`git show HEAD:.env` prints a file; so do blame, grep and archive when they name it."""
    for word in arguments:
        _, colon, name = word.rpartition(":")
        if colon and paths.is_secret_name(name.rpartition("/")[2]):
            shell.refuse("secrets.file", word)


def _check_read_paths(command: Command, shell: Shell) -> None:
    for word in parse(command.arguments, valued("git_log")).operands:
        for path in shell.resolve(word):
            if path is not None and paths.is_secret(path, shell.context):
                shell.refuse("secrets.file", word)


def check_add(command: Command, shell: Shell) -> None:
    """Adding is not reading, and the host scans what is published; environment files never belong in a commit."""
    for word in parse(command.arguments).operands:
        name = word.rpartition("/")[2].lower()
        if name.startswith(".env") and paths.is_secret_name(name):
            shell.refuse("secrets.file", word)


def check_archive(command: Command, shell: Shell) -> None:
    """Archives of this repository."""
    if parse(command.arguments, "--remote --exec -o --output --format --prefix").has("--remote", "--exec"):
        shell.refuse("git.push", ("git", *command.argv))
    _check_read_paths(command, shell)


def check_push(command: Command, shell: Shell) -> None:
    """Every push, unless it only shows what it would do."""
    words, takes = command.arguments, "-o --push-option --receive-pack --exec --repo --recurse-submodules"
    if not asks_for_help(words, takes, as_word=False) and not is_dry_run(words, ("-n", "--dry-run"), takes):
        shell.refuse("git.push", ("git", *command.argv))


def check_commit(command: Command, shell: Shell) -> None:
    """Committing is what sessions do; skipping the hooks is not."""
    options = parse(command.arguments, valued("git_message"))
    if options.has("--no-verify", "-n"):
        shell.refuse("git.guards", ("git", *command.argv))
    _check_read_paths(command, shell)
    for name in options.values("-F", "--file", "-t", "--template"):
        path = shell.resolve(name)[0]
        if path and paths.is_secret(path, shell.context):
            shell.refuse("secrets.file", name)


def check_merge(command: Command, shell: Shell) -> None:
    """merge, am, cherry-pick, revert, pull: without `--no-verify`, and without `--upload-pack` or `--exec`."""
    options = parse(command.arguments, "-m -X -s --strategy -S")
    if options.has("--no-verify") and "--no-verify" in command.arguments:
        shell.refuse("git.guards", ("git", *command.argv))
    for program in options.values("--upload-pack", "--exec"):
        shell.judge_text(program)
        shell.refuse("git.guards", program)


def check_remote(command: Command, shell: Shell) -> None:
    """Looking at remotes only."""
    operands = parse(command.arguments).operands
    shows = is_dry_run(command.arguments, ("prune -n", "prune --dry-run"))
    if operands and operands[0] not in {"show", "get-url", "update"} and not shows:
        shell.refuse("git.remote", ("git", *command.argv))


def check_submodule(command: Command, shell: Shell) -> None:
    """`foreach` runs a command in each; deinit by force throws work away."""
    options = parse(command.arguments, "-b --reference --depth")
    if options.operands[:1] == ("foreach",):
        rest = [word for word in command.arguments[1:] if word not in {"--recursive", "--quiet", "-q"}]
        shell.judge_text(rest[0]) if len(rest) == 1 else shell.judge_argv(rest)
    if options.operands[:1] == ("deinit",) and options.has("-f", "--force"):
        shell.refuse("git.discard", ("git", *command.argv))


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
    """Cloning for reading is fine; with settings, templates or programs given it is not."""
    options = parse(
        command.arguments, "-c --config -u --upload-pack -b --branch --depth --template -o --origin --reference -j"
    )
    for setting in options.values("-c", "--config"):
        check_setting(setting.partition("=")[0], setting.partition("=")[2], command, shell)
    if options.value("-u", "--upload-pack", "--template"):
        shell.refuse("git.guards", ("git", *command.argv))


def check_external_tool(command: Command, shell: Shell) -> None:
    """difftool -x, grep -O, send-email, and others that hand work to a program or to other people."""
    options = parse(command.arguments, "-x --extcmd -O --open-files-in-pager -t --tool")
    for program in options.values("-x", "--extcmd", "-O", "--open-files-in-pager"):
        shell.judge_text(program)
    if "--" in command.arguments:
        _check_read_paths(Command(argv=command.arguments[command.arguments.index("--") :]), shell)


def check_sending(command: Command, shell: Shell) -> None:
    """What leaves the machine."""
    shell.refuse("git.push", ("git", *command.argv))


def check_credential(command: Command, shell: Shell) -> None:
    """git's own store of credentials."""
    shell.refuse("secrets.vault", ("git", *command.argv))


def check_lfs(command: Command, shell: Shell) -> None:
    """Large files: looking and fetching."""
    if command.arguments[:1] and command.arguments[0] in {"push", "prune", "migrate", "uninstall"}:
        shell.refuse("git.push" if command.arguments[0] == "push" else "git.history", ("git", *command.argv))


def check_subtree(command: Command, shell: Shell) -> None:
    """`subtree push`, `svn dcommit`, `p4 submit`, `annex drop`: pushes by another name."""
    if set(command.arguments[:1]) & {"push", "dcommit", "submit", "drop", "set-tree", "sync"}:
        shell.refuse("git.push", ("git", *command.argv))


def check_init(command: Command, shell: Shell) -> None:
    """`git init --template` brings hooks along."""
    if parse(command.arguments, "--template").has("--template"):
        shell.refuse("git.guards", ("git", *command.argv))


SUBCOMMANDS: dict[str, Rule] = {
    "push": check_push,
    "commit": check_commit,
    "reset": git_history.check_reset,
    "clean": git_history.check_clean,
    "checkout": git_history.check_checkout,
    "switch": git_history.check_checkout,
    "restore": git_history.check_restore,
    "stash": git_history.check_stash,
    "branch": git_history.check_branch,
    "tag": git_history.check_tag,
    "rebase": git_history.check_rebase,
    "reflog": git_history.check_reflog,
    "remote": check_remote,
    "config": check_config,
    "worktree": git_history.check_worktree,
    "submodule": check_submodule,
    "bisect": check_bisect,
    "rm": check_rm,
    "clone": check_clone,
    "credential": check_credential,
    "lfs": check_lfs,
    "notes": git_history.check_notes,
    "init": check_init,
    **repeat_rule("filter-branch filter-repo replace fast-import", git_history.check_history_rewriting),
    **repeat_rule("gc prune repack prune-packed", git_history.check_gc),
    **repeat_rule("update-ref symbolic-ref", git_history.check_update_ref),
    **repeat_rule("merge am cherry-pick revert pull fetch", check_merge),
    **repeat_rule("difftool mergetool grep", check_external_tool),
    **repeat_rule("send-email send-pack http-push request-pull imap-send daemon instaweb", check_sending),
    **repeat_rule("credential-store credential-cache", check_credential),
    **repeat_rule("subtree svn p4 annex", check_subtree),
    **repeat_rule("read-tree checkout-index", git_history.check_read_tree),
    "archive": check_archive,
    "add": check_add,
    **repeat_rule("show diff log blame annotate cat-file diff-tree", _check_read_paths),
}

TABLE: Table = build_table(__name__, check_git, check_history_rewriting)
