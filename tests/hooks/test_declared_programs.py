"""A program that the repository declares is its own, whatever its verbs say; its text is judged where it is known."""

from __future__ import annotations

import pytest

from hooks.policy import Context
from tests.hooks.sessions import PlayedSession, write

DECLARED = {
    "package.json, one program": ("package.json", '{"name": "@a/tool", "bin": "./x.js"}'),
    "package.json, several": ("package.json", '{"name": "x", "bin": {"other": "./o.js", "tool": "./x.js"}}'),
    "pyproject.toml": ("pyproject.toml", '[project.scripts]\ntool = "pkg.cli:App.run"\n'),
    "poetry's table": (
        "pyproject.toml",
        '[tool.poetry.scripts]\ntool = {reference = "pkg.cli:main", type = "console"}\n',
    ),
    "setup.cfg": ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    tool = pkg.cli:main\n"),
    "setup.py": ("setup.py", 'setup(entry_points={"console_scripts": ["tool = pkg.cli:main"]})\n'),
    "a gem's program": ("exe/tool", "#!/usr/bin/env ruby\nputs 1\n"),
}
CALLS = [
    "tool delete 3",
    "uv run tool delete 3",
    "poetry run tool db drop",
    "bundle exec tool reset",
    "pdm run tool purge",
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("manifest", DECLARED)
def test_a_declared_program_may_have_any_verb(a_context: Context, manifest: str, call: str) -> None:
    """Only where the repository itself declares it: what this session wrote declares nothing."""
    name, text = DECLARED[manifest]

    assert PlayedSession(a_context, {name: text}).call(call).granted
    assert not PlayedSession(a_context, {name: text}).call(call.replace("tool", "other-tool")).granted


@pytest.mark.parametrize("manifest", DECLARED)
def test_a_manifest_of_the_session_declares_nothing(a_context: Context, manifest: str) -> None:
    name, text = DECLARED[manifest]

    assert PlayedSession(a_context).play(write(name, text), "tool delete 3").rule == "unresolved.client"


def test_a_program_of_a_gem_is_judged_by_its_text(a_context: Context) -> None:
    session = PlayedSession(a_context, {"exe/tool": "#!/bin/sh\ngit push\n"})

    assert session.call("bundle exec tool delete 3").rule == "git.push"
