"""Programs in other languages than shell: what their text would delete, run, print, send and write.

Read by patterns, one row of `tables/languages.toml` for each language: enough to see a command inside a string, a path
in a literal, a dump of the environment; not enough to follow values, so a value that is not literal counts as unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.patterns import compile_once
from hooks.policy.programs.addresses import REMOTE_MODULE
from hooks.policy.programs.client_libraries import check_libraries
from hooks.policy.programs.code_databases import check_databases, sends_statement
from hooks.policy.programs.code_environment import check_environment
from hooks.policy.programs.code_files import check_files
from hooks.policy.programs.evaluation import drop_printed_texts, judge_evaluation, judge_executed
from hooks.policy.programs.every_command import METADATA_HOST
from hooks.policy.programs.handed_on import judge_handed_on
from hooks.policy.programs.joined_texts import join_texts, spell_out_lists
from hooks.policy.programs.loopback import is_loopback
from hooks.policy.programs.node_source import resolve_aliases
from hooks.policy.programs.own_paths import name_node_paths, name_python_file
from hooks.policy.programs.python_quotes import drop_quoted_code
from hooks.policy.programs.python_source import TooComplex, drop_comments, normalise
from hooks.policy.programs.sockets import check_sockets
from hooks.policy.programs.text_files import arguments_at, literals, read_literal
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import escapes, languages
from hooks.policy.tables.rows import Language, TestCode

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


LANGUAGES = languages() | {
    f"{name} commands": Language(options="", shell_code=f"(?i:{row.code})", evaluates=row.unknown)
    for name, row in escapes().items()
}
"""The languages of interpreters, and those in which other programs read command files."""
NODE, PYTHON, PERL, GENERIC = LANGUAGES["node"], LANGUAGES["python"], LANGUAGES["perl"], LANGUAGES["julia"]

FETCH = re.compile(
    r"open\(\s*['\"]https?|urlopen|requests\.get|httpx\.get|urllib|\bfetch\s*\(|https?\.get|Net::HTTP|open-uri|URI\.open|LWP|file_get_contents\(\s*['\"]https?|curl|wget|http\.request",
    re.IGNORECASE,
)
JOINS_SOCKET = re.compile(r"socket|TCPSocket|fsockopen|net\.connect|createConnection")
JOINS_SHELL = re.compile(r"dup2|/bin/(ba)?sh|cmd\.exe|pty\.spawn|exec\(")


REWRITTEN = (
    {name: resolve_aliases for name, row in LANGUAGES.items() if row is NODE}
    | {name: spell_out_lists for name, row in LANGUAGES.items() if row is LANGUAGES["ruby"]}
    | {"php": join_texts, "perl": join_texts, "lua": join_texts, "luajit": join_texts}
)


def judge_program_text(text: str, language: str, command: Command, shell: Shell) -> None:
    """Judge a program's text by its language's patterns."""
    row = LANGUAGES[language]
    code = _read_code(text, language, command, shell)
    check_environment(row, code, command, shell, python=row is PYTHON)
    _check_addresses(code, command, shell)
    _check_processes(code, command, shell)
    check_databases(code, command, shell)
    check_files(row, code, command, shell, python=row is PYTHON)
    judge_commands(row, drop_quoted_code(code) if row is PYTHON else code, shell)
    for match in compile_once(row.shell_code, re.MULTILINE).finditer(code):
        _judge_shell_code(max((group or "" for group in match.groups()), key=len), shell)
    _check_fetching(row, code, command, shell)
    _judge_evaluations(code, language, command, shell)
    judge_handed_on(row, code, shell)
    check_libraries(code, command, shell)
    check_sockets(code, command, shell)
    _check_requests(row, code, command, shell)


def _read_code(text: str, language: str, command: Command, shell: Shell) -> str:
    """The text as the patterns expect it; what Python runs by `exec` is judged here, and taken out."""
    row = LANGUAGES[language]
    if row is NODE:
        text = name_node_paths(text, shell.memory.script)
    if row is not PYTHON:
        return REWRITTEN.get(language, str)(without_comments(text, row))

    def judge(inner: str) -> None:
        judge_program_text(inner, "python", command, shell)

    return judge_executed(
        _normalise_python(name_python_file(text, shell.memory.script), command, shell), command, shell, judge
    )


def _judge_evaluations(code: str, language: str, command: Command, shell: Shell) -> None:
    """Of Python only the calls are left whose code is not known."""

    def judge(inner: str) -> None:
        judge_program_text(inner, language, command, shell)

    row = LANGUAGES[language]
    searched = drop_printed_texts(drop_quoted_code(code)) if row is PYTHON else code
    for match in compile_once(row.evaluates).finditer(searched):
        if FETCH.search(code):
            shell.refuse("remote.code", command.argv)
        judge_evaluation(code, match, command, shell, judge)


def _check_requests(row: Language, code: str, command: Command, shell: Shell) -> None:
    """What is sent to other machines, and shells that are joined to them."""
    if any(_leaves_machine(code, match) for match in compile_once(row.sends).finditer(code)):
        shell.refuse_unless_lenient("deploy.request", command.argv)
    if JOINS_SOCKET.search(code) and JOINS_SHELL.search(code):
        shell.refuse("remote.shell", command.argv)


def _judge_shell_code(text: str, shell: Shell) -> None:
    """A command as one text, or as a list of literals."""
    text = re.sub(r"\{\*$", UNKNOWN, text)  # Tcl's `{*}[glob …]`: the words of a list
    words = literals(text) if text.lstrip()[:1] in {"'", '"'} else []
    if len(words) > 1:
        shell.judge_argv([read_literal(word) for word in words])
    else:
        shell.judge_text(read_literal(words[0] if words else text))


def _normalise_python(text: str, command: Command, shell: Shell) -> str:
    try:
        return normalise(text)
    except TooComplex:
        shell.refuse_unless_lenient("unresolved.code", command.argv)
        return drop_comments(text)


def without_comments(text: str, row: Language | TestCode) -> str:
    if not row.comment:
        return text
    lines = text.splitlines()
    return "\n".join("" if line.lstrip().startswith(row.comment) and line[:2] != "#!" else line for line in lines)


def _check_fetching(row: Language, code: str, command: Command, shell: Shell) -> None:
    """Packages that the program installs, and modules that it loads from an address."""
    if compile_once(row.fetches).search(code):
        shell.refuse_unless_lenient("remote.package", command.argv)
    if row is not PYTHON and (found := REMOTE_MODULE.search(code)):
        shell.refuse_unless_lenient("remote.code", found["address"])


CONNECTION = re.compile(r"\bHTTPS?Connection\(\s*(?:['\"]([^'\"\n]+)['\"])?")
"""The host of a connection whose requests have only a path; empty where it is no literal."""
COMPUTED_PORT = re.compile(r":(?:\$?\{[\w.\[\]'\"]+\}|%[sd])(?=[/?#]|$)")


def _without_port(url: str) -> str:
    """`http://localhost:{port}/x` goes to this machine whatever the port is."""
    return COMPUTED_PORT.sub(f":{UNKNOWN}", url)


def _leaves_machine(code: str, sending: re.Match[str]) -> bool:
    """Whether a request goes to another machine: a path alone is what a test's client is given."""
    given = literals(arguments_at(code, sending.end())) if sending[0].endswith("(") else []
    urls = [*map(_without_port, re.findall(r"https?://[^\s'\"`)]+", code)), *CONNECTION.findall(code)]
    only_path = bool(given) and given[0].startswith("/") and not urls
    return not only_path and not (urls and all(is_loopback(url) for url in urls))


ENDS_PROCESSES = re.compile(
    r"os\.kill(?:pg)?\s*\(|process\.kill\s*\(|Process\.kill|posix_kill|\.(?:kill|terminate|send_signal|suspend)\s*\(|\bkill\s*\(?\s*['\"\d]"
)
OF_OTHERS = re.compile(
    r"getppid|\bppid\b|process_iter|psutil\.(?:pids|Process)\b|\bpgrep\b|\bpidof\b|\blsof\b|CLAUDE_PID|\blistdir\(\s*['\"]/proc|"
    r"(?:os\.kill(?:pg)?|process\.kill|posix_kill)\s*\(\s*-?[01]\b|Process\.kill\s*\(?\s*[^,\n]{1,99},\s*-?[01]\b|\bkill\s*\(?\s*['\"]?-?\w+['\"]?\s*,\s*-?[01]\b"
)


FORKS_WITHOUT_END = re.compile(
    r"\bwhile\s*\(?\s*(?:True|true|1)\s*\)?\s*[:{]?\s*(?:do\b)?\s*(?:(?:os|Process)\.fork|pcntl_fork|fork)\b|\bfork\b[\s()]*while\s+1|\bloop\s*\{\s*fork\b"
)


def _check_processes(code: str, command: Command, shell: Shell) -> None:
    """Code may end the processes that it started, as `kill` may; not those that it looks up."""
    if FORKS_WITHOUT_END.search(code):
        shell.refuse("system.bomb", command.argv)
    if ENDS_PROCESSES.search(code) and OF_OTHERS.search(code):
        shell.refuse_unless_lenient("system.process", command.argv)


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
    judged: set[tuple[str, str]] = set()
    for match in compile_once(row.runs).finditer(code):
        shell.memory.work.spend(CALL_COST)
        opening = match[0]
        if opening.endswith("`"):
            text = code[match.end() :].partition("`")[0]
            shell.judge_text(re.sub(r"[$#]\{[^}]*\}", UNKNOWN, text))
            continue
        arguments = arguments_at(code, match.end()) if opening.endswith("(") else code[match.end() :].partition("\n")[0]
        if (opening, arguments) in judged or sends_statement(code, match.end(), "".join(literals(arguments)[:1])):
            continue
        written, fetched = dict(shell.memory.wrote), set(shell.memory.fetched)
        _judge_call(opening, arguments, row, shell)
        if (written, fetched) != (shell.memory.wrote, shell.memory.fetched):
            judged.clear()  # what the same call runs may be another text now
        judged.add((opening, arguments))


STARTS_PROGRAM = re.compile(r"system|popen|exec|shell|subprocess|Popen|check_output|getoutput|spawn|passthru")


LIST_OPENING = re.compile(
    r"^(?:\{?\s*(?:args|cmd|command)\s*[:=]\s*|arrayOf|listOf|List\.of|Arrays\.asList|new\s+String\[\]\s*|null\s*,\s*)+"
)
"""What stands before the words of a command, or before the list of them."""
NAMES_PROGRAM_TWICE = re.compile(r"os\.(?:exec|spawn|posix_spawn)")
"""`os.execvp("git", ["git", "push"])`: the program's file, then its arguments with its name before them."""


def _judge_call(opening: str, arguments: str, row: Language | TestCode, shell: Shell) -> None:
    stripped = LIST_OPENING.sub("", arguments.strip())
    strings = literals(arguments)
    computed = re.match(r"[A-Za-z_$]|[@*]ARGV", stripped)
    if NAMES_PROGRAM_TWICE.search(opening) and len(strings) > 1:
        shell.judge_argv([read_literal(word) for word in (strings[0], *strings[2:])])
        return
    if not strings or (computed and not any(map(str.strip, strings))):
        name_given = computed and not re.match(r"(self|this|async)\b", stripped)
        if name_given and row is not GENERIC and STARTS_PROGRAM.search(opening):
            shell.refuse_unless_lenient("unresolved.code", opening + arguments)
    elif words := _argument_list(stripped, arguments, strings):
        if words[0].startswith("-"):
            return  # the program is no literal: `[sys.executable, "-m", "app"]`
        if " " in words[0]:
            shell.judge_text(read_literal(words[0]))  # a command, and how to open it: popen("ls -l", "r")
        shell.judge_argv([read_literal(word) for word in words if word])
    elif re.match(r"[fruRb]{0,2}['\"`]", stripped):
        shell.judge_text(read_literal(_join_literal(stripped, strings)))


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
    is_part = rest[:1] in {"+", ".", "%"} and not rest.startswith((".execute()", ".!"))
    return strings[0] + (UNKNOWN if is_part else "")
