"""What a set-up depends on, besides manifests: the files in which its tasks stand."""

from __future__ import annotations

import pytest

from bot.core.environment.values import Command, Origin, SetUp
from bot.core.set_up import inputs


@pytest.mark.parametrize(
    ("command", "file"),
    [("make deps", "Makefile"), ("cd api && make", "api/rules.mk"), ("just boot", "justfile"),
     ("task deps", "Taskfile.yml"), ("bundle exec rake setup", "lib/tasks/db.rake"), ("invoke deps", "tasks.py")],
)  # fmt: skip
def test_the_file_that_says_what_a_task_does_is_an_input(command: str, file: str) -> None:
    set_up = SetUp(origin=Origin.DECLARED, commands=(Command(text=command, reason="setup"),))
    other = SetUp(origin=Origin.DECLARED, commands=(Command(text="./boot.sh", reason="setup"),))

    assert inputs(set_up, [file, "a.py"]) == [file]
    assert inputs(other, [file, "a.py"]) == []
