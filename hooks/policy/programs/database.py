"""Statements and client commands that destroy data, in any client, migration tool or language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.asking import asks, asks_for_help, is_dry_run
from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import valued

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
DROPPED = re.compile(
    r"\bdrop\s+(database|schema|table|view|materialized\s+view|index|trigger|user|role|keyspace|function|procedure|"
    r"sequence|type|column|collection|extension|owned|tablespace|dictionary|column\s+family|constraint|warehouse)\b"
    r"|\balter\s+table\b.*\bdrop\b|\btruncate\s+(table\s+)?[\w\"`\[$\0.*]|\bdrop\s+if\s+exists\b",
    re.IGNORECASE | re.DOTALL,
)
DELETED = re.compile(r"\b(delete\s+(?:\w+\s+)?from|delete\s+from)\b(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
UPDATED = re.compile(r"^\s*update\b(?P<rest>.*\bset\b.*)", re.IGNORECASE | re.DOTALL)
NARROWED = re.compile(r"\bwhere\b(?P<condition>.+)", re.IGNORECASE | re.DOTALL)
ALWAYS = re.compile(
    r"^\s*(?:\(\s*)?(true|1|(['\"]?)(\w+)\2\s*=\s*\2\3\2|1\s*(<|<=|>=|!=|<>)\s*\d+|not\s+false|\w+\s+is\s+not\s+null\s+or.*)(?:\s*\))?(?:\s*;)?\s*$",
    re.I,
)
STRINGS = re.compile(r"'(?:[^']|'')*'|\$\$.*?\$\$|\$(\w+)\$.*?\$\1\$", re.DOTALL)
DOT_COMMAND = re.compile(r"^\s*\.(drop|shell|system|restore)\b|^\s*\\!|^\s*system\b", re.IGNORECASE | re.MULTILINE)
MONGO = re.compile(
    r"\.\s*(dropDatabase|drop|dropIndex(es)?|deleteMany|remove|dropUser|dropAllUsers\w*|dropRole|dropCollection)\s*\("
)
MONGO_NARROWED = re.compile(r"\.\s*(deleteMany|remove)\s*\(\s*\{\s*[^}\s]")
FLUSH = re.compile(
    r"\b(flushall|flushdb|flush_all|flush all|shutdown|swapdb|debug segfault|script flush|function flush)\b",
    re.IGNORECASE,
)


def destroys(statements: str) -> bool:
    """Whether SQL text drops, truncates, or deletes everything; comments separate words like blanks do."""
    spaced = COMMENT.sub(" ", statements)
    for statement in spaced.split(";"):
        bare = STRINGS.sub("'s'", statement)
        if DROPPED.search(bare) or DOT_COMMAND.search(statement):
            return True
        deleted = DELETED.search(bare) or UPDATED.search(bare)
        if deleted and _affects_everything(deleted["rest"]):
            return True
    return False


def _affects_everything(rest: str) -> bool:
    narrowed = NARROWED.search(rest)
    return narrowed is None or ALWAYS.search(narrowed["condition"]) is not None


ONE_DASH = frozenset(
    {"-cmd", "-batch", "-header", "-json", "-line", "-list", "-csv", "-readonly", "-init", "-echo", "-bail", "-column"}
)
"""Long options that sqlite3 writes with one dash."""


def check_sql_client(command: Command, shell: Shell) -> None:
    """psql, mysql, sqlite3 and other clients: statements from options, operands, files and standard input."""
    family = {"mysql": "mysql", "mariadb": "mysql", "psql": "sql", "sqlite3": "sql", "pgcli": "sql", "litecli": "sql"}
    takes = valued(family.get(command.program, "sql_e"))
    options = parse([f"-{word}" if word in ONE_DASH else word for word in command.arguments], takes)
    if command.program == "sqlite3" and options.operands[:1] == (":memory:",):
        return
    for text in (*options.values(*takes.split()), *options.operands):
        _check_statement(text, command, shell)
    for name in options.values("-f", "--file", "-i", "--input-file"):
        _check_file(name, command, shell)
    for operand in options.operands[1:]:
        if read := re.match(r"\s*\.read\s+(\S+)", operand):
            _check_file(read[1], command, shell)
    _check_input(command, shell)


def _check_statement(text: str, command: Command, shell: Shell) -> None:
    if destroys(text):
        shell.refuse("database.destroy", command.argv)
    for code in re.findall(r"(?m)^\s*(?:\\!|\.shell|\.system|system|!)\s*(.+)$", text):
        shell.judge_text(code)


def _check_file(name: str, command: Command, shell: Shell) -> None:
    path = shell.resolve(name)[0]
    _, text = shell.session.read_content(path) if path else (False, None)
    if text is not None and destroys(text):
        shell.refuse("database.destroy", command.argv)


def _check_input(command: Command, shell: Shell) -> None:
    text = command.feed.text
    if text is not None and (
        destroys(text) or MONGO.search(text) or (command.program.startswith(("redis", "valkey")) and FLUSH.search(text))
    ):
        shell.refuse("database.destroy", text)


def check_dropdb(command: Command, shell: Shell) -> None:
    """dropdb, dropuser, memcflush."""
    if not asks(command.arguments, valued("sql"), as_word=False):
        shell.refuse("database.destroy", command.argv)


def check_mysqladmin(command: Command, shell: Shell) -> None:
    """mysqladmin drop, shutdown, flush."""
    operands = parse(command.arguments, "-u --user -h --host -P --port -S --socket").operands
    if set(operands) & {"drop", "shutdown", "flush-privileges", "kill", "password"}:
        shell.refuse("database.destroy", command.argv)


def check_mongo(command: Command, shell: Shell) -> None:
    """mongosh --eval, and scripts on standard input."""
    texts = [*command.arguments, command.feed.text or ""]
    for text in texts:
        if MONGO.search(text) and not (MONGO_NARROWED.search(text) and not re.search(r"drop", text, re.IGNORECASE)):
            shell.refuse("database.destroy", command.argv)


def check_redis(command: Command, shell: Shell) -> None:
    """redis-cli flushall, flushdb, and keys fed to DEL."""
    options = parse(command.arguments, valued("redis"), stop_at_operand=True)
    words = " ".join(options.operands)
    if re.match(r"(del|unlink)\b", words, re.IGNORECASE) and UNKNOWN in words:
        shell.refuse_unless_lenient("database.destroy", command.argv)
    if (
        FLUSH.match(words)
        or (re.match(r"config\s+set\s+(dir|dbfilename)", words, re.I))
        or re.match(r"eval\b.*flush", words, re.I | re.S)
    ):
        shell.refuse("database.destroy", command.argv)
    _check_input(command, shell)


def check_migration_tool(command: Command, shell: Shell) -> None:
    """Migration tools and frameworks: the verbs that throw data away."""
    words = " ".join(command.arguments)
    looks = asks_for_help(command.arguments) or is_dry_run(command.arguments, TASKS_DRY_RUN)
    if DESTRUCTIVE_TASK.search(words) and not looks:
        shell.refuse("database.destroy", command.argv)


TASKS_DRY_RUN = ("--dry-run(=true)?", "--pretend", "--dump-sql")
DESTRUCTIVE_TASK = re.compile(
    r"""(?:^|\s)(
      db:(drop|reset|wipe|purge|truncate\S*|schema:load|structure:load|migrate:reset|setup:drop|clean|nuke|destroy|recreate
          |seed:replant|system:change|rollback:all)(:\S+)?
    | (ecto|ash|ash_postgres)\.(drop|reset|rollback_all)
    | (db:)?migrate[:\s](fresh|reset|refresh|drop|clean|undo:all|down\s+--all|rollback\s+--all)
    | (doctrine:)?(schema|database):(drop|drop-full) | dbal:drop | orm:schema-tool:drop | mongodb:schema:drop
    | drop-database | database:drop | schema:drop | drop:schema
    | db\s+(drop|reset|wipe|clean|destroy|push\s(.*\s)?--(accept-data-loss|force-reset))
    | migrations?[:\s](reset|drop|down:all|revert:all)
    | (migrate|db)\s+reset | database\s+(drop|reset) | downgrade\s+base | flyway:clean | dropall | drop-all
    | reset_db | flush | reset_schema | clean_db | hdb:drop | db-drop | db_drop | db-reset
    )(?=\s|$)""",
    re.VERBOSE | re.IGNORECASE,
)


def check_django(command: Command, shell: Shell) -> None:
    """`manage.py flush`, `reset_db`, `migrate app zero`, and SQL shells."""
    words = list(command.arguments)
    if set(words) & {
        "flush",
        "reset_db",
        "drop_test_database",
        "reset_schema",
        "delete_squashed_migrations",
    }:
        shell.refuse("database.destroy", command.argv)
    if words[:1] == ["migrate"] and words[-1] == "zero":
        shell.refuse("database.destroy", command.argv)
    if words[:1] == ["dbshell"] and command.feed.text and destroys(command.feed.text):
        shell.refuse("database.destroy", command.feed.text)


SCHEMA_VERBS = {
    "flyway": {"clean", "undo"}, "liquibase": {"dropAll", "drop-all"}, "migrate": {"drop"}, "dbmate": {"drop"},
    "goose": {"reset", "down-to"}, "atlas": {"clean"}, "sqlx": {"drop", "reset"}, "diesel": {"reset"},
    "alembic": {"base"}, "sea-orm-cli": {"fresh", "reset", "refresh"}, "drizzle-kit": {"drop"}, "supabase": {"reset"},
    "edgedb": {"destroy", "wipe"}, "gel": {"destroy", "wipe"}, "couchbase-cli": {"bucket-flush", "bucket-delete"},
    "influx": {"delete", "drop"}, "bq": {"rm", "truncate"}, "etcdctl": {"del"},
    "rabbitmqctl": {"reset", "force_reset", "delete_queue", "purge_queue", "delete_vhost", "delete_user", "stop_app"},
    "memcached-tool": {"flush"},
}  # fmt: skip


def check_schema_tool(command: Command, shell: Shell) -> None:
    """Tools around schemas and stores: the verbs that throw everything away, whatever else the call says."""
    operands = parse(command.arguments, "-path -database -source -url -c -x -n -e --env --config").operands
    if SCHEMA_VERBS.get(command.program, set()) & set(operands) or (
        command.program == "mongorestore" and "--drop" in command.arguments
    ):
        shell.refuse("database.destroy", command.argv)
    check_migration_tool(command, shell)


def check_kafka_topics(command: Command, shell: Shell) -> None:
    """kafka-topics --delete and similar calls."""
    if parse(command.arguments).has("--delete", "--delete-offsets", "--reset-offsets"):
        shell.refuse("database.destroy", command.argv)


TABLE: Table = build_table(
    __name__,
    check_sql_client,
    check_dropdb,
    check_mysqladmin,
    check_mongo,
    check_redis,
    check_migration_tool,
    check_django,
    check_schema_tool,
    check_kafka_topics,
)
