"""What of git a session may use: everything that adds or looks, nothing that pushes, rewrites, discards or rewires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import parse
from hooks.policy.programs import Rule, Table, named
from hooks.policy.programs.git_settings import config, setting_given
from hooks.policy.shell.values import UNKNOWN, Command
from hooks.policy.tables import valued

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell


def git(command: Command, shell: Shell) -> None:
    """`git` with its global options, then the rule of its subcommand."""
    options = parse(command.arguments, valued("git"), until_operand=True)
    for setting in options.values("-c", "--config-env"):
        name, _, value = setting.partition("=")
        setting_given(name, value, command, shell)
    if options.has("--exec-path") and options.value("--exec-path"):
        shell.refuse("git.guards", command.argv)
    if not options.operands:
        return
    name, arguments = options.operands[0], options.operands[1:]
    if UNKNOWN in name:
        shell.doubt("unresolved.program", command.argv)
    _secret_revisions(arguments, shell)
    rule = SUBCOMMANDS.get(_full_name(name))
    if rule is not None:
        rule(Command(argv=(name, *arguments), feed=command.feed), shell)
    elif name in shell.scope.aliases.get("git", ()):
        shell.refuse("git.guards", command.argv)


def _full_name(name: str) -> str:
    """Git completes no subcommand, but it takes one under the name of its own program (`git-push`)."""
    return name.removeprefix("git-")


def _secret_revisions(arguments: tuple[str, ...], shell: Shell) -> None:
    """`git show HEAD:.env` prints a file; so do blame, grep and archive when they name it."""
    for word in arguments:
        revision, colon, name = word.rpartition(":")
        if (
            colon
            and revision
            and "/" not in revision.rpartition("@")[2][:0]
            and paths.is_secret_name(name.rpartition("/")[2])
        ):
            shell.refuse("secrets.file", word)


def _path_reader(command: Command, shell: Shell) -> None:
    for word in parse(command.arguments, valued("git_log")).operands:
        for path in shell.resolve(word):
            if path is not None and paths.is_secret(path, shell.context):
                shell.refuse("secrets.file", word)


def added(command: Command, shell: Shell) -> None:
    """Adding is not reading, and the host scans what is published; environment files never belong in a commit."""
    for word in parse(command.arguments).operands:
        name = word.rpartition("/")[2].lower()
        if name.startswith(".env") and paths.is_secret_name(name):
            shell.refuse("secrets.file", word)


def archive(command: Command, shell: Shell) -> None:
    """Archives of this repository."""
    if parse(command.arguments, "--remote --exec -o --output --format --prefix").has("--remote", "--exec"):
        shell.refuse("git.push", ("git", *command.argv))
    _path_reader(command, shell)


def push(command: Command, shell: Shell) -> None:
    """Every push, unless it only shows what it would do."""
    if not parse(command.arguments).has("-n", "--dry-run", "--help", "-h"):
        shell.refuse("git.push", ("git", *command.argv))


def commit(command: Command, shell: Shell) -> None:
    """Committing is what sessions do; skipping the hooks is not."""
    options = parse(command.arguments, valued("git_message"))
    if options.has("--no-verify", "-n"):
        shell.refuse("git.guards", ("git", *command.argv))
    _path_reader(command, shell)
    for name in options.values("-F", "--file", "-t", "--template"):
        path = shell.resolve(name)[0]
        if path and paths.is_secret(path, shell.context):
            shell.refuse("secrets.file", name)


def hooks_kept(command: Command, shell: Shell) -> None:
    """merge, am, cherry-pick, revert, pull: without `--no-verify`, and without programs of their own."""
    options = parse(command.arguments, "-m -X -s --strategy -S")
    if options.has("--no-verify") and "--no-verify" in command.arguments:
        shell.refuse("git.guards", ("git", *command.argv))
    for program in options.values("--upload-pack", "--exec"):
        shell.code(program)
        shell.refuse("git.guards", program)


def reset(command: Command, shell: Shell) -> None:
    """Moving the branch is fine, throwing the work away is not."""
    if parse(command.arguments).has("--hard", "--merge"):
        shell.refuse("git.discard", ("git", *command.argv))


def clean(command: Command, shell: Shell) -> None:
    """Only to see what it would delete."""
    options = parse(command.arguments, "-e --exclude")
    if not options.has("-n", "--dry-run", "-h", "--help"):
        shell.refuse("git.discard", ("git", *command.argv))


def checkout(command: Command, shell: Shell) -> None:
    """Switching branches and restoring files; not by force, not onto an existing branch's name."""
    options = parse(command.arguments, "-b --orphan --conflict -s --source -c")
    if options.has("-f", "--force", "--discard-changes"):
        shell.refuse("git.discard", ("git", *command.argv))
    if options.has("-B", "-C", "--force-create"):
        shell.refuse("git.refs", ("git", *command.argv))


def restore(command: Command, shell: Shell) -> None:
    """`git restore FILE` undoes the session's own edit."""
    checkout(Command(argv=("restore", *command.arguments)), shell)


def stash(command: Command, shell: Shell) -> None:
    """Putting work aside and taking it back."""
    if command.arguments[:1] and command.arguments[0] in {"drop", "clear"}:
        shell.refuse("git.discard", ("git", *command.argv))


def branch(command: Command, shell: Shell) -> None:
    """Listing and making; `-d` deletes only what is merged, and git itself sees to that."""
    options = parse(command.arguments, "-u --set-upstream-to --contains --merged --points-at --sort --format")
    forced = options.has("-D", "-M", "-C", "-f", "--force")
    if forced or (options.has("-d", "--delete") and options.has("-r", "--remotes")):
        shell.refuse("git.refs", ("git", *command.argv))


def tag(command: Command, shell: Shell) -> None:
    """Making and listing tags."""
    options = parse(command.arguments, "-m --message -F -u --sort --format --contains --points-at -l --list -n")
    if options.has("-d", "--delete", "-f", "--force"):
        shell.refuse("git.refs", ("git", *command.argv))


def rewritten(command: Command, shell: Shell) -> None:
    """filter-branch, filter-repo, replace and the like."""
    shell.refuse("git.history", ("git", *command.argv))


def rebase(command: Command, shell: Shell) -> None:
    """Rewrites history; leaving an unfinished one is fine. What `-x` would run is judged first."""
    options = parse(command.arguments, "-x --exec -X -s --strategy --onto -C")
    for code in options.values("-x", "--exec"):
        shell.code(code)
    if not options.has("--abort", "--quit", "--continue", "--skip", "--show-current-patch", "--help"):
        shell.refuse("git.history", ("git", *command.argv))


def reflog(command: Command, shell: Shell) -> None:
    """Looking only."""
    if command.arguments[:1] and command.arguments[0] in {"expire", "delete", "drop"}:
        shell.refuse("git.refs", ("git", *command.argv))


def collected(command: Command, shell: Shell) -> None:
    """gc and prune throw away what could still be brought back."""
    options = parse(command.arguments)
    prune = any(given.startswith("--prune") for given, _ in options.given) or options.has("--aggressive")
    if (command.argv[0] == "gc" and not prune) or options.has("-n", "--dry-run", "--no-prune"):
        return
    shell.refuse("git.refs", ("git", *command.argv))


def remote(command: Command, shell: Shell) -> None:
    """Looking at remotes only."""
    operands = parse(command.arguments).operands
    if operands and operands[0] not in {"show", "get-url", "-v", "update"} and "--dry-run" not in command.arguments:
        shell.refuse("git.remote", ("git", *command.argv))


def update_ref(command: Command, shell: Shell) -> None:
    """Plumbing that deletes or moves refs."""
    options = parse(command.arguments, "-m")
    if command.argv[0] == "symbolic-ref" and len(options.operands) < 2 and not options.has("-d", "--delete"):  # noqa: PLR2004
        return
    shell.refuse("git.refs", ("git", *command.argv))


def worktree(command: Command, shell: Shell) -> None:
    """Adding and listing; not removing by force."""
    options = parse(command.arguments, "-b -B")
    if options.operands[:1] == ("remove",) and options.has("-f", "--force"):
        shell.refuse("git.discard", ("git", *command.argv))


def submodule(command: Command, shell: Shell) -> None:
    """`foreach` runs a command in each; deinit by force throws work away."""
    options = parse(command.arguments, "-b --reference --depth")
    if options.operands[:1] == ("foreach",):
        rest = [word for word in command.arguments[1:] if word not in {"--recursive", "--quiet", "-q"}]
        shell.code(rest[0]) if len(rest) == 1 else shell.run(rest)
    if options.operands[:1] == ("deinit",) and options.has("-f", "--force"):
        shell.refuse("git.discard", ("git", *command.argv))


def bisect(command: Command, shell: Shell) -> None:
    """`bisect run` runs a command."""
    if command.arguments[:1] == ("run",):
        shell.run(command.arguments[1:])


def removed(command: Command, shell: Shell) -> None:
    """`git rm` of tracked files can be brought back from the commit; forced on changed ones it cannot."""
    options = parse(command.arguments, "--pathspec-from-file")
    for operand in options.operands:
        for path in shell.resolve(operand):
            if path is not None and paths.is_guard(path, shell.context):
                shell.refuse("guards.files", operand)


def cloned(command: Command, shell: Shell) -> None:
    """Cloning for reading is fine; with settings or programs of its own it is not."""
    options = parse(
        command.arguments, "-c --config -u --upload-pack -b --branch --depth --template -o --origin --reference -j"
    )
    for setting in options.values("-c", "--config"):
        setting_given(setting.partition("=")[0], setting.partition("=")[2], command, shell)
    if options.value("-u", "--upload-pack", "--template") or any(word.startswith("ext::") for word in options.operands):
        shell.refuse("git.guards", ("git", *command.argv))


def external_tool(command: Command, shell: Shell) -> None:
    """difftool -x, grep -O, send-email, and others that hand work to a program or to other people."""
    options = parse(command.arguments, "-x --extcmd -O --open-files-in-pager -t --tool")
    for program in options.values("-x", "--extcmd", "-O", "--open-files-in-pager"):
        shell.code(program)
    if "--" in command.arguments:
        _path_reader(Command(argv=command.arguments[command.arguments.index("--") :]), shell)


def sent(command: Command, shell: Shell) -> None:
    """What leaves the machine."""
    shell.refuse("git.push", ("git", *command.argv))


def credential(command: Command, shell: Shell) -> None:
    """git's own store of credentials."""
    shell.refuse("secrets.vault", ("git", *command.argv))


def lfs(command: Command, shell: Shell) -> None:
    """Large files: looking and fetching."""
    if command.arguments[:1] and command.arguments[0] in {"push", "prune", "migrate", "uninstall"}:
        shell.refuse("git.push" if command.arguments[0] == "push" else "git.history", ("git", *command.argv))


def submanaged(command: Command, shell: Shell) -> None:
    """`subtree push`, `svn dcommit`, `p4 submit`, `annex drop`: pushes by another name."""
    if set(command.arguments[:1]) & {"push", "dcommit", "submit", "drop", "set-tree", "sync"}:
        shell.refuse("git.push", ("git", *command.argv))


def notes(command: Command, shell: Shell) -> None:
    """Notes are refs too."""
    if set(command.arguments[:1]) & {"remove", "prune"}:
        shell.refuse("git.refs", ("git", *command.argv))


def read_tree(command: Command, shell: Shell) -> None:
    """`read-tree -u --reset` and `checkout-index -f` overwrite the work."""
    if parse(command.arguments).has("--reset") or (
        command.argv[0] == "checkout-index" and parse(command.arguments).has("-f", "--force")
    ):
        shell.refuse("git.discard", ("git", *command.argv))


def init_hooks(command: Command, shell: Shell) -> None:
    """`git init --template` brings hooks along."""
    if parse(command.arguments, "--template").has("--template"):
        shell.refuse("git.guards", ("git", *command.argv))


SUBCOMMANDS: dict[str, Rule] = {
    "push": push,
    "commit": commit,
    "reset": reset,
    "clean": clean,
    "checkout": checkout,
    "switch": checkout,
    "restore": restore,
    "stash": stash,
    "branch": branch,
    "tag": tag,
    "rebase": rebase,
    "reflog": reflog,
    "remote": remote,
    "config": config,
    "worktree": worktree,
    "submodule": submodule,
    "bisect": bisect,
    "rm": removed,
    "clone": cloned,
    "credential": credential,
    "lfs": lfs,
    "notes": notes,
    "init": init_hooks,
    **named("filter-branch filter-repo replace fast-import", rewritten),
    **named("gc prune repack prune-packed", collected),
    **named("update-ref symbolic-ref", update_ref),
    **named("merge am cherry-pick revert pull fetch", hooks_kept),
    **named("difftool mergetool grep", external_tool),
    **named("send-email send-pack http-push request-pull imap-send daemon instaweb", sent),
    **named("credential-store credential-cache", credential),
    **named("subtree svn p4 annex", submanaged),
    **named("read-tree checkout-index", read_tree),
    "archive": archive,
    "add": added,
    **named("show diff log blame annotate cat-file diff-tree", _path_reader),
}

TABLE: Table = {"git": git, "hub": git, "git-push": git, "git-filter-repo": rewritten, "bfg": rewritten}
