"""Whose a head is that was moved in a native stack: GitHub's rebase of the bot's commits, or a person's work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.git import Author, Mirror
from bot.adapters.store import Store
from bot.core.references import IssueRef
from bot.core.stacking import StackedOn
from bot.core.tasks import Snapshot, State, Task
from bot.steps.githubs_rebase import try_adopt
from bot.steps.own_branch import OwnBranch, find_own_branch
from tests.git_host import run_git

BOT = Author(name="Nightshift", email="7+nightshift-bot@users.noreply.github.com")
ADA = Author(name="ada", email="5+ada@users.noreply.github.com")
NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Branch:
    """`auto/2` stands on `auto/1`, which was squashed into `main`; the bot left it at its second commit."""

    folder: Path
    mirror: Mirror
    store: Store

    def run(self, *arguments: str, by: Author = BOT) -> str:
        return run_git(*arguments, cwd=self.folder, identity=by.environment).strip()

    def commit(self, message: str, *options: str, by: Author = BOT, **files: str) -> str:
        for name, text in files.items():
            (self.folder / name).write_text(text)
        self.run("add", "--all")
        self.run("commit", "--quiet", "--allow-empty", "-m", message, *options, by=by)
        return self.run("rev-parse", "HEAD")

    def rebase_by(self, person: Author) -> str:
        self.run("rebase", "--quiet", "--onto", "main", "auto/1", "auto/2", by=person)
        return self.run("rev-parse", "auto/2")

    def task(self) -> Task:
        with self.store.read() as ledger:
            task = ledger.tasks.find(IssueRef("octo/clock", 2))
        assert task is not None
        return task

    def adopt(self, *, pushed: str | None = None) -> bool:
        """`pushed`: where the bot left it, other than at first."""
        head, newest, known = self.run("rev-parse", "auto/2"), self.run("rev-parse", "main"), self.task()
        task = replace(known, pushed=pushed or known.pushed)
        return try_adopt(self.store, task, self.mirror, head, newest=newest, author=BOT)

    def find(self, *, also: str | None = None) -> OwnBranch:
        task, head = self.task(), self.run("rev-parse", "auto/2")
        with self.store.read() as ledger:
            own, adopted = ledger.pushes.own_heads(task.id), ledger.native_stacks.read_adopted(task.id)
        own |= {also} if also is not None else set()
        newest = self.run("rev-parse", "main")
        return find_own_branch(self.mirror, "auto/2", head, newest=newest, own=own, author=BOT, adopted=adopted)


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[Branch]:
    folder = tmp_path / "clone"
    folder.mkdir()
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        made = Branch(folder, Mirror(folder / ".git", "https://git.example.org/octo/clock.git"), store)
        made.run("init", "--quiet", "--initial-branch=main")
        made.commit("Begin", begin="x", by=ADA)
        made.run("checkout", "--quiet", "-b", "auto/1")
        below = made.commit("Add a", a="a")
        made.run("checkout", "--quiet", "-b", "auto/2")
        made.commit("Add b", b="b")
        keep(made, made.commit("Add c", c="c"), below)
        made.run("checkout", "--quiet", "main")
        made.run("merge", "--quiet", "--squash", "auto/1", by=ADA)
        made.commit("Add a (#1)", by=ADA)
        yield made


def keep(branch: Branch, pushed: str, below: str) -> None:
    snapshot = Snapshot(title="x", body="")
    issue = IssueRef("octo/clock", 2)
    task = Task(id=0, issue=issue, state=State.IN_REVIEW, snapshot=snapshot, created_at=NOW, updated_at=NOW)
    with branch.store.transaction() as ledger:
        ledger.restoring.restore(replace(task, pushed=pushed), [])
        known = ledger.tasks.find(issue)
        assert known is not None
        ledger.stacks.keep(known.id, StackedOn(IssueRef("octo/clock", 1), below))


def test_githubs_rebase_of_the_bots_commits_is_the_bots(branch: Branch) -> None:
    """Also with what the bot adds to it later. Before, its committer looks like a person."""
    branch.rebase_by(ADA)
    assert branch.find().by_people
    assert branch.adopt()
    assert not branch.find().by_people
    assert not branch.find(also=branch.commit("Add d", d="d")).by_people


@pytest.mark.parametrize("options", [("Mine",), ("Add c", "--amend")], ids=["added", "amended"])
def test_a_persons_commit_stays_a_persons(branch: Branch, options: tuple[str, ...]) -> None:
    branch.rebase_by(ADA)
    branch.commit(*options, by=ADA, mine="x")
    assert not branch.adopt()
    assert branch.find().by_people


def test_a_persons_commit_stays_one_under_those_of_the_bot(branch: Branch) -> None:
    """GitHub moves both."""
    branch.run("checkout", "--quiet", "auto/2")
    branch.commit("Mine", by=ADA, mine="x")
    head = branch.commit("Add d", d="d")
    branch.rebase_by(ADA)
    assert not branch.adopt(pushed=head)
    assert branch.find().by_people


def test_a_persons_commit_on_what_github_made_is_theirs(branch: Branch) -> None:
    branch.rebase_by(ADA)
    assert branch.adopt()
    head = branch.commit("Mine", by=ADA, mine="x")
    assert branch.find().by_people
    assert branch.find(also=head).by_people


def test_what_is_not_here_any_more_proves_nothing(branch: Branch) -> None:
    branch.rebase_by(ADA)
    assert not branch.adopt(pushed="c" * 40)
