"""Interpreters: code on their command line, on standard input, or in a file; sed and awk are interpreters too."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.programs import Rule, Table, build_table, merge_tables
from hooks.policy.programs.addresses import is_address
from hooks.policy.programs.every_command import check_write
from hooks.policy.programs.imports import judge_imports
from hooks.policy.programs.program_text import LANGUAGES, judge_program_text
from hooks.policy.programs.provided import is_provided
from hooks.policy.programs.scripts import is_present, judge_input, judge_script, refuse_unknown_code
from hooks.policy.programs.sed import edits_in_place, edits_in_place_by_option, read_sed
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import languages
from hooks.policy.tables.rows import Language

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


VERBOSE_WITH_V = frozenset({"python", "ruby"})
"""They go on after `-v`, which only makes them print more."""


RUNTIMES = frozenset({"deno", "bun", "crystal"})
SUBCOMMANDS = frozenset({"run", "repl", "test", "x", "eval", "exec", "watch"})
STANDARD_INPUT = frozenset({"-", "/dev/stdin"})


def interpreter_rule(language: str) -> Rule:
    """The rule of one interpreter."""
    row = LANGUAGES[language]

    def check_interpreter(command: Command, shell: Shell) -> None:
        if row is LANGUAGES["awk"]:
            _check_awk(command, shell)
            return
        options = parse(command.arguments, f"{row.options} {row.valued}", stop_at_operand=True)
        codes = _inline_codes(_before_program(language, command, shell), row)
        for code in codes:
            _judge_inline(code, language, command, shell)
        if any(re.match(r"-[a-zA-Z]*[Mm]CPAN\b", word) for word in command.arguments):
            shell.refuse("remote.package", command.argv)
        if not codes and not _only_informs(options, language):
            _judge_program(options, language, command, shell)

    return check_interpreter


def _only_informs(options: Options, language: str) -> bool:
    return options.has("--version", "--help", "-V", "-h") or (options.has("-v") and language not in VERBOSE_WITH_V)


def _judge_inline(code: str, language: str, command: Command, shell: Shell) -> None:
    if UNKNOWN in code and not re.sub(r"[\0\s]", "", code):
        refuse_unknown_code(command, shell)
    _check_registry_modules(code, command, shell)
    judge_program_text(code, language, command, shell)
    judge_imports(code, language, command, shell)


REGISTRY_MODULE = re.compile(r"['\"`](?:npm|jsr):(?P<name>@?[^@'\"`\s]+)")


def _check_registry_modules(code: str, command: Command, shell: Shell) -> None:
    """`deno eval 'import "npm:x"'` fetches x."""
    for module in REGISTRY_MODULE.finditer(code):
        if not is_provided(module["name"], ".", shell):
            shell.refuse_unless_lenient("remote.package", command.argv)


def _judge_program(options: Options, language: str, command: Command, shell: Shell) -> None:
    """A module, a script, an address, or code on standard input."""
    if LANGUAGES[language] is LANGUAGES["python"] and (module := _module_words(list(command.arguments))):
        _run_module(module, command, shell)
        return
    runtime = language in RUNTIMES
    operands = list(options.operands)
    if runtime:  # options may stand behind a subcommand
        operands = [word for word in operands if word not in SUBCOMMANDS and (word == "-" or not word.startswith("-"))]
    if not operands or operands[0] in STANDARD_INPUT:
        if command.feed.present:
            judge_input(command.feed, language, command, shell)
    elif is_address(operands[0]):
        shell.refuse("remote.code", operands[0])
    elif runtime and options.operands[0] == "eval":
        _judge_inline(operands[0], language, command, shell)
    else:
        _run_script(operands, language, command, shell)


def _before_program(language: str, command: Command, shell: Shell) -> list[str]:
    """The interpreter's own words: those behind a module, or behind a file that is there, belong to that program."""
    words, flags = list(command.arguments), {*LANGUAGES[language].options.split(), *LANGUAGES[language].valued.split()}
    if LANGUAGES[language] is LANGUAGES["python"] and (module := _module_words(words)):
        return words[: len(words) - len(module)]
    position = 1 if language in RUNTIMES and words[:1] and words[0] in SUBCOMMANDS else 0
    while position < len(words) and words[position].startswith("-"):
        takes = words[position] in flags or re.fullmatch(r"-[a-zA-Z0-9]*[eE]", words[position])
        position += 2 if takes and words[position + 1 : position + 2] != ["--"] else 1
    return words[:position] if is_present(words[position : position + 1], shell) else words


JOINED = re.compile(r"-[a-zA-Z0-9]*?(?P<letter>[ecEr])(?P<code>[^a-zA-Z\s=-].*|[^=]*[\s(`{\"';$/].*)", re.DOTALL)
"""An option with its code in the same word, `perl -ne'print'`: letters alone are other options."""


def _inline_codes(words: list[str], row: Language) -> list[str]:
    codes = []
    flags = row.options.split()
    for position, word in enumerate(words[:-1]):
        bundled = re.fullmatch(r"-[a-zA-Z0-9]*([ecErp])", word)
        if word in flags or (bundled and f"-{bundled[1]}" in flags and not word.startswith("--")):
            codes.append(words[position + 1])
    joined = [found["code"] for word in words if (found := JOINED.match(word)) and f"-{found['letter']}" in flags]
    joined += [word.partition("=")[2] for word in words if word.startswith(("--eval=", "--print=", "--execute="))]
    joined += [word.partition(":")[2] for word in words if word.startswith("--eval:")]
    return codes + joined


TASK_PROGRAMS = frozenset({
    "manage.py", "artisan", "console", "rails", "rake", "craft", "yii", "spark", "typeorm", "knex", "sequelize",
    "prisma", "waf", "scons", "phpunit", "pest", "paratest", "codecept", "behat", "phpstan", "psalm", "robo", "castor",
    "rector",
})  # fmt: skip
"""Scripts that are judged under their own names too, as `python manage.py flush`."""


def _run_script(operands: list[str], language: str, command: Command, shell: Shell) -> None:
    name = operands[0]
    program = name.rpartition("/")[2]
    if program in TASK_PROGRAMS:
        shell.judge_argv([program, *operands[1:]], command.feed)
    judge_script(name, language, command, shell)


def _module_words(words: list[str]) -> list[str]:
    """What follows the first `-m`, however it is bundled (`-Im pip`, `-mpip`): the rest belongs to the module."""
    skipped = False
    for position, word in enumerate(words):
        if skipped:
            skipped = False
        elif not word.startswith("-"):
            break
        elif found := re.fullmatch(r"-[a-zA-Z]*?(?<![WX])m(.*)", word):
            return [*([found[1]] if found[1] else []), *words[position + 1 :]]
        else:
            skipped = re.fullmatch(r"-[a-zA-Z]*[WX]|--check-hash-based-pycs", word) is not None
    return []


def _run_module(words: list[str], command: Command, shell: Shell) -> None:
    """`python -m name`: the module is run as a program of that name."""
    for start, end in product(("", "src/"), (".py", "/__main__.py")):
        name = start + words[0].replace(".", "/") + end
        if any(path and shell.memory.read_content(path)[0] for path in shell.resolve(name)):
            judge_script(name, "python", command, shell)
    _judge_module_code(words, command, shell)
    module = words[0].partition(".")[0] if words[0].startswith(("pip", "django")) else words[0]
    shell.judge_argv([{"django": "django-admin"}.get(module, module), *words[1:]], command.feed)


AWK_SHELL = re.compile(r"\bprintf?\b(?P<printed>[^|;}\n]*)\|\s*\"(?:/\S*/)?(?:ba|da|z|k)?sh\b")
"""What awk prints to a shell is a command."""


def _judge_module_code(words: list[str], command: Command, shell: Shell) -> None:
    """`-m timeit CODE`, `-m pdb -c '!CODE'`, and `-m code`, which reads it."""
    options = parse(words[1:], "-c -s -n -r -u --setup --number --repeat --unit", stop_at_operand=True)
    codes = list(options.values("-c", "-s", "--setup"))
    if words[0] == "timeit":
        codes += options.operands
    if words[0] == "code" and command.feed.present:
        judge_input(command.feed, "python", command, shell)
    for code in codes if words[0] in {"timeit", "pdb", "ipdb"} else ():
        judge_program_text(code.lstrip("! "), "python", command, shell)


def _check_awk(command: Command, shell: Shell) -> None:
    options = parse(command.arguments, LANGUAGES["awk"].valued)
    for name in options.values("-f", "--file"):
        if name in STANDARD_INPUT:
            judge_input(command.feed, "awk", command, shell)
        else:
            judge_script(name, "awk", command, shell)
    texts = list(options.values("-e", "--source"))
    if not options.values("-f", "--file", "-e", "--source"):
        texts += options.operands[:1]
    for text in texts:
        judge_program_text(text, "awk", command, shell)
    for text in texts:
        for target in re.findall(r">>?\s*\"([^\"]+)\"", text):
            check_write(shell.resolve(target)[0], shell)
        for printed in AWK_SHELL.finditer(text):
            literal = re.fullmatch(r"\s*\"([^\"]*)\"\s*", printed["printed"])
            shell.judge_text(literal[1]) if literal else shell.refuse_unless_lenient("unresolved.code", text)
        texts_of = dict(re.findall(r"\b(\w+)\s*=\s*\"([^\"]*)\"", text))
        for name in re.findall(r"\b(\w+)\s*\|&?\s*getline|\bsystem\(\s*(\w+)\s*\)|\|&?\s*(\w+)\s*(?:[;}\n]|$)", text):
            shell.judge_text(texts_of.get("".join(name), ""))
        for code in re.findall(r"\"([^\"]+)\"\s*\|&?\s*getline|\|&?\s*\"([^\"]+)\"", text):
            shell.judge_text("".join(code))


def check_sed(command: Command, shell: Shell) -> None:
    """sed: `e` runs, `w` writes, and -i writes the files it names."""
    scripts, operands = read_sed(command.arguments)
    for script in scripts:
        for code in re.findall(r"(?:^|[;\n{]|\d|\$|/[^/]*/)\s*e\s+(.+)", script):
            shell.judge_text(code.rstrip("}"))
        if re.search(r"s(.)(?:(?!\1).)*\1(?:(?!\1).)*\1[gpiI0-9]*e[gpiI0-9]*(?:$|[;\n}])", script):
            shell.refuse_unless_lenient("unresolved.code", script)
        for name in re.findall(r"(?:^|[;\n{/\d])\s*[wW]\s+(\S+)$", script):
            check_write(shell.resolve(name)[0], shell)
    if edits_in_place(command.arguments):
        for operand in operands:
            _edit_in_place(operand, command, shell)


def _edit_in_place(word: str, command: Command, shell: Shell) -> None:
    for path in shell.resolve(word):
        check_write(path, shell)
        if path is not None and shell.memory.read_content(path)[0]:
            shell.memory.edit(path, command.argv)


def check_in_place_editor(command: Command, shell: Shell) -> None:
    """perl -i, ruby -i: they write the files they name."""
    if edits_in_place_by_option(command.arguments):
        for word in command.arguments[1:]:
            if not word.startswith("-") and " " not in word and "(" not in word:
                _edit_in_place(word, command, shell)
    interpreter_rule(command.program)(command, shell)


IN_PLACE: Table = build_table(__name__, check_sed, check_in_place_editor)
TABLE: Table = merge_tables({name: interpreter_rule(name) for name in languages() if name not in IN_PLACE}, IN_PLACE)
