"""Which workflows start for a pull request of the bot, from `auto/7` into `main`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.workflow_triggers import starts_for

STARTS = (
    "on: push",
    "on: [push, workflow_dispatch]",
    "on: pull_request",
    "'on': pull_request_target",
    "on: {pull_request: }",
    "on: {pull_request: {branches: [main]}}",
    "on: {pull_request: {branches: main}}",
    "on: {pull_request: {branches-ignore: ['release/**']}}",
    "on: {pull_request: {types: [labeled, opened]}}",
    "on: {pull_request: {types: }}",
    "on: {pull_request: {types: ~}}",
    "env: &all {<<: {a: b}}\non: {push: &push {branches: &these ['auto/*']}}\njobs: [*all, *push, *these]",
    "on: {push: {branches: ['[z-a]', '?x', 'auto/*']}}",
    "on: {push: {branches-ignore: ['[z-a]', '?x']}}",
    "on: {pull_request: {paths: ['src/**']}}",
    "on: {push: {branches: ['**']}}",
    "on: {push: {branches: ['*/*', '!release/*']}}",
    "on: {push: {branches: ['auto/[0-9]+']}}",
    "on: {push: {branches-ignore: [main], tags: ['v*']}}",
)
DOES_NOT_START = (
    "on: workflow_dispatch",
    "on: {schedule: [{cron: '0 0 * * *'}]}",
    "on: {push: {branches: [main]}}",
    "on: {push: {branches: ['*']}}",
    "on: {push: {branches: ['**', '!auto/**']}}",
    "on: {push: {branches-ignore: ['auto/*']}}",
    "on: {push: {tags: ['v*']}}",
    "on: {pull_request: {types: [labeled]}}",
    "on: {pull_request: {branches: ['release/**']}}",
    "on: {pull_request: {branches-ignore: [main]}}",
    "jobs: {}",
    "on: 7",
    "[push]",
    "",
    "on: [",
    "on: {push: {branches: ['auto/?']}}",
    "on: {push: {branches: ['?x']}}",
    "on: {push: {branches: ['[z-a]']}}",
    "on: {push: {branches: ['auto/7', '!**']}}",
    "on: {push: {branches: }}",
    'on: !!int ""',
    "on: !!timestamp x",
    "on: &on [*on]",
    "on: {push: {branches: [!!binary x, !!python/name:os.system x]}}",
)


@pytest.mark.parametrize("text", STARTS)
def test_it_starts(text: str) -> None:
    assert starts_for(text.encode(), base="main", head="auto/7")


@pytest.mark.parametrize("text", DOES_NOT_START)
def test_it_does_not_start(text: str) -> None:
    assert not starts_for(text.encode(), base="main", head="auto/7")


def test_mappings_that_repeat_each_other_cost_no_more_than_their_text() -> None:
    """Each merge of two mappings would double what it holds: 2^60 keys."""
    merged = "".join(f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}]}}\n" for n in range(1, 61))
    assert starts_for(f"m0: &m0 {{a: b}}\n{merged}on: push\n".encode(), base="main", head="auto/7")


VALUES = st.text("x/*?+[]!-~:&<\\^az79", max_size=12)
FILTERS = st.sampled_from(["branches", "branches-ignore", "types", "tags"])
ODD = st.sampled_from(["!!int ''", "!!timestamp x", "!!float x", "!!bool x", "!!set [x]", "!!omap x", "!!null x", "<<"])


@given(FILTERS, st.lists(VALUES.map(lambda each: f"'{each}'") | ODD, max_size=4))
def test_whatever_a_filter_holds_is_read(name: str, values: list[str]) -> None:
    text = f"on: {{push: {{{name}: [{', '.join(values)}]}}, pull_request: {{{name}: [{', '.join(values)}]}}}}"
    assert starts_for(text.encode(), base="main", head="auto/7") in {True, False}
    assert starts_for(f"on: {(values or [''])[0]}".encode(), base="main", head="auto/7") in {True, False}


@given(st.binary(max_size=80) | st.text("on:[]{}*?+!/'-\n pushbrances", max_size=60).map(str.encode))
def test_whatever_a_repository_holds_is_read(text: bytes) -> None:
    assert starts_for(text, base="main", head="auto/7") in {True, False}
