"""Code handed to interpreters, on the command line, by heredoc or in a file that the session wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import parse
from hooks.policy.programs import Rule, Table, named
from hooks.policy.programs.anything import written
from hooks.policy.programs.database import MONGO, destroys
from hooks.policy.programs.network import is_loopback
from hooks.policy.programs.publish import task_named
from hooks.policy.programs.variables import is_secret_variable
from hooks.policy.shell.values import UNKNOWN, Command, Feed
from hooks.policy.tables import listed, table

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

SHELLS = (
    "sh bash zsh dash ksh ash mksh csh tcsh fish yash rbash posh oil osh elvish nu xonsh pwsh powershell busybox-sh"
)
SHELL_VALUES = "-o -O +o +O --rcfile --init-file --login_ --command -C"


def shell_program(command: Command, shell: Shell) -> None:
    """A shell: its -c text, its script, or what it reads on standard input."""
    words = list(command.arguments)
    for position, word in enumerate(words):
        if re.fullmatch(
            r"-[a-zA-Z]*c[a-zA-Z]*|--command|-Command|-EncodedCommand|-e[nc]*", word
        ) and not word.startswith("--r"):
            rest = [each for each in words[position + 1 :] if each != "--"]
            if not rest:
                return
            if UNKNOWN in rest[0] and not re.sub(r"[\0\s]", "", rest[0]):
                _unknown_code(command, shell)
            shell.code(rest[0], command.feed, positional=tuple(rest[2:]))
            return
    options = parse(words, SHELL_VALUES, until_operand=True)
    for name in options.values("--rcfile", "--init-file"):
        run_file(name, "bash", command, shell)
    reads_input = options.has("-s") or not options.operands or options.operands[0] in {"-", "/dev/stdin", "/dev/fd/0"}
    if not reads_input:
        run_file(options.operands[0], "bash", command, shell, arguments=options.operands[1:])
    elif command.feed.present:
        fed_code(command.feed, "bash", command, shell)


def _unknown_code(command: Command, shell: Shell) -> None:
    recent = {argv[0].rpartition("/")[2] for argv in shell.session.log[-12:] if argv}
    if recent & listed("downloaders"):
        shell.refuse("remote.code", command.argv)
    shell.doubt("unresolved.code", command.argv)


def fed_code(feed: Feed, language: str, command: Command, shell: Shell) -> None:
    """Code on standard input: known text is judged, a download is refused, anything else is not known."""
    if any(argv and argv[0].rpartition("/")[2] in listed("downloaders") for argv in feed.sources):
        shell.refuse("remote.code", command.argv)
    if language == "bash" and any(argv and argv[0].rpartition("/")[2] in listed("decoders") for argv in feed.sources):
        shell.refuse("unresolved.code", command.argv)
    if feed.text is None:
        if feed.path is not None:
            path = shell.resolve(feed.path)[0]
            if path in shell.session.fetched:
                shell.refuse("remote.code", command.argv)
            if path is not None and not shell.session.content(path)[0]:
                return
        shell.doubt("unresolved.code", command.argv)
        return
    judge_code(feed.text, language, command, shell)


def run_file(name: str, language: str, command: Command, shell: Shell, arguments: tuple[str, ...] = ()) -> None:
    """A script file: downloaded, written by this session, or the repository's own."""
    task_named(re.sub(r"\.\w+$", "", name.rpartition("/")[2]), command, shell)
    piped = shell.session.pipe(name)
    if piped is not None:
        fed_code(piped, language, command, shell)
        return
    for path in shell.resolve(name):
        if path is None:
            shell.doubt("unresolved.code", command.argv)
            continue
        if path in {"/dev/stdin", "/dev/fd/0"}:
            fed_code(command.feed, language, command, shell)
            continue
        if path in shell.session.fetched:
            shell.refuse("remote.code", name)
        exists, text = shell.session.content(path)
        own = path in shell.session.wrote or path in shell.context.written
        if text is None:
            if exists and language:  # a program named by its path may as well be a binary that was built here
                shell.doubt("unresolved.code", name)
        elif own:
            judge_code(text, language, command, shell, arguments)
        elif paths.inside(path, str(shell.context.workspace)):
            with shell.session.leniently():
                judge_code(text, language, command, shell, arguments)


def judge_code(text: str, language: str, command: Command, shell: Shell, arguments: tuple[str, ...] = ()) -> None:
    """Judge code in its language; a shebang decides for files that are run by name."""
    if language == "":
        language = _by_shebang(text)
    if language == "bash":
        shell.code(text, command.feed, positional=arguments or None)
    elif language:
        judge_program_text(text, language, command, shell)


def _by_shebang(text: str) -> str:
    first = text.partition("\n")[0]
    if not first.startswith("#!"):
        return "bash" if re.match(r"[\x20-\x7e\t\n\r]*$", text[:200]) else ""
    program = re.sub(r"[\d.]+$", "", first.split("/")[-1].split()[-1] if first.split() else "")
    if program in SHELLS.split():
        return "bash"
    return program if program in LANGUAGES else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How a language deletes, runs commands, reads the environment and evaluates: patterns over its text.

    `runs` captures the opening of a call whose first argument is a command; `sweeps` of one that deletes a tree.
    """

    options: str
    valued: str = ""
    sweeps: str = "(?!)"
    deletes: str = "(?!)"
    runs: str = "(?!)"
    dumps: str = "(?!)"
    variable: str = "(?!)"
    evaluates: str = "(?!)"
    sends: str = "(?!)"
    writes: str = "(?!)"
    module: str = ""


def _languages() -> dict[str, Language]:
    built: dict[int, Language] = {}
    rows = table("languages")
    return {name: built.setdefault(id(row), Language(**row)) for name, row in rows.items()}


LANGUAGES = _languages()
JS, PERL, GENERIC = LANGUAGES["node"], LANGUAGES["perl"], LANGUAGES["julia"]

STRING = re.compile(
    r"\"\"\"(.*?)\"\"\"|'''(.*?)'''|\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`", re.DOTALL
)
FETCH = re.compile(
    r"open\(\s*['\"]https?|urlopen|requests\.get|httpx\.get|urllib|\bfetch\s*\(|https?\.get|Net::HTTP|open-uri|URI\.open|LWP|file_get_contents\(\s*['\"]https?|curl|wget|http\.request",
    re.IGNORECASE,
)
DECODES = re.compile(
    r"b64decode|atob|Buffer\.from\([^)]*base64|fromhex|unhexlify|base64_decode|decode64|unpack\(|marshal\.loads|pickle\.loads|zlib\.decompress|codecs\.decode|chr\(|fromCharCode|compile\("
)
DYNAMIC_HOME = re.compile(
    r"expanduser|Dir\.home|os\.homedir|Path\.home|homedir\(|\$HOME|ENV\[.HOME.\]|process\.env\.HOME|getenv\(.HOME.\)|environ\[.HOME.\]"
)


def judge_program_text(text: str, language: str, command: Command, shell: Shell) -> None:
    """Judge a program's text by its language's patterns."""
    row = LANGUAGES[language]
    code = _without_comments(text, language)
    _environment(row, code, command, shell)
    _strings(row, code, command, shell)
    _deletions(row, code, command, shell)
    _runs(row, code, command, shell)
    if re.search(row.evaluates, code):
        if FETCH.search(code):
            shell.refuse("remote.code", command.argv)
        if DECODES.search(code):
            shell.doubt("unresolved.code", command.argv)
    if re.search(row.sends, code) and not _only_loopback(code):
        shell.doubt("deploy.request", command.argv)
    if re.search(r"socket|TCPSocket|fsockopen|net\.connect|createConnection", code) and re.search(
        r"dup2|/bin/(ba)?sh|cmd\.exe|pty\.spawn|exec\(", code
    ):
        shell.refuse("remote.shell", command.argv)


def _without_comments(text: str, language: str) -> str:
    marker = (
        "#"
        if language in {"python", "ruby", "perl", "awk", "Rscript"}
        else "//"
        if language in {"node", "deno", "bun", "php"}
        else None
    )
    if marker is None:
        return text
    return "\n".join(
        "" if line.lstrip().startswith(marker) and not line.startswith("#!") else line for line in text.splitlines()
    )


def _only_loopback(code: str) -> bool:
    urls = re.findall(r"https?://[^\s'\"`)]+", code)
    return bool(urls) and all(is_loopback(url) for url in urls)


def _environment(row: Language, code: str, command: Command, shell: Shell) -> None:
    dump = re.search(row.dumps, code)
    printing = shell.session.lenient == 0 and not re.search(
        r"env\s*=\s*(dict\()?\{?\**\s*(os\.environ|process\.env)|env\s*:\s*(\{\s*\.\.\.)?\s*process\.env|\.\.\.process\.env|\*\*os\.environ|environ\.(setdefault|update|pop)",
        code,
    )
    if dump and printing:
        shell.refuse("secrets.environment", command.argv)
    if printing and re.search(
        r"print|console\.|puts|echo|write|cat\(|post|send|-p\b", code + " ".join(command.arguments[:1])
    ):
        for groups in re.findall(row.variable, code):
            name = groups if isinstance(groups, str) else next((group for group in groups if group), "")
            if is_secret_variable(name):
                shell.refuse("secrets.environment", name)


def _strings(row: Language, code: str, command: Command, shell: Shell) -> None:
    """Path literals: secrets are not named at all, guards and the system not where the code writes."""
    writes = re.search(row.writes, code) or re.search(row.deletes, code) or re.search(row.sweeps, code)
    for literal in literals(code):
        if len(literal) > 300 or "\n" in literal or not re.fullmatch(r"[~\w./@+*-]+", literal):  # noqa: PLR2004
            if (
                re.search(r"\b(drop|truncate|delete)\b", literal, re.IGNORECASE)
                and destroys(literal)
                and re.search(r"execute|query|cursor|sql|raw|run\(|db|engine|prisma|knex", code, re.I)
            ):
                shell.doubt("database.destroy", literal)
            continue
        for path in shell.resolve(literal):
            if path is None or not re.search(r"[./~]", literal):
                continue
            if paths.is_secret(path, shell.context) and not shell.session.lenient:
                shell.refuse("secrets.file", literal)
            if writes and paths.is_guard(path, shell.context):
                shell.refuse("guards.files", literal)
            if paths.is_device(path) and writes:
                shell.refuse("device", literal)
            if (
                writes
                and re.search(
                    r"['\"][rb]?[wax]\+?b?['\"]|write|append|unlink|remove|rm|rename|truncate|copy|move|symlink", code
                )
                and (
                    paths.is_startup(path, shell.context)
                    or (paths.is_system(path, shell.context) and re.match(r"/(etc|usr|bin|sbin|boot|lib)", path))
                )
            ):
                shell.refuse("delete.outside", literal)
    if (
        MONGO.search(code)
        and re.search(r"mongo|\bdb\.|collection|dropDatabase", code, re.IGNORECASE)
        and re.search(r"dropDatabase|drop_database|\.drop\(\)", code)
    ):
        shell.doubt("database.destroy", command.argv)
    if (
        re.search(r"\b(FLUSHALL|flushall|flushdb|drop_all|dropDatabase|drop_database|dropAllTables)\b\s*\(", code)
        and not shell.session.lenient
    ):
        shell.refuse("database.destroy", command.argv)


def literals(code: str) -> list[str]:
    """The string literals of a program, adjacent ones joined by `+` counted as one as well."""
    return ["".join(groups) for groups in STRING.findall(code)]


def _arguments_at(code: str, start: int) -> str:
    """The text of a call's arguments, from behind its opening to the matching end or the line's."""
    depth, position = 1, start
    while position < len(code) and depth > 0 and position - start < 600:  # noqa: PLR2004
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(code[position], 0)
        position += 1
    return code[start:position]


def _deletions(row: Language, code: str, command: Command, shell: Shell) -> None:
    for match in re.finditer(row.sweeps, code):
        arguments = _arguments_at(code, match.end())
        recursive = row is not JS or re.search(r"recursive|rimraf|remove|empty|del", match[0] + arguments)
        if DYNAMIC_HOME.search(arguments):
            shell.refuse("interpreter.delete", arguments)
        targets = [literal for literal in literals(arguments) if literal not in {"utf8", "utf-8"}]
        if not recursive and not targets:
            continue
        for target in targets:
            _swept(target, shell)
        if not targets and recursive:
            shell.doubt("interpreter.delete", match[0] + arguments)
    for match in re.finditer(row.deletes, code):
        for target in literals(_arguments_at(code, match.end()))[:1]:
            _deleted_one(target, shell)


def _swept(target: str, shell: Shell) -> None:
    workspace = str(shell.context.workspace)
    for path in shell.resolve(target):
        if path is None:
            shell.doubt("interpreter.delete", target)
        elif not paths.inside(path, workspace) or path == workspace or "/.git" in path[len(workspace) :]:
            if not any(paths.inside(path, str(folder)) for folder in shell.context.scratch):
                shell.refuse("interpreter.delete", target)
        elif not paths.is_build_output(path, workspace):
            shell.doubt("interpreter.delete", target)


def _deleted_one(target: str, shell: Shell) -> None:
    for path in shell.resolve(target):
        written(path, shell)


def _runs(row: Language, code: str, command: Command, shell: Shell) -> None:
    """Commands that the code runs: literal ones are judged as shell, others are not known."""
    for match in re.finditer(row.runs, code):
        opening = match[0]
        if opening.endswith("`"):
            text = code[match.end() :].partition("`")[0]
            shell.code(re.sub(r"[$#]\{[^}]*\}", UNKNOWN, text))
            continue
        arguments = (
            _arguments_at(code, match.end()) if opening.endswith("(") else code[match.end() :].partition("\n")[0]
        )
        _run_call(opening, arguments, row, shell)


def _run_call(opening: str, arguments: str, row: Language, shell: Shell) -> None:
    stripped = arguments.strip()
    strings = literals(arguments)
    if row is PERL and opening.lstrip().startswith("open") and not re.search(r"\|", arguments):
        return
    if not strings:
        if (
            re.match(r"[A-Za-z_$]", stripped)
            and row is not GENERIC
            and re.search(r"system|popen|exec|shell|subprocess|Popen|check_output|getoutput|spawn", opening)
            and not re.match(r"(self|this|async)\b", stripped)
        ):
            shell.doubt("unresolved.code", opening + arguments)
        return
    listed = stripped.startswith("[") or re.match(r"['\"][^'\"]*['\"]\s*,\s*\[?\s*['\"]", stripped) is not None
    if listed:
        words = (
            strings
            if stripped.startswith("[")
            else [strings[0], *literals(arguments.split("[", 1)[1] if "[" in arguments else arguments.split(",", 1)[1])]
        )
        shell.run([_unformatted(word) for word in words if word])
    elif re.match(r"[fruRb]{0,2}['\"`]", stripped) and (" " in strings[0] or True):
        shell.code(_unformatted(_concatenated(stripped, strings)))


def _concatenated(stripped: str, strings: list[str]) -> str:
    literal_end = len(strings[0]) + 2
    rest = stripped[literal_end:].lstrip()
    return strings[0] + (UNKNOWN if rest[:1] in {"+", ".", "%"} else "")


def _unformatted(text: str) -> str:
    return re.sub(
        r"\$\{[^}]*\}|#\{[^}]*\}|\{[a-z_][\w.\[\]'\"()!:]*\}|%[sd]",
        UNKNOWN,
        text.replace("\\n", "\n").replace('\\"', '"').replace("\\'", "'").replace("\\\\", "\\"),
    )


def interpreter(language: str) -> Rule:
    """The rule of one interpreter."""
    row = LANGUAGES[language]

    def rule(command: Command, shell: Shell) -> None:
        words = list(command.arguments)
        if language == "awk":
            _awk(command, shell)
            return
        options = parse(words, f"{row.options} {row.valued}", until_operand=True)
        codes = _codes(words, row)
        for code in codes:
            if UNKNOWN in code and not re.sub(r"[\0\s]", "", code):
                _unknown_code(command, shell)
            judge_program_text(code, language, command, shell)
        for value in options.values("-r", "-M", "--require"):
            if re.search(r"https?://", value):
                shell.refuse("remote.code", command.argv)
        if codes or options.has("--version", "--help", "-V", "-v", "-h"):
            return
        if options.has("-m") or "-m" in words:
            _module(words, command, shell)
            return
        operands = [
            word
            for word in options.operands
            if word not in {"run", "repl", "test", "x", "eval", "exec", "watch"} or language not in {"deno", "bun"}
        ]
        if not operands or operands[0] in {"-", "/dev/stdin"}:
            if command.feed.present:
                fed_code(command.feed, language, command, shell)
        elif re.match(r"https?://", operands[0]):
            shell.refuse("remote.code", operands[0])
        elif language in {"deno", "bun"} and options.operands[0] == "eval":
            judge_program_text(operands[0], language, command, shell)
        else:
            _script(operands, language, command, shell)

    return rule


def _codes(words: list[str], row: Language) -> list[str]:
    codes = []
    flags = row.options.split()
    for position, word in enumerate(words[:-1]):
        bundled = re.fullmatch(r"-[a-zA-Z0-9]*([ecErp])", word)
        if word in flags or (bundled and f"-{bundled[1]}" in flags and not word.startswith("--")):
            codes.append(words[position + 1])
    joined = [word[2:] for word in words if re.match(r"-[ec][^a-zA-Z\s=-]", word) and f"{word[:2]}" in flags]
    joined += [word.partition("=")[2] for word in words if word.startswith(("--eval=", "--print=", "--execute="))]
    return codes + joined


def _script(operands: list[str], language: str, command: Command, shell: Shell) -> None:
    name = operands[0]
    program = name.rpartition("/")[2]
    if program in {
        "manage.py",
        "artisan",
        "console",
        "rails",
        "rake",
        "craft",
        "yii",
        "spark",
        "typeorm",
        "knex",
        "sequelize",
        "prisma",
    }:
        shell.run([program, *operands[1:]], command.feed)
    run_file(name, language, command, shell)


def _module(words: list[str], command: Command, shell: Shell) -> None:
    """`python -m name`: the module is run as a program of that name."""
    position = words.index("-m")
    inner = words[position + 1 :]
    if inner:
        module = inner[0].partition(".")[0] if inner[0].startswith(("pip", "django")) else inner[0]
        shell.run([{"django": "django-admin"}.get(module, module), *inner[1:]], command.feed)


def _awk(command: Command, shell: Shell) -> None:
    options = parse(command.arguments, LANGUAGES["awk"].valued)
    for name in options.values("-f", "--file"):
        run_file(name, "awk", command, shell)
    texts = list(options.values("-e", "--source"))
    if not options.values("-f", "--file", "-e", "--source"):
        texts += options.operands[:1]
    for text in texts:
        judge_program_text(text, "awk", command, shell)
    for text in texts:
        for target in re.findall(r">>?\s*\"([^\"]+)\"", text):
            written(shell.resolve(target)[0], shell)
        for code in re.findall(r"\"([^\"]+)\"\s*\|&?\s*getline|\|&?\s*\"([^\"]+)\"", text):
            shell.code("".join(code))


def sed(command: Command, shell: Shell) -> None:
    """sed: `e` runs, `w` writes, and -i writes the files it names."""
    options = parse(command.arguments, "-e --expression -f --file -l --line-length", until_operand=False)
    scripts = list(options.values("-e", "--expression"))
    operands = list(options.operands)
    if not scripts and not options.values("-f", "--file") and operands:
        scripts, operands = [operands[0]], operands[1:]
    for script in scripts:
        for code in re.findall(r"(?:^|[;\n{]|\d|\$|/[^/]*/)\s*e\s+(.+)", script):
            shell.code(code.rstrip("}"))
        if re.search(r"s(.)(?:(?!\1).)*\1(?:(?!\1).)*\1[gpiI0-9]*e[gpiI0-9]*(?:$|[;\n}])", script):
            shell.doubt("unresolved.code", script)
        for name in re.findall(r"(?:^|[;\n{/\d])\s*[wW]\s+(\S+)$", script):
            written(shell.resolve(name)[0], shell)
    if any(re.match(r"-[a-zA-Z]*i|--in-place", word) for word in command.arguments):
        for operand in operands:
            for path in shell.resolve(operand):
                written(path, shell)


def edited_in_place(command: Command, shell: Shell) -> None:
    """perl -i, ruby -i: they write the files they name."""
    if any(re.match(r"-[a-zA-Z0-9]*i", word) and not word.startswith(("-I", "--")) for word in command.arguments):
        for word in command.arguments[1:]:
            if not word.startswith("-") and " " not in word and "(" not in word:
                written(shell.resolve(word)[0], shell)
    interpreter(command.program)(command, shell)


def dot(command: Command, shell: Shell) -> None:
    """`source` and `.`: the file's commands run in this shell."""
    words = [word for word in command.arguments if word != "--"]
    if not words:
        return
    if words[0] in {"/dev/stdin", "/dev/fd/0"}:
        fed_code(command.feed, "bash", command, shell)
        return
    path = shell.resolve(words[0])[0]
    if path and paths.is_secret(path, shell.context):
        shell.refuse("secrets.file", words[0])
    run_file(words[0], "bash", command, shell)


def evaluated(command: Command, shell: Shell) -> None:
    """`eval`: its words are shell text."""
    words = [word for word in command.arguments if word not in {"--"}]
    text = " ".join(words)
    if not words and command.feed.present and command.feed.sources:
        fed_code(command.feed, "bash", command, shell)
    if UNKNOWN in text and not re.sub(r"[\0\s]", "", text):
        recent = {argv[0].rpartition("/")[2] for argv in shell.session.log[-12:] if argv}
        if recent & listed("downloaders"):
            shell.refuse("remote.code", command.argv)
        if not recent & listed("environment_printers"):
            shell.doubt("unresolved.code", command.argv)
        return
    if text and not text.startswith("--help"):
        shell.walker.text(text.replace(UNKNOWN, "${WHAT_ONLY_RUNNING_TELLS}"), shell.scope)


def trapped(command: Command, shell: Shell) -> None:
    """`trap 'code' SIGNAL`."""
    words = [word for word in command.arguments if not word.startswith("-")]
    if len(words) > 1:
        shell.code(words[0])


TABLE: Table = {
    **named(SHELLS, shell_program),
    **{name: interpreter(name) for name in LANGUAGES},
    **named("sed gsed ssed", sed),
    **named("perl ruby", edited_in_place),
    **named("source .", dot),
    "eval": evaluated,
    "trap": trapped,
}
