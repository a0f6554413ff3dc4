"""Programs that run what is in files, whatever their words say: tests, plugins, build files, hooks, tasks.

Which program loads which files is data (`tables/loaders`). Of a file that this session wrote, each command that was not
in it before is judged like a command of the session; code is judged for what it does in any case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.paths import is_inside
from hooks.policy.patterns import compile_once
from hooks.policy.programs import Rule, Table, ask_in_turn, ruby_templates
from hooks.policy.programs.addresses import is_address, is_downloaded
from hooks.policy.programs.build_fields import read_blocks, read_fields, read_rules
from hooks.policy.programs.build_files import (
    read_build_file,
    read_earthfile,
    read_generators,
    read_init_hooks,
    read_project,
)
from hooks.policy.programs.compose_files import read_compose, read_containers
from hooks.policy.programs.documents import READERS, find_reader, read_cells, select
from hooks.policy.programs.drafts import judge_drafts
from hooks.policy.programs.imports import judge_imports
from hooks.policy.programs.justfiles import read_justfile
from hooks.policy.programs.loaded_files import find_loaded
from hooks.policy.programs.program_text import judge_program_text
from hooks.policy.programs.registries import is_official
from hooks.policy.programs.shell_tests import is_shell_test, judge_certain, judge_shell_test
from hooks.policy.programs.task_texts import is_too_deep, judge_texts
from hooks.policy.programs.test_code import find_language, find_new_refusal
from hooks.policy.programs.variables import split_words
from hooks.policy.tables import loaders

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command
    from hooks.policy.tables.rows import Loader

Goals = tuple[str, ...]


def loader_rule(row: Loader) -> Rule:
    """The rule of one row."""

    def check_loaded_files(command: Command, shell: Shell) -> None:
        options = parse(command.arguments, " ".join((row.valued, row.folder, row.file)))
        words = " ".join(options.operands)
        if not compile_once(row.when).match(words) or any(
            compile_once(row.unless).match(word) for word in command.arguments
        ):
            return
        if is_too_deep(shell):
            return
        goals = _goals(row, options)
        for path in find_loaded(row, options, command, shell):
            _judge_file(path, row, goals, command, shell)
        for name in options.values(*row.file.split()):
            _judge_fed_file(name, row, goals, command, shell)
            _check_unseen_file(name, shell)

    return check_loaded_files


def _goals(row: Loader, options: Options) -> Goals:
    """The tasks that the operands name; `project:task` names a task of a project."""
    operands = list(options.operands)
    if row.goals:
        verb = next((index for index, word in enumerate(operands) if compile_once(row.goals).fullmatch(word)), None)
        operands = operands[verb + 1 :] if verb is not None else operands
    operands = operands or row.default.split()
    return tuple(part for word in operands for part in dict.fromkeys((word, *word.split(":"))))


def _judge_file(path: str, row: Loader, goals: Goals, command: Command, shell: Shell) -> None:
    if row.reads == "code" and find_language(path) is None and not is_shell_test(path):
        return
    if shell.memory.is_fetched(path):
        shell.refuse("remote.code", path)
    text = shell.memory.read_content(path)[1]
    own = shell.memory.is_own(path)
    if text is None and own:
        text = judge_drafts(path, shell)
    if text is None or (seen := (path, text, goals, row)) in shell.memory.judged:
        return  # a task that runs its own runner again would be judged without end
    shell.memory.judged.add(seen)
    inherited = shell.memory.read_inherited(path) if own else text
    if path.endswith(".ipynb"):
        text, inherited = read_cells(text), read_cells(inherited)
    file = LoadedFile(path=path, text=text, inherited=inherited)
    if row.reads == "code":
        _judge_code(file, command, shell)
    elif row.reads in CHECKS:
        CHECKS[row.reads](file, row, command, shell)
    else:
        inside = shell.as_task(shell.scope.folders)
        texts = _read(row, text, goals, path)
        before = texts if inherited == text else _read(row, inherited, goals, path)
        if row.certain:
            judge_certain(texts, before, inside, elsewhere=row.elsewhere)
        else:
            judge_texts(texts, before, command, inside)


def _judge_fed_file(name: str, row: Loader, goals: Goals, command: Command, shell: Shell) -> None:
    """`just -f -`, `cmake -P <(…)`: what another command prints is the file."""
    feed = command.feed if name in {"-", "/dev/stdin"} and command.feed.present else shell.memory.find_pipe(name)
    if feed is None:
        return
    if is_downloaded(feed):
        shell.refuse("remote.code", command.argv)
    if feed.text is None:
        shell.refuse_unless_lenient("unresolved.code", command.argv)
    elif row.reads != "code" and row.reads not in CHECKS:
        judge_texts(_read(row, feed.text, goals), [], command, shell.as_task(shell.scope.folders))


def _check_unseen_file(name: str, shell: Shell) -> None:
    """`mvn -s /tmp/x`: a file of the cell that no call showed how it was written, and that the gate cannot read."""
    for path in shell.resolve(name):
        if path is None or shell.memory.is_own(path) or is_inside(path, str(shell.context.workspace)):
            continue
        if shell.memory.read_content(path) == (True, None):
            shell.refuse_unless_lenient("unresolved.code", path)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFile:
    """A file that a program loads: its text, and the text that it had before this session wrote it."""

    path: str
    text: str
    inherited: str


def _judge_code(file: LoadedFile, command: Command, shell: Shell) -> None:
    language = find_language(file.path)
    if language is None:
        judge_shell_test(file.text, shell)
        return
    with shell.memory.within_script(file.path):
        refused = find_new_refusal(file.text, file.inherited, language, command, shell)
    if refused is not None:
        raise refused
    judge_imports(file.text, "python" if file.path.endswith((".py", ".pyi")) else "", command, shell)


def _check_settings(file: LoadedFile, row: Loader, _command: Command, shell: Shell) -> None:
    before = file.inherited.splitlines()
    for line in file.text.splitlines():
        if line not in before and any(compile_once(pattern).search(line) for pattern in row.commands):
            shell.refuse("guards.environment", line)


def _check_registries(file: LoadedFile, row: Loader, command: Command, shell: Shell) -> None:
    """Places from which packages would come, unless the repository named them already."""
    document = find_reader(file.path)(file.text)
    sources = [source for part in row.commands for source in select(document, part, (), every=True)]
    sources += [next(filter(None, found.groups()), "") for found in compile_once(row.pattern).finditer(file.text)]
    for source in sources:
        if ("://" in source or is_address(source)) and not is_official(source) and source not in file.inherited:
            shell.refuse("remote.package", (*command.argv[:2], source))


def _check_escapes(file: LoadedFile, row: Loader, command: Command, shell: Shell) -> None:
    """Commands of the shell in a file of another program's commands, unless they stood in it before."""
    if file.text != file.inherited:
        judge_program_text(file.text, f"{row.commands[0]} commands", command, shell)


def _check_templates(file: LoadedFile, _row: Loader, command: Command, shell: Shell) -> None:
    """Ruby in a file of options or of settings, which ERB runs before the file is read."""
    code, before = map(ruby_templates.read_ruby, (file.text, file.inherited))
    if len(code) > ruby_templates.LIMIT and code != before:
        shell.refuse("unresolved.code", file.path)
    language = find_language("x.rb")
    if code and language is not None and (refused := find_new_refusal(code, before, language, command, shell)):
        raise refused


def _check_options(file: LoadedFile, row: Loader, command: Command, shell: Shell) -> None:
    """Options in a file, as if they stood behind the command's own words."""
    before = _join_lines(file.inherited)
    lines = [line for line in _join_lines(file.text) if line not in before and not line.lstrip().startswith("#")]
    found = filter(None, (compile_once(row.pattern).fullmatch(line) for line in lines))
    words = [word for each in found for word in _read_line(each.groupdict())]
    end = command.arguments.index("--") if "--" in command.arguments else len(command.arguments)
    argv = (command.argv[0], *command.arguments[:end], *words, *command.arguments[end:])
    with shell.memory.judge_once("options", file.path) as fresh:
        for path in _find_imported(file, shell) if fresh else ():
            text, inherited = shell.memory.read_content(path)[1], shell.memory.read_inherited(path)
            _check_options(LoadedFile(path=path, text=text or "", inherited=inherited), row, command, shell)
        if words and fresh:
            shell.judge_argv(argv, command.feed)


def _join_lines(text: str) -> list[str]:
    return text.replace("\\\n", " ").splitlines()


_IMPORT = re.compile(r"(?m)^[ \t]*(?:try-)?import[ \t]+(\S+)")


def _find_imported(file: LoadedFile, shell: Shell) -> list[str]:
    """`import %workspace%/x.rc` of a .bazelrc: those that this session wrote."""
    places = (str(shell.context.workspace), file.path.rpartition("/")[0])
    names = [each.strip("\"'") for each in _IMPORT.findall("\n".join(_join_lines(file.text)))]
    found = [each.replace("%workspace%", place) for each in names for place in places]
    return [path for each in found for path in shell.resolve(each) if path and shell.memory.is_own(path)]


def _read_line(groups: dict[str, str]) -> list[str]:
    """One option, or words as a shell splits them."""
    return [groups["line"]] if groups.get("line") else split_words(groups.get("words", ""))


CHECKS: dict[str, Callable[[LoadedFile, Loader, Command, Shell], None]] = {
    "escapes": _check_escapes,
    "templates": _check_templates,
    "options": _check_options,
    "settings": _check_settings,
    "registries": _check_registries,
}
"""Files that hold no list of commands."""


def _read(row: Loader, text: str, goals: Goals, path: str = "") -> list[str]:
    if row.reads == "fields":
        found = read_fields(text, row.commands)
    elif row.reads in READERS or row.reads == "document":
        document = READERS.get(row.reads, find_reader(path))(text)
        found = [each for path in row.commands for each in select(document, path, goals)]
        found = [inner for each in found for inner in _open_settings(each)]
    else:
        found = TEXTS[row.reads](text, goals)
    return [fill_in(each) for each in found if each.strip()]


def _open_settings(text: str) -> list[str]:
    """tox's settings may stand as one text in pyproject.toml."""
    return select(READERS["ini"](text), "testenv*.commands*", ()) if text.lstrip().startswith("[testenv") else [text]


def fill_in(text: str) -> str:
    """A command in which the values that its runner inserts count as unknown; tox's `{posargs:x}` gives x."""
    text = re.sub(r"\$?\{\{.*?\}\}", "${MADE}", text)
    text = re.sub(r"(?<!\$)\{(?:posargs|env:\w+):([^{}]*)\}", r"\1", text)
    text = re.sub(r"(?<!\$)\{(?:envpython|py|python)\}", "python", text)
    return re.sub(r"(?<!\$)\{(?:\[[\w:-]+\])?[a-z_]+(?::[^{}]*)?\}", "${MADE}", text).strip().lstrip("-! ")


TERA = re.compile(r"\bexec\(\s*command\s*=\s*\\?[\"'`]([^\"'`\\\n]*)")
"""A command in a template of mise's settings."""
TEXTS: dict[str, Callable[[str, Goals], list[str]]] = {
    "shell": lambda text, _goals: [text],
    "just": read_justfile,
    "generate": read_generators,
    "xml": read_project,
    "build": read_build_file,
    "earthfile": read_earthfile,
    "pylint": read_init_hooks,
    "blocks": read_blocks,
    "rules": read_rules,
    "compose": read_compose,
    "containers": read_containers,
    "ghci": lambda text, _goals: re.findall(r"(?m)^\s*:!\s*(.+)$", text),
    "tera": lambda text, _goals: TERA.findall(text),
    "transcript": lambda text, _goals: re.findall(r"(?m)^ {2}\$ (.*)$", text),
}


def _build_table() -> Table:
    rules: dict[str, list[Rule]] = {}
    for row in loaders().values():
        for name in row.programs.split():
            rules.setdefault(name, []).append(loader_rule(row))
    return {name: ask_in_turn(tuple(each)) for name, each in rules.items()}


TABLE: Table = _build_table()
