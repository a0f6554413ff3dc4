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
)


@pytest.mark.parametrize("text", STARTS)
def test_it_starts(text: str) -> None:
    assert starts_for(text.encode(), base="main", head="auto/7")


@pytest.mark.parametrize("text", DOES_NOT_START)
def test_it_does_not_start(text: str) -> None:
    assert not starts_for(text.encode(), base="main", head="auto/7")


@given(st.binary(max_size=80) | st.text("on:[]{}*?+!/'-\n pushbrances", max_size=60).map(str.encode))
def test_whatever_a_repository_holds_is_read(text: bytes) -> None:
    assert starts_for(text, base="main", head="auto/7") in {True, False}
