"""The kept evidence of a session: it verifies as it was kept, and no change to it goes unnoticed."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.adapters.evidence import EvidenceStore, NoEvidence, Verified
from bot.core.references import IssueRef
from tests.stories.test_command_line import ENOUGH, nightshift
from tests.stories.world import a_world, bash, finish, text_of
from tests.typed import Answer

ISSUE = IssueRef("octo/clock", 1)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A session with two grants and a refusal: the data folder, and the pull request's text."""
    folder = tmp_path_factory.mktemp("evidence")
    steps = [bash("echo noon > time.txt"), bash("git push --force origin main"), finish()]
    with a_world(folder) as world:
        assert world.label_issue(sessions=[steps]) == ISSUE
        world.run_until_idle()
        (pull,) = world.pull_requests()
        world.check()
        return folder / "data" / "evidence", text_of(pull)


@pytest.fixture
def kept(told: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of the evidence, to tamper with: the folder of its one session."""
    source = told[0]
    for path in source.rglob("*"):
        if path.is_file():
            target = tmp_path / "evidence" / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return tmp_path / "evidence/octo/clock/1/1/session-1"


def verified(kept: Path) -> Verified:
    (session,) = EvidenceStore(kept.parents[4]).verify(ISSUE, 1)
    return session


def test_the_evidence_of_a_session_holds(told: tuple[Path, str], kept: Path) -> None:
    """It says what was checked, and ends in the digest that the pull request shows."""
    found = verified(kept)

    assert found.faults == ()
    assert any("3 entries" in what for what in found.checked)
    assert any("relay's record of 3 requests" in what for what in found.checked)
    assert f"The gate's log | `{found.digest}`" in told[1]
    assert f"The relay's record | `{found.relay_digest}`" in told[1]
    assert "- `git push --force origin main`" in told[1]


def test_it_is_for_the_bots_user_alone(told: tuple[Path, str]) -> None:
    """It holds all that the session read of the repository."""
    assert told[0].stat().st_mode & 0o077 == 0


@contextmanager
def changed_gate_log(kept: Path) -> Iterator[list[str]]:
    """Change the gate log, and correct the seal's digests as a forger would who does not know better."""
    log = kept / "gate_log.jsonl"
    lines = log.read_text().splitlines()
    yield lines
    log.write_text("".join(f"{line}\n" for line in lines))


def flip_ruling(lines: list[str]) -> None:
    lines[1] = lines[1].replace('"granted":false', '"granted":true')


def drop_second(lines: list[str]) -> None:
    del lines[1]


def drop_last(lines: list[str]) -> None:
    del lines[-1]


def swap(lines: list[str]) -> None:
    lines[0], lines[1] = lines[1], lines[0]


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (flip_ruling, "line 2 is not signed by this session"),
        (drop_second, "line 2 does not follow the line before it"),
        (drop_last, "the last line is not the one that was reported"),
        (swap, "line 1 has number 2"),
    ],
)
def test_a_gate_log_that_was_changed_is_told_by_its_entry(
    kept: Path, tamper: Callable[[list[str]], None], named: str
) -> None:
    with changed_gate_log(kept) as lines:
        tamper(lines)

    faults = verified(kept).faults

    assert any(named in fault for fault in faults), faults
    assert any("gate_log.jsonl is not what was kept" in fault for fault in faults)


def test_a_transcript_with_another_command_is_told_by_its_call(kept: Path) -> None:
    """The gate signed for the very input: what ran must be what was judged."""
    path = kept / "transcript.jsonl.gz"
    with gzip.open(path, "rt") as file:
        text = file.read()
    with gzip.open(path, "wt") as file:
        file.write(text.replace('"echo noon > time.txt"', '"echo evil > time.txt"'))

    faults = verified(kept).faults

    assert any(re.search(r"Bash \(toolu\S+\) ran with another input than the gate granted", fault) for fault in faults)
    assert any(re.search(r"Bash \(toolu\S+\) ran without carrying the gate's signed grant", fault) for fault in faults)


def test_a_transcript_without_a_call_leaves_its_grant_over(kept: Path) -> None:
    path = kept / "transcript.jsonl.gz"
    with gzip.open(path, "rt") as file:
        lines = [line for line in file if "time.txt" not in line]
    with gzip.open(path, "wt") as file:
        file.writelines(lines)

    assert any("which the session does not report" in fault for fault in verified(kept).faults)


@contextmanager
def changed_record(kept: Path) -> Iterator[list[str]]:
    path = kept / "relay.jsonl.gz"
    with gzip.open(path, "rt") as file:
        lines = file.read().splitlines()
    yield lines
    with gzip.open(path, "wt") as file:
        file.writelines(f"{line}\n" for line in lines)


def other_delivery(lines: list[str]) -> None:
    lines[-1] = lines[-1].replace("StructuredOutput", "Bash")


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (other_delivery, "line 3 is not signed by this session's relay"),
        (drop_second, "line 2 does not follow the line before it"),
        (drop_last, "the last line is not the one that was reported"),
        (swap, "line 1 has number 2"),
    ],
)
def test_a_relays_record_that_was_changed_is_told_by_its_entry(
    kept: Path, tamper: Callable[[list[str]], None], named: str
) -> None:
    with changed_record(kept) as lines:
        tamper(lines)

    faults = verified(kept).faults

    assert f"the relay's record: {named}" in faults
    assert any("relay.jsonl.gz is not what was kept" in fault for fault in faults)


def test_a_transcript_with_another_delivery_is_told_by_the_relays_record(kept: Path) -> None:
    """The gate did not sign for it: two accounts would have been content."""
    path = kept / "transcript.jsonl.gz"
    with gzip.open(path, "rt") as file:
        events = [json.loads(line) for line in file]
    events[-1]["structured_output"]["summary"] = "Reviewed in depth."
    with gzip.open(path, "wt") as file:
        file.writelines(f"{json.dumps(event)}\n" for event in events)

    faults = verified(kept).faults

    assert "the session delivered another result (`StructuredOutput`) than the API's last answer holds" in faults


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


@pytest.mark.parametrize("name", ["seal.json", "gate_log.jsonl", "transcript.jsonl.gz", "relay.jsonl.gz"])
@pytest.mark.parametrize("content", [None, b"", b"\x1f\x8b\x08 no", b'{"key": 1}', b"\xff\xfe"])
def test_what_cannot_be_read_does_not_hold(kept: Path, name: str, content: bytes | None) -> None:
    """Missing, empty, cut or nonsense: a sentence that names the file, never a traceback."""
    if content is None:
        (kept / name).unlink()
    else:
        (kept / name).write_bytes(content)

    faults = verified(kept).faults

    assert any(name in fault for fault in faults), faults


def test_the_evidence_of_another_attempt_proves_nothing_for_this_one(kept: Path) -> None:
    moved = kept.parents[1] / "2"
    kept.parent.rename(moved)

    (session,) = EvidenceStore(kept.parents[4]).verify(ISSUE, 2)

    assert any("attempt 1, not of octo/clock#1 attempt 2" in fault for fault in session.faults)


def test_what_was_never_kept_is_said(kept: Path) -> None:
    with pytest.raises(NoEvidence, match=r"no evidence of attempt 7 of octo/clock#1 .*; there is some of attempt 1"):
        EvidenceStore(kept.parents[4]).verify(ISSUE, 7)


def test_the_seal_holds_no_secret_but_its_own_key(kept: Path) -> None:
    sealed = json.loads((kept / "seal.json").read_text())

    assert sealed["proven"] is True
    assert not [
        value for value in sealed.values() if "thetokenofthebot" in str(value) or "thekeyofthemodel" in str(value)
    ]


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
    assert answer.out.endswith("It holds.\n")


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
