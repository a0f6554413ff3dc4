"""git subcommands that move, rewrite or discard: branches, tags, history, and work that is not committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hooks.policy.asking import asks_for_help, is_dry_run
from hooks.policy.options import parse
from hooks.policy.shell.values import Command

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell


def does_act(words: Sequence[str], takes: str) -> bool:
    """Whether a subcommand does what it is for: neither shows help nor only what it would do."""
    return not asks_for_help(words, takes, as_word=False) and not is_dry_run(words, ("-n", "--dry-run"), takes)


def check_reset(command: Command, shell: Shell) -> None:
    """Moving the branch is fine, throwing the work away is not."""
    if parse(command.arguments).has("--hard", "--merge"):
        shell.refuse("git.discard", ("git", *command.argv))


def check_clean(command: Command, shell: Shell) -> None:
    """Only to see what it would delete."""
    if does_act(command.arguments, "-e --exclude"):
        shell.refuse("git.discard", ("git", *command.argv))


def check_checkout(command: Command, shell: Shell) -> None:
    """Switching branches and restoring files; not by force, not onto an existing branch's name."""
    options = parse(command.arguments, "-b --orphan --conflict -s --source -c")
    if options.has("-f", "--force", "--discard-changes"):
        shell.refuse("git.discard", ("git", *command.argv))
    if options.has("-B", "-C", "--force-create"):
        shell.refuse("git.refs", ("git", *command.argv))


def check_restore(command: Command, shell: Shell) -> None:
    """`git restore FILE` undoes the session's own edit."""
    check_checkout(Command(argv=("restore", *command.arguments)), shell)


def check_stash(command: Command, shell: Shell) -> None:
    """Putting work aside and taking it back."""
    if command.arguments[:1] and command.arguments[0] in {"drop", "clear"}:
        shell.refuse("git.discard", ("git", *command.argv))


def check_branch(command: Command, shell: Shell) -> None:
    """Listing and making; `-d` deletes only what is merged, and git itself sees to that."""
    options = parse(command.arguments, "-u --set-upstream-to --contains --merged --points-at --sort --format")
    forced = options.has("-D", "-M", "-C", "-f", "--force")
    if forced or (options.has("-d", "--delete") and options.has("-r", "--remotes")):
        shell.refuse("git.refs", ("git", *command.argv))


def check_tag(command: Command, shell: Shell) -> None:
    """Making and listing tags."""
    options = parse(command.arguments, "-m --message -F -u --sort --format --contains --points-at -l --list -n")
    if options.has("-d", "--delete", "-f", "--force"):
        shell.refuse("git.refs", ("git", *command.argv))


def check_history_rewriting(command: Command, shell: Shell) -> None:
    """filter-branch, filter-repo, replace and the like."""
    shell.refuse("git.history", ("git", *command.argv))


def check_rebase(command: Command, shell: Shell) -> None:
    """Rewrites history; leaving an unfinished one is fine. What `-x` would run is judged first."""
    options = parse(command.arguments, "-x --exec -X -s --strategy --onto -C")
    for code in options.values("-x", "--exec"):
        shell.judge_text(code)
    if not options.has("--abort", "--quit", "--continue", "--skip", "--show-current-patch", "--help"):
        shell.refuse("git.history", ("git", *command.argv))


def check_reflog(command: Command, shell: Shell) -> None:
    """Looking only."""
    if command.arguments[:1] and command.arguments[0] in {"expire", "delete", "drop"}:
        shell.refuse("git.refs", ("git", *command.argv))


def check_gc(command: Command, shell: Shell) -> None:
    """gc and prune delete what git could still restore."""
    options = parse(command.arguments)
    prune = any(given.startswith("--prune") for given, _ in options.given) or options.has("--aggressive")
    if (command.argv[0] == "gc" and not prune) or options.has("-n", "--dry-run", "--no-prune"):
        return
    shell.refuse("git.refs", ("git", *command.argv))


def check_update_ref(command: Command, shell: Shell) -> None:
    """Plumbing that deletes or moves refs."""
    options = parse(command.arguments, "-m")
    if command.argv[0] == "symbolic-ref" and len(options.operands) < 2 and not options.has("-d", "--delete"):  # noqa: PLR2004
        return
    shell.refuse("git.refs", ("git", *command.argv))


def check_worktree(command: Command, shell: Shell) -> None:
    """Adding and listing; not removing by force."""
    options = parse(command.arguments, "-b -B")
    if options.operands[:1] == ("remove",) and options.has("-f", "--force"):
        shell.refuse("git.discard", ("git", *command.argv))


def check_notes(command: Command, shell: Shell) -> None:
    """Notes are refs too."""
    if set(command.arguments[:1]) & {"remove", "prune"}:
        shell.refuse("git.refs", ("git", *command.argv))


def check_read_tree(command: Command, shell: Shell) -> None:
    """`read-tree -u --reset` and `checkout-index -f` overwrite the work."""
    if parse(command.arguments).has("--reset") or (
        command.argv[0] == "checkout-index" and parse(command.arguments).has("-f", "--force")
    ):
        shell.refuse("git.discard", ("git", *command.argv))
