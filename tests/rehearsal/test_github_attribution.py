"""Whose commit GitHub shows: its e-mail decides, and not the name beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from bot.rehearsal.github.server import SimulatedGitHub
from tests.git_host import run_git

REPOSITORY = "octo/clock"


@pytest.mark.parametrize(
    ("email", "login"),
    [
        ("{id}+ada@users.noreply.github.com", "ada"),
        ("{id}+whatever@users.noreply.github.com", "ada"),  # a former login
        ("{id}+ada@users.noreply.127.0.0.1", "ada"),
        ("ada@users.noreply.github.com", "ada"),  # an account of before 2017
        ("nightshift@users.noreply.github.com", "nightshift"),
        ("1+ada@users.noreply.github.com", None),
        ("ada@example.com", None),
        ("ada@users.noreply.github.example", None),
    ],
)
def test_an_address_belongs_to_one_account(tmp_path: Path, email: str, login: str | None) -> None:
    with SimulatedGitHub(tmp_path) as github:
        github.add_user("nightshift")
        ada = github.add_user("ada")
        folder = github.add_repository(REPOSITORY, files={"README.md": "# Clock\n"}).git.path
        tree, who = run_git("rev-parse", "main^{tree}", cwd=folder), f"nightshift <{email.format(id=ada.id)}> 1 +0000"
        written = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nTell\n"
        commit = run_git("hash-object", "-t", "commit", "-w", "--stdin", cwd=folder, stdin=written.encode())
        run_git("update-ref", "refs/heads/work", commit, cwd=folder)

        shown = requests.get(f"{github.api_url}/repos/{REPOSITORY}/commits/work", timeout=10).json()

        assert (shown["author"] or {}).get("login") == login
        assert shown["commit"]["author"]["name"] == "nightshift"
        assert github.violations == ()
