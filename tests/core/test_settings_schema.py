"""The JSON Schema of `.github/nightshift.yml` and what reads the file agree, as far as JSON Schema can say it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.repository_settings import RepositorySettingsWrong, read_repository_settings
from bot.core.settings_schema import repository_schema

VALIDATOR = jsonschema_rs.Draft7Validator(repository_schema())
_ONLY_THE_BOT_KNOWS = ("expected a path or a glob", "which cannot be downgraded")


def refusal(document: object) -> str:
    """Empty if the bot takes the document."""
    try:
        read_repository_settings(json.dumps(document).encode())
    except RepositorySettingsWrong as wrong:
        return str(wrong)
    return ""


def texts(*good: str) -> st.SearchStrategy[Any]:
    """Values that are valid, values near them, and values of other kinds."""
    near = st.sampled_from(good).flatmap(
        lambda text: st.sampled_from([text, f" {text}", f"{text}\n", f"@{text}", f"{text}/x"])
    )
    odd = st.text(alphabet="ab1.:/@!_- \t\n\u00e9", max_size=6)
    return st.sampled_from(good) | near | odd | st.sampled_from([None, True, 1, 1.5, [], {}, "x" * 501])


def numbers(*edges: float) -> st.SearchStrategy[Any]:
    near = [value for edge in edges for value in (edge, edge - 1, edge + 1)]
    return st.sampled_from([*near, 0, -1, "1", True, None, 0.05, 0.04, 10**30, [], 2.5])


def lists(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(of, max_size=3) | st.sampled_from([None, "x", {}, 1, ["a"] * 21, ["a"] * 11, ["a"] * 201])


def flags() -> st.SearchStrategy[Any]:
    return st.sampled_from([True, False, True, False, None, "true", 1, []])


GLOBS = texts("/deploy/", "*.sql", "!x", "a/**", "[z-a]", " / ")
COMMANDS = texts("npm test", "make")
LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "files": numbers(1, 3000),
        "lines": numbers(1, 200_000),
        "bytes": numbers(1, 50_000_000),
        **{f"{name}_minutes": numbers(0.05, 1440) for name in ("check", "checks", "setup", "command")},
        "line": numbers(1),
    },
)
REFUSAL = st.fixed_dictionaries(
    {}, optional={"command": COMMANDS, "reason": texts("a"), "instead": texts("a"), "x": flags()}
)
GATE = st.fixed_dictionaries({}, optional={"refuse": lists(REFUSAL), "allow": lists(texts("docker", "a.b+c"))})
KEYS = {
    **dict.fromkeys(("protected", "flagged", "submodules"), lists(GLOBS)),
    **dict.fromkeys(("setup", "verify"), lists(COMMANDS)),
    "network": lists(texts("maven.example.org", "a.example:8443", "a.example:0", "localhost")),
    "packages_older_than": texts("3d", "12h", "0d", "3", "12345d"),
    "services": lists(texts("postgresql", "redis", "mysql", "postgres")),
    "runs_on": lists(texts("gpu", "big.one", "GPU", "-a", "a b")),
    "max_open_pull_requests": numbers(1, 1000),
    "dependencies": texts("stack", "merge", "stacks", "Stack"),
    "limits": LIMITS | st.sampled_from([None, [], "x"]),
    "gate": GATE | st.sampled_from([None, [], "x"]),
    **dict.fromkeys(("lint", "strict", "draft", "sign_off", "mirror_dependencies", "claim_branch"), flags()),
    "assignees": lists(texts("ada", "ada-b", "ada_corp", "-a")),
    "reviewers": lists(texts("ada", "octo-org/maintainers", "octo/", "a/b/c")),
    "labels": lists(texts("nightshift", "good first issue")),
    "protect": flags(),
}
DOCUMENTS: st.SearchStrategy[Any] = st.fixed_dictionaries({}, optional=KEYS) | st.sampled_from([None, {}, [], "x", 1])


@given(DOCUMENTS)
@settings(max_examples=100)
def test_what_the_bot_takes_the_schema_takes(document: object) -> None:
    if not refusal(document):
        assert VALIDATOR.is_valid(document), next(iter(VALIDATOR.iter_errors(document))).message


@given(DOCUMENTS)
@settings(max_examples=100)
def test_what_the_schema_takes_the_bot_takes(document: object) -> None:
    """But for patterns of paths that match nothing, or that cover what cannot be downgraded."""
    if VALIDATOR.is_valid(document):
        unknown = [
            line for line in refusal(document).splitlines() if not any(each in line for each in _ONLY_THE_BOT_KNOWS)
        ]
        assert unknown == []


def one_key(name: str) -> Callable[[object], dict[str, object]]:
    return lambda value: {name: value}


@pytest.mark.parametrize("name", sorted(KEYS))
def test_each_key_alone_is_judged_alike(name: str) -> None:
    """A document with many keys is mostly wrong somewhere: here each value decides."""

    @given(KEYS[name].map(one_key(name)))
    @settings(max_examples=50)
    def agree(document: dict[str, object]) -> None:
        said = refusal(document)
        if not any(each in said for each in _ONLY_THE_BOT_KNOWS):
            assert VALIDATOR.is_valid(document) == (said == ""), said

    agree()


def test_every_key_is_known_to_both() -> None:
    assert set(repository_schema()["properties"]) == set(KEYS) - {"protect"}


def test_the_published_schema_is_current() -> None:
    """`make docs` writes it again."""
    published = Path(__file__).parents[2] / "docs/nightshift.schema.json"
    assert json.loads(published.read_text()) == repository_schema()
