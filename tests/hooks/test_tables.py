"""What the policy knows of programs is data: it is read strictly, each entry can be reached, and rules use all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hooks.policy import Context, judge, tables
from hooks.policy.examination import DOMAINS, RULES
from hooks.policy.programs import Shadowed, Table, loaders, merge_tables
from hooks.policy.programs.builtins import BUILTINS
from hooks.policy.programs.calls import HANDED_OVER, calls_of
from hooks.policy.rules import rules
from hooks.policy.shell.values import Command
from hooks.policy.tables import read_document, read_list, value_options
from hooks.policy.tables.reading import InvalidTable, Row, read_row
from hooks.policy.tables.rows import CallRule, ClientRow, Family

POLICY = Path(__file__).parents[2] / "hooks" / "policy"
FILES = sorted((POLICY / "tables").rglob("*.toml"))
CODE = "\n".join(path.read_text() for path in POLICY.parent.rglob("*.py"))
MODULES = sorted(path.stem for path in (POLICY / "tables" / "families").glob("*.toml"))
CALL_MODULES = sorted(path.stem for path in (POLICY / "tables" / "calls").iterdir())
CALL_RULES = [row for module in CALL_MODULES for row in tables.call_rules(module).values()]


def test_every_table_is_read_strictly() -> None:
    """A broken pattern or key would refuse everything, or nothing: all rows are read, all patterns compiled."""
    rows: list[Row] = [*tables.clients().values(), *tables.publishers().values(), *tables.vaults().values()]
    rows += [*tables.wrappers().values(), *tables.container_engines().values(), *tables.languages().values()]
    rows += CALL_RULES
    patterns = [text for row in rows for text in _patterns(row)]

    assert len(patterns) > 1500
    for pattern in patterns:
        re.compile(pattern)


def _patterns(row: Row) -> list[str]:
    keys = set(row.__slots__) if hasattr(row, "__slots__") else set()
    keys -= {"valued", "options", "also_options", "unless_options", "run_verbs", "comment", "rule"}
    values = [getattr(row, key) for key in keys]
    return [
        text for value in values for text in (value if isinstance(value, tuple) else (value,)) if text.__class__ is str
    ]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"read": ["get"]}, "unknown key read; known are refuses, grants"),
        ({"reads": "get"}, "clients.x.reads: expected list, found str"),
        ({"reads": ["get "]}, "expected texts without blanks around them"),
        ({"reads": [7]}, "expected texts"),
        ({"valued": ["-n"]}, "clients.x.valued: expected str, found list"),
        ({"one_dash": 1}, "clients.x.one_dash: expected bool, found int"),
        ("get", "clients.x: expected a table"),
    ],
)
def test_a_row_with_a_wrong_key_or_type_is_named(values: object, said: str) -> None:
    """A typing error must not disarm a row."""
    with pytest.raises(InvalidTable, match=re.escape(said)):
        read_row(ClientRow, "clients.x", values)


def test_a_row_without_what_it_needs_is_named() -> None:
    """A family without programs would guard nothing."""
    with pytest.raises(InvalidTable, match="programs is missing"):
        read_row(Family, "families.git.check_git", {"refuses": []})


def test_no_file_of_tables_is_left_out() -> None:
    """A file that nothing reads would only look like a guard."""
    read = {
        "machine.toml",
        "words.toml",
        "options.toml",
        "vaults.toml",
        "system_managers.toml",
        "wrappers.toml",
        "containers.toml",
        "packages.toml",
        "languages.toml",
        "consoles.toml",
        "escapes.toml",
        "libraries.toml",
        "test_code.toml",
        "written_places.toml",
    }
    folders = {"calls", "git", "database", "system", "clients", "publishers", "families", "loaders", "variables"}

    assert {path.name for path in FILES if path.parent.name == "tables"} == read
    assert {path.parent.name for path in FILES if path.parent.name != "tables"} == folders
    assert sorted({_module_name(domain) for domain in DOMAINS} & set(MODULES)) == MODULES
    assert sorted({_module_name(domain) for domain in DOMAINS} & set(CALL_MODULES)) == list(CALL_MODULES)


@pytest.mark.parametrize("module", CALL_MODULES)
def test_the_calls_of_each_file_are_asked(module: str) -> None:
    """A file that its module does not read would guard nothing; `test_examples.py` judges the examples of each row."""
    asked = calls_of(module)

    assert sorted(name for name, rule in asked.items() if name not in HANDED_OVER and rule not in RULES[name]) == []
    assert {name for row in tables.call_rules(module).values() for name in row.programs.split()} == set(asked)


def test_a_row_of_calls_names_a_rule_and_says_what_it_needs() -> None:
    """A rule that does not exist would refuse as an error; a way to ask that does not exist would be ignored."""
    assert sorted({row.refuse for row in CALL_RULES} - set(rules())) == []
    with pytest.raises(InvalidTable, match="asking cannot be wrd"):
        read_row(CallRule, "calls.git.push", {"programs": "git", "refuse": "git.push", "asking": "help wrd"})
    with pytest.raises(InvalidTable, match="refuse is missing"):
        read_row(CallRule, "calls.git.push", {"programs": "git"})


def test_a_row_of_calls_may_say_more_than_its_rule() -> None:
    """Why this call is refused, and what to do instead; the rule's name stays."""
    context = Context(workspace=Path("/srv/nightshift/workspace"), home=Path("/home/agent"))
    commit = judge("Bash", {"command": "git commit --no-verify -m x"}, context)
    config = judge("Bash", {"command": "git config core.hooksPath x"}, context)

    assert (commit.rule, commit.reason) == ("git.guards", "it would skip the repository's hooks")
    assert "without `--no-verify`" in commit.instead
    assert (config.rule, config.reason) == ("git.guards", rules()["git.guards"].reason)
    assert [row for row in CALL_RULES if row.instead and not row.instead.endswith(".")] == []


def _module_name(domain: object) -> str:
    return str(getattr(domain, "__name__", "")).rpartition(".")[2]


@pytest.mark.parametrize("module", MODULES)
def test_every_family_has_its_rule_and_looks_at_each_of_its_programs(module: str) -> None:
    """A family that no module asks for would guard nothing."""
    (domain,) = [each for each in DOMAINS if _module_name(each) == module]
    for name, row in tables.families(module).items():
        rule = getattr(domain, name)
        assert rule.__name__ == name
        assert [program for program in row.programs.split() if rule not in RULES[program]] == []


def test_a_program_with_two_entries_in_one_table_is_an_error() -> None:
    """The second entry would switch the first one off."""
    table: Table = {"a": lambda _command, _shell: None}

    with pytest.raises(Shadowed, match="a"):
        merge_tables(table, table)


def test_every_name_can_be_reached() -> None:
    """Commands are looked up without folder, version and `.exe`: a name that has one of them is never found."""
    assert sorted(name for name in RULES if Command(argv=(name,)).program != name) == []
    assert sorted(name for name in RULES if name.startswith("mkfs.")) == [], "`mkfs` stands for them all"


@pytest.mark.parametrize("file", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_entry_is_switched_off_by_its_spelling(file: Path) -> None:
    """An entry that is not wanted is deleted: `flush_` is no name of anything and would read like a guard."""
    words = re.findall(r"\b\w[\w-]*[a-z]_(?=[\s'\"|)])", file.read_text())

    assert words == []


def test_no_pattern_in_the_code_is_switched_off_by_its_spelling() -> None:
    words = re.findall(
        r"[|(\"' ](\w+-?\w*[a-z]_)[|)\"' ](?!\()", "\n".join(path.read_text() for path in POLICY.rglob("*.py"))
    )

    assert sorted(set(words)) == []


@pytest.mark.parametrize("name", sorted(read_document("words")))
def test_no_list_names_a_word_twice_or_in_vain(name: str) -> None:
    """A program that is looked up by its name is listed by it; and `inert` is asked only of programs without rules."""
    words = read_document("words")[name].split()

    assert len(words) == len(set(words)) or name in {"name_only", "guard_readers"}
    if name == "inert":
        judged = {name for name, found in RULES.items() if found != (loaders.TABLE.get(name),)}
        assert sorted(word for word in set(words) if word in judged or word in BUILTINS) == []


def test_every_rule_that_the_code_names_is_in_the_core_list_and_every_one_of_the_list_is_used() -> None:
    """A refusal must have a reason to give; a reason that no refusal gives is dead."""
    spelled = set(re.findall(r"\"([a-z._]+)\"", CODE))
    named = set(re.findall(r"(?:refuse|refuse_unless_lenient|Refused)\(\s*\"([a-z._]+)\"", CODE))

    assert (spelled & set(rules())) | named | {row.refuse for row in CALL_RULES} == set(rules())


@pytest.mark.parametrize("name", sorted(read_document("words")))
def test_every_list_is_used(name: str) -> None:
    """Data that nothing reads would only look like a guard."""
    assert f'read_list("{name}")' in CODE
    assert read_list(name)


@pytest.mark.parametrize("name", sorted(read_document("options")))
def test_every_option_table_is_used(name: str) -> None:
    assert f'"{name}"' in CODE or any(name in row.valued.split() for row in CALL_RULES)
    assert value_options(name)


def test_every_rule_says_what_to_do_instead() -> None:
    """An agent that only hears no tries the next way round."""
    for rule in rules().values():
        assert rule.reason, rule.name
        assert rule.instead.endswith((".", "`.")) or rule.name == "granted", rule.name
        assert len(rule.reason) < 120


def test_only_package_rules_can_be_lifted() -> None:
    """A repository names packages that it trusts, and nothing else."""
    assert [rule.name for rule in rules().values() if rule.liftable] == ["remote.package"]
