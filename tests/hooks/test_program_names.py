"""A program is judged by what it is, under whatever name it is installed: with a version, a platform or a prefix."""

from __future__ import annotations

import pytest

from hooks.policy import judge, tables
from hooks.policy.programs.unknown_clients import partly_known
from hooks.policy.shell.values import program_name
from tests.hooks.rewriting import PERSON

CLIENTS = sorted(tables.clients())
INSTALLED = (
    *("{}-1.29", "{}1.5", "{}_2.0.1", "{}-v3", "{}v2", "/opt/{}/bin/{}-1.29.3", "{}-linux-amd64", "./{}-1.29"),
    *("{}-1.29.0-darwin-arm64", "{}.exe", "{}-1.30-rc1"),
)


@pytest.mark.parametrize("installed", INSTALLED)
def test_a_client_is_known_with_its_version(installed: str) -> None:
    names = {name: program_name(installed.replace("{}", name)) for name in CLIENTS if not name[-1:].isdigit()}

    assert {name: found for name, found in names.items() if found != name} == {}


@pytest.mark.parametrize("prefix", ["g", "uu-", "uu_"])
def test_a_tool_is_known_with_its_prefix(prefix: str) -> None:
    """Unless a table knows a program of that very name."""
    names = {tool: f"{prefix}{tool}" for tool in tables.read_list("gnu_tools")}
    found = {tool: program_name(name) for tool, name in names.items() if name not in tables.program_names()}

    assert {tool: each for tool, each in found.items() if each != tool} == {}


@pytest.mark.parametrize(
    ("word", "name"),
    [("./test2", "test2"), ("build/kill1", "kill1"), ("k6", "k6"), ("base64", "base64"), ("md5", "md5"), ("w3m", "w3m"),
     ("node@22", "node@22"), ("git-town", "git-town"), ("gh", "gh"), ("grep", "grep"), ("env-cli", "env-cli"),
     ("aws-cli", "aws"), ("sudo-rs", "sudo"), ("python3.12", "python"), ("./python3", "python"),
     ("/bin/test2", "test"), ("gm4", "m4"), ("gbase64", "base64")],
)  # fmt: skip
def test_another_program_keeps_its_name(word: str, name: str) -> None:
    """A local file with a number behind its name is no version, and what a table knows is not taken apart."""
    assert program_name(word) == name


def test_a_row_does_not_hide_the_verbs_it_does_not_speak_of() -> None:
    """`airflow` has a row for its consoles: `airflow dags delete x` is refused all the same."""
    asked = sorted(partly_known() - tables.read_list("file_takers"))
    granted = [
        f"{name} {words}"
        for name in asked
        for words in ("delete prod", "app destroy x", "thing:delete x")
        if judge("Bash", {"command": f"{name} {words}"}, PERSON).granted
    ]

    assert len(asked) > 200
    assert granted == []


def test_a_program_that_no_table_knows_destroys_in_any_spelling() -> None:
    verbs = ("delete", "destroy", "purge", "wipe", "erase", "nuke")
    forms = ("{}", "thing {}", "thing.{}", "things/{} x", "thing:{}", "{}-all", "--{} x", "--{}-all", "--force-{}",
             "--{}-tables", "--{}=true", "--yes --{}-data")  # fmt: skip
    calls = [f"acmectl {form.format(verb)}" for verb in verbs for form in forms]

    assert [call for call in calls if judge("Bash", {"command": call}, PERSON).rule != "unresolved.client"] == []


def test_an_option_that_only_mentions_a_verb_is_granted() -> None:
    calls = [
        f"acmectl {words}"
        for words in ("--no-delete x", "--delete=false", "--delete-comments src", "--drop-duplicates a.csv",
                      "--truncate 80", "--reset-cache", "--on-delete cascade", "--soft-delete", "-- --delete",
                      "--skip-publish",
                      "--message 'drop table t'", "test --name 'delete from cart'", "run 'drop the ball'")
    ]  # fmt: skip

    assert [call for call in calls if not judge("Bash", {"command": call}, PERSON).granted] == []
