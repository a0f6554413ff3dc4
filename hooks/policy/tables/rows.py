"""The kinds of rows that the tables hold."""

from __future__ import annotations

from dataclasses import dataclass

from hooks.policy.tables.reading import InvalidTable, NamedRow, Row, Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Family(Row):
    """The programs of one rule."""

    programs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow(NamedRow):
    """A client of a cloud or a service. `clients/clouds.toml` explains the keys; `refuses_secrets` are examples too."""

    valued: str = ""
    reads: Texts = ()
    verbs: Texts = ()
    dry: Texts = ()
    hands_to: str = ""
    secrets: Texts = ()
    refuses_secrets: Texts = ()
    changing_options: str = ""
    rule: str = "deploy.infrastructure"
    bare: bool = True
    one_dash: bool = False
    exec: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper(Row):
    """A program that runs another one. `wrappers.toml` explains the keys."""

    valued: str = ""
    pairs: str = ""
    one_dash: bool = False
    skip: int = 0
    text: bool = False
    code: str = ""
    separator: bool = False
    prefixed: bool = False
    bare: bool = False
    assignments: bool = False
    run_verbs: str = ""
    interpreter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escape(NamedRow):
    """A program in whose language a command of the shell can stand. `escapes.toml` explains the keys."""

    code: str = "(?!)"
    unknown: str = "(?!)"
    options: str = ""
    files: str = ""
    loads: str = "(?!)"
    valued: str = ""
    one_dash: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Console(Row):
    """Programs one of whose subcommands reads code. `consoles.toml` explains the keys."""

    programs: str
    language: str
    when: str
    valued: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher(NamedRow):
    """A program that publishes. `publishers/packages.toml` explains the keys."""

    publishes: str = "(?!)"
    by_options: str = "(?!)"
    unless: str = "(?!)"
    dry: Texts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageManager(NamedRow):
    """A package manager. `packages.toml` explains the keys."""

    adds: str
    redirects: str = "(?!)"
    valued: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable(Row):
    """Variables by which programs find, load or run other code. `variables/programs.toml` explains the keys."""

    names: str
    harmless: str = "(?!)"
    judged_as: str = ""
    names_settings: bool = False
    rule: str = "guards.environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault(NamedRow):
    """A program that keeps credentials. `reveals`: a pattern over all its words."""

    reveals: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerEngine(NamedRow):
    """Docker and similar programs: patterns over the words without options, by what a call would do."""

    changes: Texts
    publishes: Texts
    secrets: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemManager(NamedRow):
    """A package manager of the system: the options with which it only shows what it would do."""

    dry: Texts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Language(NamedRow):
    """How a language deletes, runs commands, reads the environment and evaluates: patterns over a program's text.

    `options`: those whose value is code. `runs` finds the opening of a call whose first argument is a command,
    `deletes_trees` and `deletes` of one that deletes, the first only with `recursive` where that is given. `empties`
    and `lists` have the file or folder as a group. `makes_temporary` is a call that makes a temporary folder,
    `gives_temporary` has the variable that a block gets for one, `temporary_folder` is the folder of all of them.
    `shell_code` has a command's text in its longest group. `fetches`: calls that install packages.
    """

    options: str
    valued: str = ""
    comment: str = ""
    deletes_trees: str = "(?!)"
    deletes: str = "(?!)"
    runs: str = "(?!)"
    dumps: str = "(?!)"
    variable: str = "(?!)"
    evaluates: str = "(?!)"
    sends: str = "(?!)"
    shell_code: str = "(?!)"
    handed_on: str = "(?!)"
    fetches: str = "(?!)"
    writes: str = "(?!)"
    empties: str = "(?!)"
    lists: str = "(?!)"
    recursive: str = ""
    makes_temporary: str = ""
    gives_temporary: str = "(?!)"
    temporary_folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library(Row):
    """Modules that talk to a service. `libraries.toml` explains the keys."""

    imports: str
    calls: str
    only: str = ""
    unless: str = "(?!)"
    rule: str = "deploy.infrastructure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader(Row):
    """Programs that run what is in certain files, whatever their words say. `loaders/python.toml` explains the keys."""

    programs: str
    files: Texts
    reads: str = "code"
    commands: Texts = ()
    when: str = ""
    unless: str = "(?!)"
    goals: str = ""
    default: str = ""
    valued: str = ""
    folder: str = "-C --directory --cwd --dir --prefix"
    file: str = ""
    operands: bool = False
    repository: bool = False
    certain: bool = False
    elsewhere: bool = False
    variables: str = ""
    settings: str = ""
    paths: Texts = ()
    mentions: str = ""
    pattern: str = "(?!)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCode(Row):
    """How tests and build files of a language run commands, delete and write. `test_code.toml` explains the keys."""

    suffixes: str
    comment: str = ""
    blanks: bool = False
    runs: str = "(?!)"
    deletes: str = "(?!)"
    deleting_calls: str = "(?!)"
    reads: str = "(?!)"
    writes: str = "(?!)"
    prints: str = "(?!)"
    executes: str = "(?!)"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPlaces(Row):
    """The words of a program that name files or folders which it writes. `written_places.toml` explains the keys."""

    programs: str
    subcommands: Texts = ()
    operands: str = ""
    options: str = ""
    when: str = ""
    unless: str = ""
    valued: str = ""
    one_dash: bool = False
    dashless: bool = False
    folder: str = ""
    default: str = ""
    folders: bool = False


QUESTIONS = frozenset({"help", "version", "word", "first"})
"""How a call may ask only: `CallRule.asking` has some of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRule(Row):
    """Calls that a rule refuses, whatever else the gate knows of them. `calls/git/work.toml` explains the keys."""

    programs: str
    refuse: str
    because: str = ""
    instead: str = ""
    subcommands: str = ""
    verbs: str = ""
    operands: Texts = ()
    words: Texts = ()
    any_word: Texts = ()
    options: str = ""
    also_options: str = ""
    reads: str = ""
    runs: str = ""
    fed: bool = False
    unless_operands: Texts = ()
    unless_words: Texts = ()
    unless_options: str = ""
    asking: str = ""
    dry: Texts = ()
    valued: str = ""
    one_dash: bool = False
    stop_at_operand: bool = False

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.asking.split()) - QUESTIONS):
            raise InvalidTable(f"calls, {self.programs}: asking cannot be {', '.join(unknown)}")
