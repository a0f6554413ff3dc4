"""Publishing packages, images and changes on a forge; containers as far as they reach out or wipe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.asking import asks, asks_for_help, asks_for_version, is_dry_run
from hooks.policy.options import parse
from hooks.policy.patterns import compile_once
from hooks.policy.programs import Table, build_table, merge_tables
from hooks.policy.programs.loopback import is_loopback
from hooks.policy.tables import publishers, read_list, value_options, with_aliases

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command
    from hooks.policy.tables.rows import Publisher


def check_gh_api(command: Command, shell: Shell) -> None:
    """`gh api`, by its method: fields make it a POST."""
    options = parse(command.arguments, value_options("gh"))
    if options.operands[:1] != ("api",) or asks(command.arguments, value_options("gh")):
        return
    method = options.value("-X", "--method", "--request")
    fields = options.values("-f", "--raw-field", "-F", "--field", "--input")
    query = any(re.match(r"query=\s*(query\b|\{)", field) for field in fields) and "graphql" in options.operands
    if (method or ("POST" if fields and not query else "GET")).upper() not in {"GET", "HEAD"}:
        shell.refuse("deploy.request", command.argv)


TASK_NAME = re.compile(
    r"(^|[:_./-])(deploy(ment|s|ed)?|publish(er)?|unpublish|release|releases|rollout|rollback|ship|promote|destroy|teardown|undeploy"
    r"|provision|decommission|go-?live|push-?(image|docker|prod|live)?|upload|submit|migrate-?prod|prod(uction)?-?(migrate|deploy)|"
    r"terraform-?apply|tf-?apply|apply-?infra|nuke|wipe|db-?drop|drop-?db|db-?reset|reset-?db)($|[:_./-])",
    re.IGNORECASE,
)
TASK_HARMLESS = re.compile(
    r"dry|check|test|lint|notes|docs?$|build|plan|status|local|preview|verify|validate|compile|changelog|version|types|mock|dev|watch|storybook|pack|prepare|bundle|assemble"
    r"|(^|[:_./-])(get|gen|generate|list|detect|fetch|download|hash|sha\d*|sums?|show|releases)($|[:_./-])",
    re.IGNORECASE,
)


PUBLISHERS = with_aliases(publishers())


def check_publisher(command: Command, shell: Shell) -> None:
    """A tool that publishes: refused at the words with which it does."""
    row, takes = PUBLISHERS[command.program], value_options("publisher")
    if publishes(row, command.arguments) and not _stays_here(command, takes):
        shell.refuse("deploy.publish", command.argv)


def publishes(row: Publisher, words: tuple[str, ...]) -> bool:
    """Whether a call with these words publishes."""
    takes, joined = value_options("publisher"), " ".join(words)
    if _only_looks(words, row, takes) or compile_once(row.unless).search(joined):
        return False
    return speaks_of(row, words) or compile_once(row.by_options).search(joined) is not None


def speaks_of(row: Publisher, words: tuple[str, ...]) -> bool:
    """Whether the call is one of those by which the program publishes, if only to show what it would do."""
    operands = " ".join(parse(words, value_options("publisher")).operands)
    return compile_once(rf"({row.publishes})(\s.*)?", re.DOTALL).fullmatch(operands) is not None


REGISTRY_OPTIONS = ("--registry", "--repository-url", "--publish-url", "--index", "--host")


def _stays_here(command: Command, takes: str) -> bool:
    """A registry on this machine is a test server; nothing leaves."""
    registries = parse(command.arguments, takes).values(*REGISTRY_OPTIONS)
    return bool(registries) and all(map(is_loopback, registries))


def _only_looks(words: tuple[str, ...], row: Publisher, takes: str) -> bool:
    """`help` may be a folder to publish, and `version` a subcommand that does."""
    as_word = row.by_options == "(?!)" and compile_once(row.publishes).fullmatch("".join(words[:1])) is None
    return asks(words, takes, as_word=as_word) or is_dry_run(words, row.dry, takes)


REGISTRY_SETTING = re.compile(
    r"\b(set\s+)?(script-shell|ignore-scripts|registry|prefix|userconfig|git|node-options|editor|shell)\b"
)


def check_node_registry(command: Command, shell: Shell) -> None:
    """npm, pnpm, yarn, bun: publishing, registry accounts, tokens, settings that run or redirect."""
    options = parse(command.arguments, value_options("node"))
    operands = list(options.operands)
    while operands[:1] and operands[0] in {"workspace", "workspaces", "foreach", "npm"}:
        operands = operands[2:] if operands[0] == "workspace" else operands[1:]
    if not operands or asks_for_help(command.arguments, value_options("node")):
        return
    if is_dry_run(command.arguments, ("--dry-run", "--dry-run=true"), value_options("node")):
        return
    verb, rest = operands[0], " ".join(operands[1:])
    looks = operands[1:2] in (["ls"], ["list"], ["get"])
    if verb in read_list("registry_verbs") and not looks and not _stays_here(command, value_options("node")):
        shell.refuse("deploy.publish", command.argv)
    settings = verb in {"config", "c", "get", "set"}
    if verb == "token" or (settings and re.search(r"auth|token|password|_key", rest, re.IGNORECASE)):
        shell.refuse("secrets.vault", command.argv)
    if settings and (verb == "set" or "set " in rest or "=" in rest) and REGISTRY_SETTING.search(rest):
        shell.refuse("guards.environment", command.argv)


SCRIPTS_DRY_RUN = ("--dry-?run(=true)?", "--check", "--noop")
"""By custom the options with which a script only shows what it would do."""


def check_task_name(name: str, command: Command, shell: Shell) -> None:
    """A task whose name says that it deploys or destroys, where its text does not tell."""
    words = tuple(word for word in command.arguments if word != "--")  # npm passes on what stands behind it
    looks = asks_for_help(words) or asks_for_version(words) or is_dry_run(words, SCRIPTS_DRY_RUN)
    parts = re.split(r"[:_./-](?:and|then|n)[:_./-]|[&+]", name, flags=re.IGNORECASE)
    if any(TASK_NAME.search(part) and not TASK_HARMLESS.search(part) for part in parts) and not looks:
        shell.refuse("deploy.publish", command.argv)


TABLE: Table = merge_tables(
    dict.fromkeys(PUBLISHERS, check_publisher),
    build_table(__name__, check_gh_api, check_node_registry),
)
