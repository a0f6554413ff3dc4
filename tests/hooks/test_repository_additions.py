"""A repository adds to the policy; it lifts nothing of the core list."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hooks.policy import Context, judge
from hooks.policy.additions import InvalidAdditions, parse_additions, read_additions


def test_a_repository_refuses_more(a_context: Context) -> None:
    """By the first words of a command, wherever it stands."""
    additions = parse_additions(
        {"refuse": [{"command": "make e2e", "reason": "It needs the lab.", "instead": "Run make unit."}]}
    )
    context = replace(a_context, additions=additions)

    ruling = judge("Bash", {"command": "cd src && env A=1 make e2e"}, context)

    assert ruling.rule == "repository"
    assert "It needs the lab. Run make unit." in ruling.sentence()
    assert judge("Bash", {"command": "make unit"}, context).granted
    assert judge("Bash", {"command": "make e2e SUITE=all"}, context).rule == "repository", "more words change nothing"
    assert judge("Bash", {"command": "/usr/bin/make e2e"}, context).rule == "repository"
    assert judge("Bash", {"command": "make e2e-report"}, context).granted, "another target"


def test_a_repository_allows_named_packages(a_context: Context) -> None:
    """Only the rules that say so can be lifted, and only for what is named."""
    context = replace(a_context, additions=parse_additions({"allow": ["cowsay", "git push", "rm"]}))

    assert judge("Bash", {"command": "npx -y cowsay hi"}, context).granted
    assert judge("Bash", {"command": "npx -y figlet hi"}, context).rule == "remote.package"
    assert judge("Bash", {"command": "git push"}, context).rule == "git.push"
    assert judge("Bash", {"command": "rm -rf ~"}, context).rule == "delete.recursive"


@pytest.mark.parametrize(
    "data",
    [
        [],
        "x",
        {"refuses": []},
        {"refuse": "make"},
        {"refuse": [{"command": ""}]},
        {"refuse": [{"cmd": "x"}]},
        {"allow": [1]},
        {"refuse": [{"command": "x", "reaosn": "y"}]},
        {"refuse": [7]},
    ],
)
def test_a_typing_error_cannot_disarm_a_refusal(data: object) -> None:
    """Unknown keys and wrong types are named, with what was expected."""
    with pytest.raises(InvalidAdditions, match="expected"):
        parse_additions(data)


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    """As is one that is not there."""
    (tmp_path / "policy.json").write_text("{")

    with pytest.raises(InvalidAdditions, match=r"policy\.json"):
        read_additions(tmp_path / "policy.json")
    with pytest.raises(InvalidAdditions, match="missing"):
        read_additions(tmp_path / "missing")


def test_a_file_is_read(tmp_path: Path) -> None:
    """A refusal without reason or alternative gets the usual words."""
    (tmp_path / "policy.json").write_text(json.dumps({"refuse": [{"command": "make  e2e"}], "allow": ["x"]}))

    additions = read_additions(tmp_path / "policy.json")

    assert additions.refusals[0].words == ("make", "e2e")
    assert additions.allowed == {"x"}
