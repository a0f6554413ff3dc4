"""`.github/nightshift.yml`: what it may hold, and how its mistakes are reported."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.broker import sort_protected
from bot.core.changes import FileChange
from bot.core.repository_settings import (
    RepositoryLimits,
    RepositorySettings,
    RepositorySettingsWrong,
    read_repository_settings,
)
from hooks.policy.additions import parse_additions

MANUAL = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")


def mistakes(text: str) -> list[str]:
    with pytest.raises(RepositorySettingsWrong) as caught:
        read_repository_settings(text.encode())
    return [each.sentence for each in caught.value.mistakes]


@pytest.mark.parametrize("content", [None, b"", b"# nothing\n", b"{}"])
def test_without_a_word_everything_is_as_usual(content: bytes | None) -> None:
    assert read_repository_settings(content) == RepositorySettings()


def test_the_manuals_example_is_valid_and_shows_every_key() -> None:
    """What it shows can be pasted into a repository."""
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", MANUAL, re.DOTALL | re.MULTILINE)

    read = read_repository_settings(example.encode())

    assert read.model_fields_set == set(RepositorySettings.model_fields)
    assert read.limits.model_fields_set == set(RepositoryLimits.model_fields)
    assert read.verify
    assert read.gate.refuse
    assert read.gate.allow


@pytest.mark.parametrize("host", ["maven.example.org", "Maven.Example.org", "a-b.c1.example:8443"])
def test_a_host_may_be_named(host: str) -> None:
    assert read_repository_settings(f"network: ['{host}']".encode()).network == (host.lower(),)


@pytest.mark.parametrize(
    "host",
    ["localhost", "10.0.0.1", "*.example.org", "https://example.org", "example.org:0", "a..org", "-a.org", "a.org/"],
)
def test_only_a_public_name_is_a_host(host: str) -> None:
    assert "expected the name of a host" in mistakes(f"network: ['{host}']")[0]


@pytest.mark.parametrize(
    ("age", "is_wrong"), [("3d", False), ("12h", False), ("0d", False), ("3", True), ("-1d", True)]
)
def test_an_age_has_a_unit(age: str, is_wrong: bool) -> None:
    text = f"packages_older_than: '{age}'"

    if is_wrong:
        assert "expected an age" in mistakes(text)[0]
    else:
        read_repository_settings(text.encode())


def test_the_gate_reads_what_is_made_for_it() -> None:
    """The additions reach the gate in its own form."""
    text = "gate: {refuse: [{command: make e2e, reason: it costs}], allow: [docker]}"

    additions = parse_additions(read_repository_settings(text.encode()).policy)

    assert additions.refusals[0].words == ("make", "e2e")
    assert additions.refusals[0].reason == "it costs"
    assert additions.allowed == {"docker"}


def test_no_additions_are_no_policy() -> None:
    assert RepositorySettings().policy is None
    assert RepositorySettings().policy_with(registries=(), set_up=()) is None


def test_the_gate_gets_what_the_host_set_up() -> None:
    read = read_repository_settings(b"gate: {allow: [docker]}")

    additions = parse_additions(read.policy_with(registries={"pypi", "npm"}, set_up={"npm ci"}))

    assert additions.registries == {"pypi", "npm"}
    assert additions.set_up == {"npm ci"}
    assert additions.allowed == {"docker"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("protect: []", "protect: there is no such key; did you mean `protected`?"),
        ("gate: {deny: []}", "gate.deny: there is no such key; expected one of `refuse`, `allow`"),
        ("limits: {line: 1}", "limits.line: there is no such key; did you mean `lines`?"),
        ("gate: {refuse: [{cmd: x, command: y}]}", "gate.refuse[1].cmd: there is no such key; did you mean `command`?"),
        ("protected: CODEOWNERS", "protected: expected a list"),
        ("protected: ['!LICENSE']", "protected[1]: expected a path or a glob"),
        ("protected: [1]", "protected[1]: expected text"),
        ("verify: ['']", "verify[1]: expected a shell command"),
        ("limits: {files: 0}", "limits.files: expected at least 1"),
        ("limits: {files: true}", "limits.files: expected a whole number"),
        ("limits: {bytes: 1000000000}", "limits.bytes: expected at most 50000000"),
        ("gate: {allow: ['rm -rf']}", "gate.allow[1]: expected the name of a program"),
        ("limits: {check_minutes: '15'}", "limits.check_minutes: expected a number"),
        ("limits: {check_minutes: .nan}", "limits.check_minutes: expected "),
        ("services: [postgres]", "services[1]: expected `postgresql`, `redis` or `mysql`; did you mean `postgresql`?"),
        ("verify: [" + "a," * 21 + "]", "verify: expected at most 20 entries"),
        ("yes: 1", "yes: there is no such key"),
        ("gate: {refuse: [{reason: x}]}", "gate.refuse[1].command: is missing"),
        ("- a", "the file: expected a mapping"),
        ("a: [", "it is not valid YAML: "),
        ("protected: &a [*a]", "it is not valid YAML: `*a` repeats a list"),
        ("protected: [*a]", "it is not valid YAML: found undefined alias"),
        ("? {a: b}\n: c", "it is not valid YAML: expected a name before the `:`"),
        ("x: !!python/object/apply:os.system [id]", "it is not valid YAML: "),
        ("x: !!timestamp y", "it is not valid YAML: `y` cannot be read as timestamp"),
        ("x: !!bool y", "it is not valid YAML: `y` cannot be read as bool"),
        ("x: !!int ''", "it is not valid YAML: `` cannot be read as int"),
        ("labels: [2001-99-99]", "it is not valid YAML: `2001-99-99` cannot be read as timestamp; put text in quotes"),
        ("<<: {verify: []}", "<<: there is no such key"),
        ("lint: \0", "it is not valid YAML: the character 0x0000"),
        ("[" * 2000, "it is not valid YAML: lists or mappings lie too deep"),
        ("a: b: c", "it is not valid YAML: `:` cannot stand there"),
        ("limits:\n\tfiles: 1", "it is not valid YAML: tabs do not indent"),
        ("verify: [a]\nverify: [b]", "verify: stands there twice, first in line 1"),
        ("limits: {files: 1, files: 2}", "limits.files: stands there twice"),
    ],
)
def test_a_mistake_is_reported_by_its_name(text: str, said: str) -> None:
    """With what was expected."""
    (mistake,) = mistakes(text)
    assert mistake.startswith(said)


YAML_KINDS = [
    "null",
    "bool",
    "int",
    "float",
    "binary",
    "timestamp",
    "omap",
    "pairs",
    "set",
    "str",
    "seq",
    "map",
    "value",
]
TAGS = st.builds("{} !!{} {}".format, st.sampled_from(["x:", "-"]), st.sampled_from(YAML_KINDS), st.text(max_size=5))


@given(
    st.binary(max_size=200)
    | st.text(alphabet="ab:[]{}&*!- \n'\"#", max_size=80).map(str.encode)
    | TAGS.map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        read_repository_settings(content)
    except RepositorySettingsWrong as wrong:
        assert wrong.mistakes


ODD = st.text(alphabet="[]!-^*?/ab\\&~|#. \t$`'\"", max_size=12)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "protected": st.lists(ODD, max_size=3),
        "flagged": st.lists(ODD, max_size=3),
        "verify": st.lists(ODD, max_size=3),
        "limits": st.dictionaries(st.sampled_from(["files", "lines", "bytes"]), st.integers(-1, 10**9)),
        "gate": st.fixed_dictionaries(
            {},
            optional={
                "allow": st.lists(ODD, max_size=2),
                "refuse": st.lists(st.fixed_dictionaries({"command": ODD}, optional={"reason": ODD}), max_size=2),
            },
        ),
    },
)


@given(DOCUMENTS, ODD)
@settings(max_examples=500)
def test_what_is_accepted_never_raises_later(document: dict[str, object], path: str) -> None:
    """Neither where a change is judged, nor in the gate."""
    try:
        read = read_repository_settings(json.dumps(document).encode())
    except RepositorySettingsWrong:
        return
    change = FileChange(path=path, old_path=path, before=None, after=b"x")
    sort_protected([change], protected=read.protected, flagged=read.flagged, links={"a": "b"})
    if read.policy is not None:
        parse_additions(read.policy)


@pytest.mark.parametrize("pattern", ["[z-a]", "[b-a]", "[a--b]", "docs/[z-a].md"])
def test_a_pattern_that_cannot_be_matched_is_refused_with_the_settings(pattern: str) -> None:
    """And not by the broker, once a session has been paid for."""
    (mistake,) = mistakes(json.dumps({"protected": ["LICENSE", pattern]}))
    assert mistake.startswith("protected[2]: expected a path or a glob")


def test_nothing_lifts_what_is_protected() -> None:
    """Whatever a repository's settings say, the core list holds."""
    read = read_repository_settings(b"protected: [x]")
    change = FileChange(path="CODEOWNERS", old_path="CODEOWNERS", before=None, after=b"x")

    found = sort_protected([change], protected=read.protected, flagged=read.flagged)
    assert [note.path for note in found.refused] == ["CODEOWNERS"]


@pytest.mark.parametrize("wrong", ["0", "-1", "1001", "many", "true", "1.5", "[3]", '"3"', "{}", "1e2", ".inf", "~"])
def test_a_wrong_number_of_open_pull_requests_is_refused_by_its_name(wrong: str) -> None:
    (mistake,) = mistakes(f"max_open_pull_requests: {wrong}\n")
    assert mistake.startswith("max_open_pull_requests: ")


def test_the_number_of_open_pull_requests_is_read() -> None:
    assert read_repository_settings(b"max_open_pull_requests: 3").max_open_pull_requests == 3
    assert read_repository_settings(None).max_open_pull_requests == 10
    assert "did you mean `max_open_pull_requests`?" in mistakes("max_open_pulls_requests: 3")[0]


def test_work_is_stacked_unless_the_merge_is_to_be_waited_for() -> None:
    assert read_repository_settings(None).dependencies == "stack"
    assert read_repository_settings(b"dependencies: merge").dependencies == "merge"
    assert mistakes("dependencies: stacks") == ["dependencies: expected `stack` or `merge`; did you mean `stack`?"]


def test_dependencies_are_mirrored_only_where_that_is_asked_for() -> None:
    assert not read_repository_settings(None).mirror_dependencies
    assert read_repository_settings(b"mirror_dependencies: true").mirror_dependencies
    assert mistakes("mirror_dependencies: often") == ["mirror_dependencies: expected true or false"]
    assert "did you mean `mirror_dependencies`?" in mistakes("mirror_dependency: true")[0]
