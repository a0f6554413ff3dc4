"""Statements and client commands that destroy data, in any client, migration tool or language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.addresses import is_downloaded
from hooks.policy.programs.every_command import check_write
from hooks.policy.programs.own_services import drops_only_own, is_own_database, works_on_own
from hooks.policy.shell.values import UNKNOWN, program_name
from hooks.policy.tables import read_list, value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command, Feed

COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
DROPPED = re.compile(
    r"\bdrop\s+(database|schema|table|view|materialized\s+view|index|trigger|user|role|keyspace|function|procedure|"
    r"sequence|type|column|collection|extension|owned|tablespace|dictionary|column\s+family|constraint|warehouse|stream|space|graph|measurement|series|catalog)\b"
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


OPERAND_IS_CODE = frozenset({"sqlite3", "sqlite", "duckdb", "litecli"})
"""Clients that take statements behind the name of the database."""


def check_sql_client(command: Command, shell: Shell) -> None:
    """psql, mysql, sqlite3 and other clients: statements from options, operands, files and standard input."""
    family = {"mysql": "mysql", "mariadb": "mysql", "psql": "sql", "sqlite3": "sql", "pgcli": "sql", "litecli": "sql"}
    takes = value_options(family.get(command.program, "sql_e"))
    options = parse([f"-{word}" if word in ONE_DASH else word for word in command.arguments], takes)
    for text in (*options.values(*takes.split()), *options.operands, command.feed.text or ""):
        _check_outputs(text, shell)
    given = options.operands[1:] if command.program in OPERAND_IS_CODE else ()
    if not given and not options.values(*STATEMENTS) and _is_downloaded(command, shell):
        shell.refuse("remote.code", command.argv)
    if command.program == "sqlite3" and options.operands[:1] == (":memory:",):
        return
    for text in (*options.values(*takes.split()), *options.operands):
        _check_statement(text, command, shell)
    for text in (text for name in options.values("-init", "--init") for text in _read_files(name, shell)):
        _judge_escapes(text, shell)
    for name in options.values("-f", "--file", "-i", "--input-file", "-init", "--init", "--queries-file"):
        _check_file(name, command, shell)
    for text in (*command.arguments, command.feed.text or ""):
        for found in INCLUDED.finditer(text):
            _check_file(next(filter(None, found.groups())).strip("'\";"), command, shell)
    for text in (*options.values(*STATEMENTS), *given):
        _refuse_if_unknown(text, command, shell)
    _check_input(command, shell)
    files = options.values("-f", "--file", "-i", "--input-file")
    if (not given and not options.values(*STATEMENTS)) or not STDIN.isdisjoint(files):  # else the input is data
        _check_generated(command.feed, command, shell)


STDIN = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
STATEMENTS = ("-c", "--command", "-e", "--execute", "--query", "-Q")


def _is_downloaded(command: Command, shell: Shell) -> bool:
    """Whether a client reads statements from another machine, among which its commands of the shell may be."""
    path = command.feed.path
    found = shell.resolve(path) if path is not None else ()
    return is_downloaded(command.feed) or any(each is not None and shell.memory.is_fetched(each) for each in found)


INCLUDED = re.compile(
    r"^\s*\.read\s+(\S+)|\\(?:ir?|include(?:_relative)?)\s+(\S+)|(?:^|;)\s*(?:source|\\\.)\s+([^;\s]+)|^@{1,2}([\w./-]+)$",
    re.MULTILINE | re.IGNORECASE,
)
"""A file of statements that a client reads: `.read` of sqlite3, `\\i` of psql, `source` of mysql, `@` of sqlplus."""


def _check_statement(text: str, command: Command, shell: Shell) -> None:
    if destroys(text) and not works_on_own(command, shell) and not drops_only_own(text, command, shell):
        shell.refuse("database.destroy", command.argv)
    _judge_escapes(text, shell)


def _judge_escapes(text: str, shell: Shell) -> None:
    for code in re.findall(r"(?m)^\s*(?:\\!|\.shell|\.system|system|!)\s*(.+)$", text):
        shell.judge_text(code)


OUTPUTS = re.compile(
    r"^\s*\.(?:output|once|backup|save|log|clone)\s+(?:main\s+)?['\"]?([^\s'\"|]+)|\bwritefile\s*\(\s*'([^']+)'"
    r"|^\s*\\(?:o|copy\b.*\bto)\s+'?([^\s'|]+)|\binto\s+(?:outfile|dumpfile)\s+'([^']+)'",
    re.MULTILINE | re.IGNORECASE,
)
"""Where a client, and some databases, write what they are asked for."""


def _check_outputs(text: str, shell: Shell) -> None:
    for found in OUTPUTS.finditer(text):
        for path in shell.resolve(next(filter(None, found.groups()))):
            check_write(path, shell)


UNKNOWN_STATEMENT = re.compile(r"(?:\A|;)\s*\0+[ \t]*(?:[;\n]|\Z)")


def _refuse_if_unknown(text: str, command: Command, shell: Shell) -> None:
    """Statements of which nothing is known may do anything; so may a file of them."""
    if UNKNOWN in text and UNKNOWN_STATEMENT.search(COMMENT.sub(" ", text)):
        shell.refuse_unless_lenient("unresolved.code", command.argv)


def _check_file(name: str, command: Command, shell: Shell) -> None:
    _refuse_if_unknown(name, command, shell)
    if piped := shell.memory.find_pipe(name):
        _check_generated(piped, command, shell)
    path = shell.resolve(name)[0]
    _, text = shell.memory.read_content(path) if path else (False, None)
    if text is None and path:
        _, text = shell.memory.read_content(f"{path}.sql")  # sqlplus adds the ending
    if text is not None:
        _check_statement(text, command, shell)


def _check_input(command: Command, shell: Shell) -> None:
    _refuse_if_unknown(command.feed.path or "", command, shell)
    text = command.feed.text
    own = text is not None and (works_on_own(command, shell) or drops_only_own(text, command, shell))
    if text is not None and (
        (destroys(text) and not own)
        or MONGO.search(text)
        or (command.program.startswith(("redis", "valkey")) and FLUSH.search(text))
    ):
        shell.refuse("database.destroy", text)


DUMPS = frozenset({"pg_dump", "pg_dumpall", "mysqldump", "mariadb-dump", ".dump"})


def _check_generated(feed: Feed, command: Command, shell: Shell) -> None:
    """Statements that another program writes: `manage.py sqlflush | psql` runs what no rule has seen."""
    if feed.text is not None:
        if not works_on_own(command, shell):
            _refuse_if_unknown(feed.text, command, shell)
        return
    if any(destroys(word) for argv in feed.sources for word in argv[1:]):
        shell.refuse("database.destroy", command.argv)
    generated = [argv for argv in feed.sources if argv and not _copies_statements(argv)]
    if generated and not works_on_own(command, shell):
        shell.refuse_unless_lenient("unresolved.code", (*generated[0], "|", *command.argv))


def _copies_statements(argv: tuple[str, ...]) -> bool:
    """Whether a program prints what is in a file or in another database."""
    return program_name(argv[0]) in read_list("statement_sources") or not DUMPS.isdisjoint(argv)


def check_mongo(command: Command, shell: Shell) -> None:
    """mongosh --eval, and scripts on standard input."""
    texts = [*command.arguments, command.feed.text or ""]
    named = [*command.arguments, *LOADED.findall(" ".join(command.arguments))]
    scripts = [word for word in named if word.endswith((".js", ".mongodb")) or shell.memory.find_pipe(word)]
    texts += [text for word in scripts for text in _read_files(word, shell)]
    for text in texts:
        if MONGO.search(text) and not (MONGO_NARROWED.search(text) and not re.search(r"drop", text, re.IGNORECASE)):
            shell.refuse("database.destroy", command.argv)
    _check_generated(command.feed, command, shell)


LOADED = re.compile(r"\bload\(\s*['\"]([^'\"]+)")


def _read_files(name: str, shell: Shell) -> list[str]:
    texts = [shell.memory.read_content(path)[1] for path in shell.resolve(name.partition("=")[2] or name) if path]
    return [text for text in texts if text is not None]


def check_redis(command: Command, shell: Shell) -> None:
    """redis-cli flushall, flushdb, and keys fed to DEL."""
    options = parse(command.arguments, value_options("redis"), stop_at_operand=True)
    words = " ".join(options.operands)
    scripts = [text for name in options.values("--eval") for text in _read_files(name, shell)]
    if any(re.search(r"redis\.p?call\b", text) and FLUSH.search(text) for text in scripts):
        shell.refuse("database.destroy", command.argv)
    if re.match(r"(del|unlink)\b", words, re.IGNORECASE) and UNKNOWN in words:
        shell.refuse_unless_lenient("database.destroy", command.argv)
    if (
        FLUSH.match(words)
        or (re.match(r"config\s+set\s+(dir|dbfilename)", words, re.I))
        or re.match(r"eval\b.*flush", words, re.I | re.S)
    ):
        shell.refuse("database.destroy", command.argv)
    _check_input(command, shell)
    if not options.has("-x", "-X"):  # with these, the input is a value
        _check_generated(command.feed, command, shell)


def check_console(command: Command, shell: Shell) -> None:
    """`manage.py dbshell`, `rails dbconsole`: the database's client, with statements on its standard input."""
    if command.arguments[:1] in {("dbshell",), ("dbconsole",), ("db",)}:
        _check_input(command, shell)
        _check_generated(command.feed, command, shell)


def check_dropdb(command: Command, shell: Shell) -> None:
    """`dropdb t1`, of a database that the session made."""
    options = parse(command.arguments, "-h --host -p --port -U --username --maintenance-db")
    if options.has("--help", "-?", "--version", "-V"):
        return
    if not options.operands or not all(is_own_database(name, command, shell) for name in options.operands):
        shell.refuse("database.destroy", command.argv)


TABLE: Table = build_table(__name__, check_sql_client, check_dropdb, check_mongo, check_redis, check_console)
