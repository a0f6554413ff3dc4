"""What a program's text would destroy in a database, whatever its language.

A database in memory ends with the program, and a parser of SQL runs nothing: what they get is let pass, as long as the
program's imports show that it reaches no other database.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from hooks.policy.programs.code_files import PATH
from hooks.policy.programs.content import may_be_emptied
from hooks.policy.programs.database import destroys
from hooks.policy.programs.text_files import arguments_at, literals

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

SQL = re.compile(r"\b(drop|truncate|delete|update\s+\S+\s+set)\b", re.IGNORECASE)
SENDS_SQL = re.compile(r"execute|query|cursor|sql|raw|run\(|db|engine|prisma|knex", re.IGNORECASE)
TALKS_TO_MONGO = re.compile(r"mongo|\bdb\.|collection", re.IGNORECASE)
DROPS = re.compile(r"\.drop\(\)")
FLUSHES = re.compile(r"\b(FLUSHALL|flushall|flushdb|drop_all|dropDatabase|drop_database|dropAllTables)\b\s*\(")

WIPES = re.compile(
    r"\.objects(?:\.all\(\))?\.(?:all\(\)\.)?delete\(\)|\b[A-Z]\w*(?:\.(?:all|unscoped|in_batches))?\.(?:delete_all|destroy_all)\b"
    r"|\b[A-Z]\w*::(?:query\(\)->)?(?:truncate|delete)\(\)|->truncate\(\)|DB::table\([^()]*\)->delete\(\)"
    r"|\.deleteMany\(\s*(?:\{\s*\}\s*)?\)|\.remove\(\s*\{\s*\}|\.deleteMany\(\s*\{\s*where\s*:\s*\{\s*\}\s*\}\s*\)|\btruncate\s*:\s*true\b"
    r"|\.query\([^()]*\)\.delete\(\)|\bexecute\(\s*(?:\w+\.)?delete\(\s*[\w.]+\s*\)\s*\)|\b[A-Z]\w*\.delete\(\)\.execute\(\)|\bRepo\.delete_all\(\s*\w+\s*\)"
)
"""What frameworks have for `delete from t`, without a condition."""
OPENS = re.compile(
    r"(?:\bconnect|\bConnection|\bcreate_(?:async_)?engine|\bDatabase(?:Sync)?(?:\.new|\.open)?|\bPDO|\bopen|\bnew\s+\w+)\s*\("
)
IN_MEMORY = re.compile(r":memory:|sqlite::memory:|sqlite(?:\+\w+)?://(?:/:memory:)?")
IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+(\w[\w., \t]*)$)"
    r"|\b(?:require|import)\b[\s(]*['\"]([^'\"\n]+)['\"]|\bfrom\s*['\"]([^'\"\n]+)['\"]",
    re.MULTILINE,
)
ANOTHER_WAY = re.compile(
    r"__import__|import_module|import_string|(?<![.>])\bexec\(\s*(?!['\"])|\beval\(|subprocess"
    r"|\bos\.(?!path\b|remove\b|unlink\b|makedirs\b|mkdir\b|listdir\b|getcwd\b)|child_process|popen|system\(|ATTACH\b"
    r"|\bsocket\b|environ|getenv|\benv\b|multiprocessing|[a-z+]+://(?!/?:memory:|/[\\w./-]+['\"]|['\"/]?['\"])",
    re.IGNORECASE,
)
"""A program that has any of these may reach more than its imports show."""
ANOTHER_SERVER = re.compile(r"mysql|pgsql|postgres|mongo|\bpg_|odbc|\boci_|sqlsrv|mssql|oracle", re.IGNORECASE)
EMBEDDED = frozenset({
    "sqlite3", "aiosqlite", "apsw", "sqlalchemy", "sqlmodel", "better-sqlite3", "node:sqlite", "bun:sqlite", "sqlite",
    "sql.js",
})  # fmt: skip
PARSERS = frozenset({"sqlparse", "sqlglot", "sqlfluff", "pglast", "sql_metadata", "node-sql-parser", "pgsql-parser"})
OFFERS_NOTHING = frozenset({"pytest", "pprint", "assert", "node:assert", "util", "node:util", "minitest/autorun"})


def check_databases(code: str, command: Command, shell: Shell) -> None:
    """Statements and calls that drop, truncate or flush, where the code could send them."""
    if WIPES.search(code) and not _stays_in_program(code, shell):
        shell.refuse_unless_lenient("database.destroy", command.argv)
    if FLUSHES.search(code) and not _stays_in_program(code, shell):
        shell.refuse_unless_lenient("database.destroy", command.argv)
    for literal in literals(code):
        if SQL.search(literal) and not PATH.fullmatch(literal) and destroys(literal) and SENDS_SQL.search(code):
            if _stays_in_program(code, shell):
                break
            shell.refuse_unless_lenient("database.destroy", literal)
    if DROPS.search(code) and TALKS_TO_MONGO.search(code):
        shell.refuse_unless_lenient("database.destroy", command.argv)


METHOD = re.compile(r"\b(?!child_process\b|subprocess\b|shell\b|os\b|cp\b|sp\b)\w+(?:\.|->)(?:exec|run|call)\s*\($")
STATEMENT = re.compile(
    r"\s*(?:create\s+(?:temp(?:orary)?\s+|unique\s+|virtual\s+)?(?:table|index|view|trigger|database|schema)|insert\s+(?:or\s+\w+\s+)?into"
    r"|alter\s+table|pragma|drop\s+(?:table|index|view)|delete\s+from|select\s+[^|&`]+\s+from|update\s+\w+\s+set|begin\s*;|vacuum\b)\b",
    re.IGNORECASE,
)


def sends_statement(code: str, start: int, text: str) -> bool:
    """Whether a call whose arguments begin at `start` gives SQL to a database: `db.exec("create table …")`."""
    return METHOD.search(code[max(0, start - 80) : start]) is not None and STATEMENT.match(text) is not None


def _stays_in_program(code: str, shell: Shell) -> bool:
    """Whether all databases that the code can open are in memory or in files of the session, or it can open none."""
    imported = {_top_level(name) for match in IMPORT.finditer(code) for name in _imported_names(match)}
    used = imported - OFFERS_NOTHING - sys.stdlib_module_names | imported & {"sqlite3"}
    if "PDO" in code:
        used.add("sqlite")
    if not used or not used <= EMBEDDED | PARSERS or ANOTHER_WAY.search(code):
        return False
    if not used & EMBEDDED:
        return True
    opened = [arguments_at(code, match.end()) for match in OPENS.finditer(code)]
    given = [literals(arguments)[:1] for arguments in opened if arguments.strip() != ")"]
    own = bool(given) and all(name and (IN_MEMORY.fullmatch(name[0]) or _is_own(name[0], shell)) for name in given)
    return own and ANOTHER_SERVER.search(code) is None


def _is_own(name: str, shell: Shell) -> bool:
    """A file that the session made, or a temporary one."""
    file = re.sub(r"^sqlite(?:\+\w+)?:///?(?=[\w./])", "", name)
    return all(path is not None and may_be_emptied(path, shell) for path in shell.resolve(file)) and bool(file)


def _imported_names(match: re.Match[str]) -> list[str]:
    words = next((group for group in match.groups() if group), "")
    return [name.split()[0] for name in words.split(",") if name.split()]


def _top_level(name: str) -> str:
    """`sqlalchemy` of `sqlalchemy.orm`; a path stays one, so that it is in no list."""
    return name if "/" in name or ":" in name or name.endswith(".js") else name.partition(".")[0] or name
