"""Runs `nightshift evidence verify` for each pull request of a night, with the digests that the pull request shows.

What a pull request claims is worth what can be checked again: by the command that a person types, in a process by
itself, on the evidence that the bot has kept.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import bot
from bot.rehearsal.documented import branch_of
from bot.rehearsal.documented_pull import read_evidence
from bot.rehearsal.environment import Environment
from bot.rehearsal.load import load_factor

_SECONDS = 60.0
_AT_ONCE = 2
_TAIL = 3  # lines of what the command printed that a sentence repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What one pull request shows. `digest`: the head of one session's ledger or record."""

    issue: str
    attempt: int
    digest: str


def find_unproven(environment: Environment, issues: Iterable[tuple[str, int]]) -> list[str]:
    """Each published attempt whose evidence does not hold, as a sentence. `issues`: repository and number. The judge
    reports pull requests that show no evidence."""
    claims = [claim for issue in issues for claim in _find_claims(environment, *issue)]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        found = pool.map(lambda claim: _verify(environment, claim), claims)
        return [sentence for sentence in found if sentence]


def _find_claims(environment: Environment, repository: str, number: int) -> Iterator[_Claim]:
    for pull in environment.github.pull_requests(repository):
        evidence = read_evidence(pull.body or "") if pull.head == branch_of(number) else None
        if evidence is not None:
            for digest in (*evidence.gate_logs, *evidence.relays):
                yield _Claim(issue=f"{repository}#{number}", attempt=evidence.attempt, digest=digest)


def _verify(environment: Environment, claim: _Claim) -> str:
    """A sentence if it does not hold, else empty."""
    command = ["evidence", "verify", claim.issue, "--attempt", str(claim.attempt), "--digest", claim.digest]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *command],
            cwd=environment.folder,
            env=_settings(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS * load_factor(),
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return f"{claim.issue}: its published attempt {claim.attempt} is not proven: no answer in {late.timeout:.0f} s"
    if done.returncode == 0:
        return ""
    said = "; ".join(done.stdout.decode(errors="replace").strip().splitlines()[-_TAIL:])
    return f"{claim.issue}: its published attempt {claim.attempt} is not proven: {said}"


def _settings(environment: Environment) -> dict[str, str]:
    """What the command needs to start. It reads the data folder alone, and asks neither GitHub nor the model."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(environment.folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(bot.__file__).parents[1]),
        "DATA_DIR": str(environment.data),
        "GITHUB_API_URL": environment.github.api_url,
        "GITHUB_TOKEN": "none",
        "ANTHROPIC_API_KEY": "none",
        "REPOSITORIES": "octo/none",
    }
