"""What a pull request says of a repair that came to nothing: what stands in the way, and the one thing to do."""

from __future__ import annotations

import pytest

from bot.core.failures import FailureKind
from bot.core.messages import conflict_remains


@pytest.mark.parametrize(
    ("kind", "files", "begins", "step"),
    [
        (FailureKind.BRANCH_CONFLICT, ["a.py"], "it conflicts with the base branch in `a.py`", "resolve the conflicts"),
        (FailureKind.BRANCH_CONFLICT, [], "it conflicts with the base branch", "resolve the conflicts"),
        (FailureKind.STALLED, ["a.py"], "it conflicts with the base branch in `a.py`", "resolve the conflicts"),
        (FailureKind.PUSH_REJECTED, [], "", "bring the base branch into"),
    ],
)
def test_only_a_conflict_is_called_one(kind: FailureKind, files: list[str], begins: str, step: str) -> None:
    """What GitHub refuses, or a check that fails, keeps a branch where it is as well."""
    said = conflict_remains(kind, "refused", files=files, branch="auto/2")
    named = ", `branch_conflict`" if kind is FailureKind.BRANCH_CONFLICT else ""
    begun = f"**Nightshift** could not rebase this{named}{f': {begins}' if begins else ''}. Its commits are"
    assert said.startswith(begun)
    assert f"**Next** (a maintainer): {step}{' on' if begins else ''} `auto/2` and push" in said
    assert ("conflict" in said) is bool(begins)
