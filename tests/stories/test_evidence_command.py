"""`nightshift evidence verify`: what it checked, what does not hold, and evidence of earlier versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.stories.command_line import ENOUGH, nightshift
from tests.stories.kept_evidence import ISSUE, changed_gate_log, copy_evidence, flip_ruling, run_session, verified
from tests.typed import Answer


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The evidence of one session, and the text of its pull request."""
    return run_session(tmp_path_factory.mktemp("evidence"))


@pytest.fixture
def kept(told: tuple[Path, str], tmp_path: Path) -> Path:
    return copy_evidence(told[0], tmp_path)


def of_an_earlier_time(kept: Path) -> None:
    """The folder as it was kept before there was a relay's record."""
    (kept / "relay.jsonl.gz").unlink()
    sealed = json.loads((kept / "seal.json").read_text())
    for name in ("relay_key", "relay_nonce", "relay_head", "relay_sha256", "workspace", "completed"):
        del sealed[name]
    (kept / "seal.json").write_text(json.dumps(sealed))


def test_evidence_of_an_earlier_time_holds_with_two_accounts(told: tuple[Path, str], kept: Path) -> None:
    """And says so. For an attempt of today the pull request's digest of the relay's record tells that it is missing."""
    of_an_earlier_time(kept)
    digest = told[1].split("The relay's record | `")[1][:64]

    found = verified(kept)

    assert found.holds
    assert (found.relay_digest, "no relay's record" in found.checked[-1]) == ("", True)
    assert ask(kept).code == 0
    assert ask(kept, "--digest", digest).code == 1
    assert json.loads(ask(kept, "--json").out)["sessions"][0]["relay_digest"] == ""


@pytest.fixture
def kept_as_a_ledger(kept: Path) -> Path:
    """The same evidence under the names that it had when the gate's log was called a ledger."""
    (kept / "gate_log.jsonl").rename(kept / "ledger.jsonl")
    sealed = json.loads((kept / "seal.json").read_text())
    sealed["ledger_sha256"] = sealed.pop("gate_log_sha256")
    (kept / "seal.json").write_text(json.dumps(sealed))
    return kept


def test_evidence_with_the_former_name_of_the_gate_log_is_verified(kept_as_a_ledger: Path) -> None:
    assert verified(kept_as_a_ledger).faults == ()


def test_a_change_is_found_under_the_former_name_too(kept_as_a_ledger: Path) -> None:
    log = kept_as_a_ledger / "ledger.jsonl"
    log.write_text(log.read_text().replace('"granted":false', '"granted":true'))

    faults = verified(kept_as_a_ledger).faults

    assert "ledger.jsonl is not what was kept: its digest differs" in faults
    assert any("line 2 is not signed by this session" in fault for fault in faults)


@pytest.mark.parametrize("name", ["relay_key", "relay_nonce", "relay_head", "relay_sha256", "workspace"])
def test_a_seal_without_one_of_the_relays_names_is_none_of_an_earlier_time(kept: Path, name: str) -> None:
    sealed = json.loads((kept / "seal.json").read_text())
    del sealed[name]
    (kept / "seal.json").write_text(json.dumps(sealed))

    assert any("seal.json cannot be read" in fault for fault in verified(kept).faults)


def ask(kept: Path, *options: str) -> Answer:
    data = kept.parents[5]
    arguments = ("evidence", "verify", str(ISSUE), *options)
    return nightshift(*arguments, cwd=data, environment={**ENOUGH, "DATA_DIR": str(data)})


def test_the_command_line_says_what_it_checked_and_that_it_holds(told: tuple[Path, str], kept: Path) -> None:
    """Without asking anybody; also against the digest that the pull request shows."""
    digest = told[1].split("The gate's log | `")[1][:64]

    answer = ask(kept, "--digest", digest)

    assert (answer.code, answer.err) == (0, "")
    assert "octo/clock#1, attempt 1, session-1: gate log " + digest in answer.out
    assert answer.out.count("  checked: ") == 4
    assert answer.out.endswith("The evidence holds.\n")


def test_the_command_line_names_what_does_not_hold(kept: Path) -> None:
    with changed_gate_log(kept) as lines:
        flip_ruling(lines)

    answer = ask(kept, "--json")

    told = json.loads(answer.out)
    assert (answer.code, told["holds"]) == (1, False)
    assert any("line 2 is not signed" in fault for fault in told["sessions"][0]["faults"])


def test_another_digest_than_the_pull_requests_does_not_hold(kept: Path) -> None:
    """An attacker who forges all files here, with the key, cannot change the published digest."""
    answer = ask(kept, "--digest", "0" * 64)

    assert answer.code == 1
    assert "no session's gate log and no relay's record ends in 0000" in answer.out


def test_an_attempt_without_evidence_is_one_sentence(kept: Path) -> None:
    answer = ask(kept, "--attempt", "3")

    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("nightshift: there is no evidence of attempt 3 of octo/clock#1")
