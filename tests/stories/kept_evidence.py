"""The kept evidence of one session: how the tests make it, change it and verify it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.adapters.evidence import EvidenceStore, Verified
from bot.core.references import IssueRef
from tests.stories.world import a_world, bash, finish, text_of

ISSUE = IssueRef("octo/clock", 1)


def run_session(folder: Path) -> tuple[Path, str]:
    """A session with two grants and a refusal: the folder with its evidence, and the pull request's text."""
    steps = [bash("echo noon > time.txt"), bash("git push --force origin main"), finish()]
    with a_world(folder) as world:
        assert world.label_issue(sessions=[steps]) == ISSUE
        world.run_until_idle()
        (pull,) = world.pull_requests()
        world.check()
        return folder / "data" / "evidence", text_of(pull)


def copy_evidence(source: Path, folder: Path) -> Path:
    """A copy of the evidence, to tamper with: the folder of its one session."""
    for path in source.rglob("*"):
        if path.is_file():
            target = folder / "evidence" / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return folder / "evidence/octo/clock/1/1/session-1"


def verified(kept: Path) -> Verified:
    (session,) = EvidenceStore(kept.parents[4]).verify(ISSUE, 1)
    return session


@contextmanager
def changed_gate_log(kept: Path) -> Iterator[list[str]]:
    """Change the gate log, and correct the seal's digests as a forger would who does not know better."""
    log = kept / "gate_log.jsonl"
    lines = log.read_text().splitlines()
    yield lines
    log.write_text("".join(f"{line}\n" for line in lines))


def flip_ruling(lines: list[str]) -> None:
    lines[1] = lines[1].replace('"granted":false', '"granted":true')
