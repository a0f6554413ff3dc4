"""What counts as proof that the gate saw every step, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.forms import json_digest
from bot.core.proof import LoggedRuling, prove
from bot.core.session import ToolCall
from bot.core.tasks import Guards
from hooks.evidence import input_digest as gates_digest

CALL = ToolCall(id="toolu_1", name="Bash", input_digest="d1", executed=True, source="hook")
GRANT = LoggedRuling(tool_use_id="toolu_1", tool="Bash", digest="d1", granted=True, subject="make test")
REFUSAL = LoggedRuling(tool_use_id="toolu_2", tool="Bash", digest="d2", granted=False, subject="rm -rf /")
REFUSED = replace(CALL, id="toolu_2", input_digest="d2", executed=False)


def test_each_call_with_its_grant_is_proof() -> None:
    """And the figures for the pull request come from the ledger."""
    proof = prove([CALL, REFUSED], [GRANT, REFUSAL])

    assert (proof.ok, proof.missing) == (True, ())
    assert proof.guards == Guards(asked=2, granted=1, refused=1)
    assert proof.refused_commands == ("rm -rf /",)


def test_a_session_without_calls_is_proven() -> None:
    """It did nothing, so nothing is missing."""
    assert prove([], []).ok


@pytest.mark.parametrize(
    ("call", "entries", "said"),
    [
        (CALL, [], "without a grant"),
        (replace(CALL, source="config"), [GRANT], "permitted by config"),
        (replace(CALL, source=None), [GRANT], "permitted by an unknown source"),
        (replace(CALL, input_digest="other"), [GRANT], "another input"),
        (CALL, [replace(GRANT, granted=False)], "without a grant"),
        (CALL, [GRANT, replace(GRANT, granted=False)], "although the gate refused it"),
        (CALL, [GRANT, replace(GRANT, digest="other")], "another input"),
        (CALL, [GRANT, replace(GRANT, tool_use_id="toolu_9")], "which the session does not report"),
        (CALL, [replace(GRANT, tool_use_id="toolu_9")], "without a grant"),
    ],
)
def test_whatever_breaks_the_chain_is_named(call: ToolCall, entries: list[LoggedRuling], said: str) -> None:
    """One sentence for each gap, for the person who has to look."""
    proof = prove([call], entries)

    assert not proof.ok
    assert any(said in gap for gap in proof.missing)


def test_a_refused_call_needs_no_grant() -> None:
    """Nor does one that the CLI itself refused after the gate had granted it."""
    assert prove([REFUSED], [REFUSAL]).ok
    assert prove([replace(CALL, executed=False, source="config")], [GRANT]).ok


def test_a_flaw_of_the_ledger_spoils_the_proof() -> None:
    """Even where each call has its grant."""
    assert prove([CALL], [GRANT], flaws=["the gate stopped"]).missing == ("the gate stopped",)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_both_accounts_digest_an_input_alike(tool_input: object) -> None:
    """The gate imports nothing of the bot, so the rule stands twice; here the two are held together."""
    assert json_digest(tool_input) == gates_digest(tool_input)
