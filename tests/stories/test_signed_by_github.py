"""What GitHub makes of judged commits is what was judged, or nothing is published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from bot.adapters.git import Mirror
from bot.adapters.github import AppAccount, GitHub
from bot.adapters.github.commits import MadeCommit
from bot.adapters.own_network import DIRECT
from bot.adapters.settings import SettingsWrong, read_settings
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import IssueRef
from bot.rehearsal.github.server import SimulatedGitHub
from bot.steps.publication import Publication
from bot.steps.push_credentials import push_credentials
from bot.steps.signed_by_github import let_sign
from tests.git_host import run_git
from tests.stories.app_keys import a_key

HERE = "octo/clock"
ISSUE = IssueRef(HERE, 1)


class Liar(GitHub):
    """Makes other commits than those that it is asked for."""

    tells: Callable[[str], str] = str

    def create_commit(self, repository: str, *, message: str, tree: str, parents: Sequence[str]) -> MadeCommit:
        return super().create_commit(repository, message=self.tells(message), tree=tree, parents=parents)


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path / "github") as github:
        github.add_repository(HERE, files={"README.md": "hello"})
        yield github
        assert [ref for ref in github.world.repository(HERE).git.refs() if "nightshift" in ref] == []
        assert github.violations == ()


@pytest.fixture
def github(simulated: SimulatedGitHub) -> Liar:
    key = a_key()
    simulated.add_app(7, slug="nightshift", key=key)
    simulated.install_app(7, (HERE,))
    account = AppAccount(7, key, api_url=simulated.api_url, repositories=(HERE,))
    return Liar(account, web_url=simulated.web_url, signs=True)


@pytest.fixture
def mirror(github: Liar, tmp_path: Path) -> Mirror:
    credentials = push_credentials(github.account, github.web_url, DIRECT, HERE)
    made = Mirror(tmp_path / "mirror.git", f"{github.web_url}/{HERE}.git", credentials)
    made.fetch("main")
    return made


@pytest.fixture
def judged(mirror: Mirror, simulated: SimulatedGitHub, tmp_path: Path) -> Publication:
    """An executable file in a folder, a message with a body, and a merge."""
    work = tmp_path / "work"
    run_git("clone", "-q", str(simulated.world.repository(HERE).git.path), str(work), cwd=tmp_path)
    commit(work, "bin/run", "Add a program\n\nIt runs.")
    run_git("checkout", "-q", "-b", "side", "HEAD~", cwd=work)
    commit(work, "side", "Add a side")
    run_git("merge", "-q", "main", "-m", "Merge both", cwd=work)
    run_git("fetch", "-q", str(work), "HEAD:refs/heads/judged", cwd=mirror.folder)
    head = run_git("rev-parse", "judged", cwd=mirror.folder).strip()
    return Publication(head=head, replaces=None, base="main", title="T", body="", summary="")


def commit(work: Path, name: str, words: str) -> None:
    file = work / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    run_git("add", ".", cwd=work)
    run_git("commit", "-qm", words, cwd=work)


def test_what_was_judged_is_made_once(
    github: Liar, mirror: Mirror, simulated: SimulatedGitHub, judged: Publication
) -> None:
    signed = let_sign(github, mirror, ISSUE, judged, lambda: None)

    shown = ("log", "--topo-order", "--format=%T%n%B")
    there = run_git(*shown, f"main..{signed.head}", cwd=simulated.world.repository(HERE).git.path)
    assert there == run_git(*shown, f"origin/main..{judged.head}", cwd=mirror.folder)
    assert "gpgsig" not in run_git("cat-file", "commit", judged.head, cwd=mirror.folder)
    assert "gpgsig" in run_git("cat-file", "commit", signed.head, cwd=mirror.folder)
    asked = len(simulated.exchanges)
    assert let_sign(github, mirror, ISSUE, signed, lambda: None) == signed
    assert len(simulated.exchanges) == asked


def test_other_words_than_the_judged_ones_are_refused(github: Liar, mirror: Mirror, judged: Publication) -> None:
    github.tells = lambda message: f"{message}\n\nCloses #7"
    with pytest.raises(TaskFailed, match="it is another one") as failed:
        let_sign(github, mirror, ISSUE, judged, lambda: None)
    assert failed.value.kind is FailureKind.PUSH_REJECTED


def test_a_server_that_signs_nothing_is_named(
    github: Liar, mirror: Mirror, simulated: SimulatedGitHub, judged: Publication
) -> None:
    simulated.become_enterprise_server()
    with pytest.raises(TaskFailed, match="did not sign them") as failed:
        let_sign(github, mirror, ISSUE, judged, lambda: None)
    assert failed.value.kind is FailureKind.PUSH_REJECTED


def test_a_worker_that_lost_its_lease_makes_nothing(
    github: Liar, mirror: Mirror, simulated: SimulatedGitHub, judged: Publication
) -> None:
    def lost() -> None:
        raise TaskFailed(FailureKind.WORKER_LOST)

    with pytest.raises(TaskFailed):
        let_sign(github, mirror, ISSUE, judged, lost)
    assert simulated.world.pushes == []
    assert not [each for each in simulated.exchanges if each.method == "POST" and "/git/" in each.path]


def test_github_signs_nothing_for_a_person(tmp_path: Path) -> None:
    account = {"GITHUB_TOKEN": "x", "REPOSITORIES": HERE, "ANTHROPIC_API_KEY": "x"}
    with pytest.raises(SettingsWrong, match="SIGNED_BY_GITHUB: expected GITHUB_APP_ID"):
        read_settings({**account, "SIGNED_BY_GITHUB": "on"}, tmp_path / ".env")
