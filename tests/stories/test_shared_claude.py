"""The Claude Code of the stories starts no session whose guards were not proven."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.sandbox import NoSandbox
from bot.bench.session import scripted_plan
from bot.core.failures import FailureKind, TaskFailed
from tests.stories.shared_claude import SharedClaude
from tests.stories.world import CLAUDE


def test_a_canary_that_failed_is_no_proof_for_the_next_story(tmp_path: Path) -> None:
    program = tmp_path / "claude"
    program.write_text(f'#!/bin/bash\n[ "$1" = --version ] && exec \'{CLAUDE.binary}\' "$@"\nexit 1\n')
    program.chmod(0o755)
    claude = SharedClaude(program)

    for story in ("one", "two"):
        with pytest.raises(TaskFailed, match="the canary failed") as failed:
            claude.canary(scripted_plan(tmp_path / story, None, NoSandbox()))
        assert failed.value.kind is FailureKind.GUARDS_UNPROVEN
