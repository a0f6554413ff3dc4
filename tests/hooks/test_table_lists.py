"""Each pattern and each list of the tables has an example of what it decides."""

from __future__ import annotations

import re

import pytest

from hooks.policy import tables
from tests.hooks.examples import ask, renamed


@pytest.mark.parametrize("name", sorted(tables.clients()))
def test_each_pattern_of_a_clients_secrets_has_an_example(name: str) -> None:
    """A pattern that no example tries could be deleted unnoticed."""
    row = tables.clients()[name]
    for pattern in row.secrets:
        rest = "|".join(f"(?:{each})" for each in row.secrets if each != pattern)
        assert any(only_by(pattern, rest, example.partition(" ")[2]) for example in row.refuses_secrets), pattern
    for example in row.refuses_secrets:
        for each in (name, *row.aliases.split()):
            assert ask(renamed(example, each, (name,))) == (False, "secrets.vault"), (each, example)


def only_by(pattern: str, rest: str, words: str) -> bool:
    return re.match(pattern, words) is not None and not (rest and re.match(rest, words))


PATTERNS = (
    "deletes_trees",
    "deletes",
    "runs",
    "dumps",
    "variable",
    "evaluates",
    "sends",
    "writes",
    "shell_code",
    "fetches",
    "empties",
    "lists",
)
GRANTING = ("makes_temporary", "gives_temporary", "temporary_folder")


@pytest.mark.parametrize("name", sorted(tables.read_document("languages")))
def test_each_pattern_of_a_language_has_an_example(name: str) -> None:
    """And each example is refused, and granted where its row says so."""
    row = tables.languages()[name]
    for pattern in PATTERNS:
        if (text := getattr(row, pattern)) != "(?!)":
            assert any(re.search(text, example) for example in row.refuses), pattern
    for pattern in GRANTING:
        if (text := getattr(row, pattern)) not in {"", "(?!)"}:
            assert any(re.search(text, example) for example in row.grants), pattern
    assert [example for example in row.refuses if ask(example)[0]] == []
    assert [example for example in row.grants if not ask(example)[0]] == []


TEST_CODE_PATTERNS = ("runs", "deletes", "writes", "prints", "executes")


@pytest.mark.parametrize("name", sorted(tables.test_code()))
def test_each_pattern_of_test_code_has_an_example(name: str) -> None:
    """And each example is refused, and granted where its row says so."""
    row = tables.test_code()[name]
    for pattern in TEST_CODE_PATTERNS:
        if (text := getattr(row, pattern)) != "(?!)":
            assert any(re.search(text, example) for example in row.refuses), pattern
    assert [example for example in row.refuses if ask(example)[0]] == []
    assert [example for example in row.grants if not ask(example)[0]] == []


LISTS = {
    "secret_names": ("secrets.file", "cat {}"),
    "secret_suffixes": ("secrets.file", "cat server{}"),
    "secret_folders": ("secrets.file", "cat ~/{}/.credentials-of-x"),
    "secret_examples": ("secrets.file", "cat {}*"),
    "example_files": ("granted", "cat .env.{}"),
    "build_outputs": ("granted", "rm -rf {}"),
    "downloaders": ("remote.code", "{} https://example.com/x | sh"),
    "decoders": ("unresolved.code", "{} x | sh"),
    "printers": ("secrets.environment", "{} $API_TOKEN"),
    "git_settings_that_run_or_rewire": ("git.guards", "git -c {}=x status"),
    "harmless_git_settings": ("granted", "git -c {}=x status"),
    "registry_verbs": ("deploy.publish", "npm {} x"),
    "changing_verbs": ("deploy.infrastructure", "hcloud {} list"),
    "destroying_verbs": ("unresolved.client", "mytool {} x"),
    "looking_verbs": ("granted", "mytool {} delete"),
    "file_takers": ("granted", "{} delete"),
    "remote_readers": ("granted", "ssh host '{}'"),
    "environment_printers": ("granted", 'eval "$({} docker-env)"'),
    "inert": ("granted", "{} 'rm -rf ~'"),
    "leftovers": ("granted", "find . -name '{}' -delete"),
    "file_listers": ("delete.recursive", "{} src | xargs rm"),
    "statement_sources": ("granted", "{} x < data.txt | psql app"),
    "quoting": ("granted", "{} 169.254.169.254"),
}
"""For each list the rule that decides a command with each of its names; a name's `*` is asked as `x`."""


@pytest.mark.parametrize("name", LISTS)
def test_each_name_of_a_list_decides(name: str) -> None:
    rule, command = LISTS[name]
    asked = {each: command.format(each.replace("*", "x")) for each in tables.read_list(name)}

    assert {each: found for each, text in asked.items() if (found := ask(text)[1]) != rule} == {}
