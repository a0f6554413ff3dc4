"""The kept evidence of a session: it verifies as it was kept, and no change to it goes unnoticed."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.adapters.evidence import EvidenceStore, NoEvidence
from tests.stories.kept_evidence import ISSUE, changed_gate_log, copy_evidence, flip_ruling, run_session, verified


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The evidence of one session, and the text of its pull request."""
    return run_session(tmp_path_factory.mktemp("evidence"))


@pytest.fixture
def kept(told: tuple[Path, str], tmp_path: Path) -> Path:
    return copy_evidence(told[0], tmp_path)


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
def test_a_gate_log_that_was_changed_is_reported_by_its_entry(
    kept: Path, tamper: Callable[[list[str]], None], named: str
) -> None:
    with changed_gate_log(kept) as lines:
        tamper(lines)

    faults = verified(kept).faults

    assert any(named in fault for fault in faults), faults
    assert any("gate_log.jsonl is not what was kept" in fault for fault in faults)


def test_a_transcript_with_another_command_is_reported_by_its_call(kept: Path) -> None:
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
def test_a_relays_record_that_was_changed_is_reported_by_its_entry(
    kept: Path, tamper: Callable[[list[str]], None], named: str
) -> None:
    with changed_record(kept) as lines:
        tamper(lines)

    faults = verified(kept).faults

    assert f"the relay's record: {named}" in faults
    assert any("relay.jsonl.gz is not what was kept" in fault for fault in faults)


def test_a_transcript_with_another_delivery_is_reported_by_the_relays_record(kept: Path) -> None:
    """The gate did not sign for it: two accounts would have been content."""
    path = kept / "transcript.jsonl.gz"
    with gzip.open(path, "rt") as file:
        events = [json.loads(line) for line in file]
    (result,) = [event for event in events if event["type"] == "result"]
    result["structured_output"]["summary"] = "Reviewed in depth."
    with gzip.open(path, "wt") as file:
        file.writelines(f"{json.dumps(event)}\n" for event in events)

    faults = verified(kept).faults

    assert "the session delivered another result (`StructuredOutput`) than the API's last answer holds" in faults


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
