"""Programs in other languages than shell: what their text would delete, run, print, send and write.

Read by patterns, one row of `tables/languages.toml` for each language: enough to see a command inside a string, a path
in a literal, a dump of the environment; not enough to follow values, so that what is not literal counts as not known.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING

from hooks.policy.programs.addresses import REMOTE_MODULE
from hooks.policy.programs.code_files import PATH, check_files
from hooks.policy.programs.database import MONGO, destroys
from hooks.policy.programs.every_command import METADATA_HOST
from hooks.policy.programs.http_clients import is_loopback
from hooks.policy.programs.node_source import resolve_aliases
from hooks.policy.programs.program_literals import file_read_by, only_literal
from hooks.policy.programs.python_environment import read_environment
from hooks.policy.programs.python_exec import find_executed
from hooks.policy.programs.python_source import TooComplex, normalise
from hooks.policy.programs.ruby_source import spell_out_lists
from hooks.policy.programs.text_files import arguments_at, literals
from hooks.policy.programs.variables import is_secret_variable
from hooks.policy.shell.escapes import PROGRAM, decode
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import languages
from hooks.policy.tables.rows import Language, TestCode

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


LANGUAGES = languages()
NODE, PYTHON, PERL, GENERIC = LANGUAGES["node"], LANGUAGES["python"], LANGUAGES["perl"], LANGUAGES["julia"]

FETCH = re.compile(
    r"open\(\s*['\"]https?|urlopen|requests\.get|httpx\.get|urllib|\bfetch\s*\(|https?\.get|Net::HTTP|open-uri|URI\.open|LWP|file_get_contents\(\s*['\"]https?|curl|wget|http\.request",
    re.IGNORECASE,
)


REWRITTEN = {name: resolve_aliases for name, row in LANGUAGES.items() if row is NODE} | {
    name: spell_out_lists for name, row in LANGUAGES.items() if row is LANGUAGES["ruby"]
}


def judge_program_text(text: str, language: str, command: Command, shell: Shell) -> None:
    """Judge a program's text by its language's patterns."""
    row = LANGUAGES[language]
    if row is PYTHON:
        code = _judge_executed(_normalise_python(text, command, shell), command, shell)
    else:
        code = REWRITTEN.get(language, str)(without_comments(text, row))
    _check_environment(row, code, command, shell)
    _check_addresses(code, command, shell)
    _check_processes(code, command, shell)
    _check_databases(code, command, shell)
    check_files(row, code, command, shell, python=row is PYTHON)
    judge_commands(row, code, shell)
    for match in re.finditer(row.shell_code, code, re.MULTILINE):
        _judge_shell_code(max((group or "" for group in match.groups()), key=len), shell)
    _check_fetching(row, code, command, shell)
    for match in re.finditer(row.evaluates, code):
        if FETCH.search(code):
            shell.refuse("remote.code", command.argv)
        _judge_evaluation(code, match, language, command, shell)
    if any(_leaves_machine(code, match) for match in re.finditer(row.sends, code)):
        shell.refuse_unless_lenient("deploy.request", command.argv)
    if re.search(r"socket|TCPSocket|fsockopen|net\.connect|createConnection", code) and re.search(
        r"dup2|/bin/(ba)?sh|cmd\.exe|pty\.spawn|exec\(", code
    ):
        shell.refuse("remote.shell", command.argv)


def _judge_evaluation(code: str, match: re.Match[str], language: str, command: Command, shell: Shell) -> None:
    """`exec("print(1)")` is its text, `exec(open("x.py").read())` the file; of anything else the text is not known."""
    arguments = arguments_at(code, match.end())[:-1].strip() if match[0].endswith("(") else ""
    file = file_read_by(arguments)
    path = shell.resolve(file)[0] if file else None
    text, own = _read_literal(whole) if (whole := only_literal(arguments)) is not None else None, True
    if path is not None:
        text, own = shell.session.read_content(path)[1], shell.session.is_own_file(path, shell.scope)
    if text is None:
        shell.refuse_unless_lenient("unresolved.code", command.argv)
        return
    with shell.session.one_level_deeper(), nullcontext() if own else shell.session.as_repository_code():
        judge_program_text(text, language, command, shell)


def _judge_shell_code(text: str, shell: Shell) -> None:
    """A command as one text, or as a list of literals."""
    words = literals(text) if text.lstrip()[:1] in {"'", '"'} else []
    if len(words) > 1:
        shell.judge_argv([_read_literal(word) for word in words])
    else:
        shell.judge_text(_read_literal(words[0] if words else text))


def _judge_executed(code: str, command: Command, shell: Shell) -> str:
    """Python that is run by `exec` and is at hand is judged in its place; gives the code without these calls."""
    executed = find_executed(code)
    for text in executed.texts:
        judge_program_text(text, "python", command, shell)
    for name in executed.files:
        for path in shell.resolve(name):
            _judge_executed_file(path, command, shell)
    return executed.rest


def _judge_executed_file(path: str | None, command: Command, shell: Shell) -> None:
    if path is not None and shell.session.is_fetched(path):
        shell.refuse("remote.code", command.argv)
    exists, text = shell.session.read_content(path) if path else (True, None)
    if exists and text is None:
        shell.refuse_unless_lenient("unresolved.code", command.argv)
    elif text is not None and path is not None:
        own = shell.session.is_own(path)
        with shell.session.as_session_code() if own else shell.session.as_repository_code():
            judge_program_text(text, "python", command, shell)


def _normalise_python(text: str, command: Command, shell: Shell) -> str:
    try:
        return normalise(text)
    except TooComplex:
        shell.refuse_unless_lenient("unresolved.code", command.argv)
        return text


def without_comments(text: str, row: Language | TestCode) -> str:
    if not row.comment:
        return text
    lines = text.splitlines()
    return "\n".join("" if line.lstrip().startswith(row.comment) and line[:2] != "#!" else line for line in lines)


def _check_fetching(row: Language, code: str, command: Command, shell: Shell) -> None:
    """Packages that the program installs, and modules that it loads from an address."""
    if re.search(row.fetches, code):
        shell.refuse_unless_lenient("remote.package", command.argv)
    if row is not PYTHON and (found := REMOTE_MODULE.search(code)):
        shell.refuse_unless_lenient("remote.code", found["address"])


def _leaves_machine(code: str, sending: re.Match[str]) -> bool:
    """Whether a request goes to another machine: a path alone is what a test's client is given."""
    given = literals(arguments_at(code, sending.end())) if sending[0].endswith("(") else []
    urls = re.findall(r"https?://[^\s'\"`)]+", code)
    only_path = bool(given) and given[0].startswith("/") and not urls
    return not only_path and not (urls and all(is_loopback(url) for url in urls))


HANDED_ON = re.compile(
    r"\benv\s*[:=]\s*(?:Object\.assign\(\s*\{\s*\}\s*,\s*|\{\s*\.\.\.)?(?:process|Bun)\.env\b(?!\s*[;\n)]*\s*(?:console|print))"
)
"""The environment as it is handed on to another program: that prints nothing."""
PRINTS_ENV = re.compile(
    r"(?:log|error|info|print\w*|puts|write|stringify|inspect|dir|table)\(\s*\{?\s*(?:\.\.\.)?env\b(?!\s*[.\[:])"
)
PRINTS = re.compile(
    r"print|console\.|puts|echo|write|cat\(|post|send|-p\b|\bpp?\s|\bsay\b|exit|raise|throw|assert|\bdie\b|\bwarn|abort|inspect"
    r"|dump|display|Error|\blog"
)


def _check_environment(row: Language, code: str, command: Command, shell: Shell) -> None:
    if shell.session.lenient:
        return
    printed, names = (read_environment(code) if row is PYTHON else None) or (_prints_environment(row, code), [])
    if printed:
        shell.refuse("secrets.environment", command.argv)
    if PRINTS.search(code + " ".join(command.arguments[:1])):
        named = [group for match in re.finditer(row.variable, code) for group in match.groups() if group]
        for name in (*named, *filter(re.compile(r"\w+").fullmatch, names)):
            if is_secret_variable(name):
                shell.refuse("secrets.environment", name)


def _prints_environment(row: Language, code: str) -> bool:
    rest, handed_on = HANDED_ON.subn("", code)
    return re.search(row.dumps, rest) is not None or (handed_on > 0 and PRINTS_ENV.search(code) is not None)


ENDS_PROCESSES = re.compile(
    r"os\.kill(?:pg)?\s*\(|process\.kill\s*\(|Process\.kill|posix_kill|\.(?:kill|terminate|send_signal|suspend)\s*\(|\bkill\s*\(?\s*['\"\d]"
)
OF_OTHERS = re.compile(
    r"getppid|\bppid\b|process_iter|psutil\.(?:pids|Process)\b|\bpgrep\b|\bpidof\b|\blsof\b|CLAUDE_PID|\blistdir\(\s*['\"]/proc|"
    r"(?:os\.kill(?:pg)?|process\.kill|posix_kill)\s*\(\s*-?[01]\b|Process\.kill\s*\(?\s*[^,\n]{1,99},\s*-?[01]\b|\bkill\s*\(?\s*['\"]?-?\w+['\"]?\s*,\s*-?[01]\b"
)


def _check_processes(code: str, command: Command, shell: Shell) -> None:
    """Code may end the processes that it started, as `kill` may; not those that it looks up."""
    if ENDS_PROCESSES.search(code) and OF_OTHERS.search(code):
        shell.refuse_unless_lenient("system.process", command.argv)


SQL = re.compile(r"\b(drop|truncate|delete)\b", re.IGNORECASE)
SENDS_SQL = re.compile(r"execute|query|cursor|sql|raw|run\(|db|engine|prisma|knex", re.IGNORECASE)
TALKS_TO_MONGO = re.compile(r"mongo|\bdb\.|collection|dropDatabase", re.IGNORECASE)
DROPS = re.compile(r"dropDatabase|drop_database|\.drop\(\)")
FLUSHES = re.compile(r"\b(FLUSHALL|flushall|flushdb|drop_all|dropDatabase|drop_database|dropAllTables)\b\s*\(")


def _check_databases(code: str, command: Command, shell: Shell) -> None:
    for literal in literals(code):
        if SQL.search(literal) and not PATH.fullmatch(literal) and destroys(literal) and SENDS_SQL.search(code):
            shell.refuse_unless_lenient("database.destroy", literal)
    if MONGO.search(code) and TALKS_TO_MONGO.search(code) and DROPS.search(code):
        shell.refuse_unless_lenient("database.destroy", command.argv)
    if FLUSHES.search(code):
        shell.refuse_unless_lenient("database.destroy", command.argv)


CONNECTS = re.compile(
    r"requests\.|httpx\.|aiohttp|http\.client|HTTPConnection|urllib|urlopen|axios|\bgot\(|socket|net\.connect|Faraday|HTTParty"
    r"|RestClient|HTTP::Tiny|Mojo::UserAgent|TCPSocket"
)


def _check_addresses(code: str, command: Command, shell: Shell) -> None:
    """The hosts that give a machine's credentials, where the code connects to an address."""
    if METADATA_HOST.search(code) and (FETCH.search(code) or CONNECTS.search(code)):
        shell.refuse("secrets.vault", command.argv)


CALL_COST = 3
"""Units of work for reading the arguments of one call."""


def judge_commands(row: Language | TestCode, code: str, shell: Shell) -> None:
    """Commands that the code runs: literal ones are judged as shell, others are not known."""
    for match in re.finditer(row.runs, code):
        shell.session.work.spend(CALL_COST)
        opening = match[0]
        if opening.endswith("`"):
            text = code[match.end() :].partition("`")[0]
            shell.judge_text(re.sub(r"[$#]\{[^}]*\}", UNKNOWN, text))
            continue
        arguments = arguments_at(code, match.end()) if opening.endswith("(") else code[match.end() :].partition("\n")[0]
        _judge_call(opening, arguments, row, shell)


STARTS_PROGRAM = re.compile(r"system|popen|exec|shell|subprocess|Popen|check_output|getoutput|spawn")


LIST_OPENING = re.compile(
    r"^(?:\{?\s*(?:args|cmd|command)\s*[:=]\s*|arrayOf|listOf|List\.of|Arrays\.asList|new\s+String\[\]\s*|null\s*,\s*)+"
)
"""What stands before the words of a command, or before the list of them."""
NAMES_PROGRAM_TWICE = re.compile(r"os\.(?:exec|spawn|posix_spawn)")
"""`os.execvp("git", ["git", "push"])`: the program's file, then its arguments with its name before them."""


def _judge_call(opening: str, arguments: str, row: Language | TestCode, shell: Shell) -> None:
    stripped = LIST_OPENING.sub("", arguments.strip())
    strings = literals(arguments)
    if NAMES_PROGRAM_TWICE.search(opening) and len(strings) > 1:
        shell.judge_argv([_read_literal(word) for word in (strings[0], *strings[2:])])
        return
    if row is PERL and opening.lstrip().startswith("open") and "|" not in arguments:
        return
    if not strings:
        name_given = re.match(r"[A-Za-z_$]", stripped) and not re.match(r"(self|this|async)\b", stripped)
        if name_given and row is not GENERIC and STARTS_PROGRAM.search(opening):
            shell.refuse_unless_lenient("unresolved.code", opening + arguments)
    elif words := _argument_list(stripped, arguments, strings):
        if words[0].startswith("-"):
            return  # the program is no literal: `[sys.executable, "-m", "app"]`
        if " " in words[0]:
            shell.judge_text(_read_literal(words[0]))  # a command, and how to open it: popen("ls -l", "r")
        shell.judge_argv([_read_literal(word) for word in words if word])
    elif re.match(r"[fruRb]{0,2}['\"`]", stripped):
        shell.judge_text(_read_literal(_join_literal(stripped, strings)))


def _argument_list(stripped: str, arguments: str, strings: list[str]) -> list[str]:
    """The words of `["git", "push"]`, of `"git", ["push"]` and of `"git", "push"`; none of one string."""
    if stripped[:1] in set("[({"):
        return strings
    if not re.match(r"['\"][^'\"]*['\"]\s*,\s*(?:\{?\s*args\s*[:=]\s*)?(?:\[|c\(|list\()?\s*['\"]", stripped):
        return []
    rest = arguments.split("[", 1)[1] if "[" in arguments else arguments.split(",", 1)[1]
    return [strings[0], *literals(rest)]


def _join_literal(stripped: str, strings: list[str]) -> str:
    literal_end = len(strings[0]) + 2
    rest = stripped[literal_end:].lstrip()
    return strings[0] + (UNKNOWN if rest[:1] in {"+", ".", "%"} else "")


def _read_literal(text: str) -> str:
    """The text of a literal: placeholders are not known, escapes are what they stand for."""
    return decode(re.sub(r"\$\{[^}]*\}|#\{[^}]*\}|\{[a-z_][\w.\[\]'\"()!:]*\}|%[sd]", UNKNOWN, text), PROGRAM)[0]
