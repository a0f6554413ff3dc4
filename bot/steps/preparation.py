"""Prepares an attempt: mirror, base, a branch that is the bot's, workspace, and what the session may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bot.adapters.git import CommitFiles, GitCredentials, Mirror, Quarantine, Workspace
from bot.adapters.git.first_contact import Report, report_nothing
from bot.adapters.github import GitHub
from bot.adapters.store import KeptWork, Store
from bot.core.attempts import Base
from bot.core.brief import BriefInput, brief, system_prompt
from bot.core.budget import files_named, turns_for
from bot.core.facts import RepositoryFacts
from bot.core.failures import FailureKind, TaskFailed
from bot.core.instructions import LARGEST as MOST_OF_INSTRUCTIONS
from bot.core.instructions import Instructions, find_instructions
from bot.core.references import IssueRef
from bot.core.registries import Destination, lockfiles, registries
from bot.core.repository_settings import (
    FILE,
    LARGEST,
    RepositorySettings,
    RepositorySettingsWrong,
    read_repository_settings,
)
from bot.core.tasks import Attempt, Task
from bot.steps.publication import Publication

_LOCKFILE = 5_000_000
_TEMPLATES = ("pull_request_template.md", ".github/pull_request_template.md", "docs/pull_request_template.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a session may use up, unless `/retry` says otherwise."""

    turns: int
    turn_cap: int
    budget_usd: float
    session_minutes: float
    stall_minutes: float
    model: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """All that the sessions of one attempt share.

    `expected`: the commit that the bot's branch is at, None where it does not exist. `brief`: for the first session.
    `registries`: where the lockfiles of the base commit say that its packages come from. `kept`: what an earlier
    session left, from which this one goes on. `number`: the task's, which keeps its cells apart from those of others.
    `quarantine`: where the sessions' objects stay until they are accepted. `files`: of the base commit.
    """

    mirror: Mirror
    quarantine: Quarantine
    workspace: Workspace
    base: Base
    files: CommitFiles
    expected: str | None
    brief: str
    system_prompt: str
    turn_limit: int
    template: str | None
    settings: RepositorySettings
    registries: frozenset[Destination]
    kept: KeptWork | None = None
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparer:
    """Prepares attempts. `mirrors`: the folder of bare mirrors, one for each repository."""

    store: Store
    github: GitHub
    mirrors: Path
    limits: Limits
    credentials: Callable[[str], GitCredentials]

    def prepare(
        self, task: Task, previous: list[Attempt], folder: Path, report: Report = report_nothing
    ) -> Preparation:
        """Raises TaskFailed, GitHubFailed or CommandFailed. Nothing has been paid for when it does. `report`: called
        with the progress of the first fetch of a large repository."""
        repository = self._repository(task.issue)
        mirror = self.mirror(repository.full_name)
        branch, own = repository.default_branch, task.issue.branch
        there = mirror.fetch(branch, also=own, kilobytes=repository.kilobytes, report=report)
        quarantine = mirror.quarantine(folder / "quarantine.git")
        try:
            expected = self._own_branch(task, there.get(own))
            base = Base(branch=branch, commit=there[branch])
            return self._prepare(
                task, previous, folder, base=base, mirror=mirror, quarantine=quarantine, expected=expected
            )
        except BaseException:  # no caller can close it
            quarantine.close()
            raise

    def _repository(self, issue: IssueRef) -> RepositoryFacts:
        repository = self.github.repository(issue.repository)
        if repository.full_name.lower() != issue.repository.lower():
            told = f"{issue.repository} has moved to {repository.full_name}: put that into REPOSITORIES"
            raise TaskFailed(FailureKind.REPO_MISSING, told)
        if repository.archived:
            raise TaskFailed(FailureKind.REPO_MISSING, f"{issue.repository} is archived")
        return repository

    def _prepare(
        self,
        task: Task,
        previous: list[Attempt],
        folder: Path,
        *,
        base: Base,
        mirror: Mirror,
        quarantine: Quarantine,
        expected: str | None,
    ) -> Preparation:
        files = mirror.files(base.commit)
        settings = _settings(files)
        mirror.pin(str(task.issue.number), base.commit)
        kept = self._kept(task, mirror, base.commit)
        start = kept.head if kept and kept.head else base.commit
        workspace = mirror.open_workspace(folder / "workspace", base=start, branch=task.issue.branch)
        turns = self._turns(task, files)
        return Preparation(
            mirror=mirror,
            quarantine=quarantine,
            workspace=workspace,
            base=base,
            files=files,
            expected=expected,
            brief=_brief(task, previous, base, turns, kept),
            system_prompt=system_prompt(_instructions(files), base_branch=base.branch),
            turn_limit=turns,
            template=_template(files),
            settings=settings,
            registries=_registries(files),
            kept=kept,
            number=task.id,
        )

    def _kept(self, task: Task, mirror: Mirror, base: str) -> KeptWork | None:
        """Only as long as the base is where it was: on another one the work was never seen. `fresh` leaves it alone."""
        with self.store.read() as ledger:
            kept = ledger.kept_work.of(task.issue)
        if kept is None or task.overrides.fresh or kept.base != base:
            return None
        return kept if kept.head is None or mirror.holds(kept.head) else None

    def unfinished(self, task: Task, noted: Publication | None) -> tuple[Mirror, Publication] | None:
        """The publication that an earlier attempt recorded, as it stands now, and the mirror that holds it.

        None if it cannot be finished, because the commit is gone or somebody moved the branch: the attempt then starts
        again, and reports that. A branch that no longer exists is no obstacle: it may have gone with its pull request.
        """
        mirror = self.mirror(task.issue.repository)
        if noted is None or not mirror.holds(noted.head):
            return None
        live = mirror.live_head(task.issue.branch)
        return (mirror, replace(noted, replaces=live)) if live in {None, noted.replaces, noted.head} else None

    def mirror(self, full_name: str) -> Mirror:
        """Of a repository, fetched before or not."""
        url = f"{self.github.web_url}/{full_name}.git"
        return Mirror(self.mirrors / f"{full_name}.git", url, self.credentials(full_name))

    def _own_branch(self, task: Task, head: str | None) -> str | None:
        """The commit that the bot's branch is at. A commit on it that the bot did not push is a person's, and stays."""
        with self.store.read() as ledger:
            own = ledger.pushes.own_heads(task.id)
        if head is not None and head not in own:
            raise TaskFailed(FailureKind.BRANCH_CONFLICT, f"`{task.issue.branch}` is at `{head}`")
        return head

    def _turns(self, task: Task, files: CommitFiles) -> int:
        """What `/retry` asked for; else as configured, and more where the issue names long files."""
        if task.overrides.turns is not None:
            return task.overrides.turns
        named = files_named(f"{task.snapshot.title}\n{task.snapshot.body}", files.paths)
        return turns_for(files.line_counts(named), base=self.limits.turns, cap=self.limits.turn_cap)


def _brief(task: Task, previous: list[Attempt], base: Base, turns: int, kept: KeptWork | None) -> str:
    fresh = task.overrides.fresh or not previous
    return brief(
        BriefInput(
            issue=task.issue,
            snapshot=task.snapshot,
            branch=task.issue.branch,
            base_branch=base.branch,
            turn_limit=turns,
            previous=None if fresh else previous[-1],
            work_is_here=kept is not None and kept.head is not None,
        )
    )


def _settings(files: CommitFiles) -> RepositorySettings:
    """The repository's own, or TaskFailed(SETUP_FAILED) that names each mistake: half of them would protect nothing."""
    try:
        return read_repository_settings(_settings_file(files))
    except RepositorySettingsWrong as wrong:
        raise TaskFailed(FailureKind.SETUP_FAILED, f"{FILE} at {files.commit[:10]} is wrong:\n{wrong}") from None


def _settings_file(files: CommitFiles) -> bytes | None:
    """None only if there is no file. An unreadable one raises, because its rules would not be applied."""
    near = [path for path in files.paths if path.lower() in (FILE, FILE.replace(".yml", ".yaml"))]
    if misnamed := [f"`{path}`: it has to be called `{FILE}`" for path in near if path != FILE]:
        raise RepositorySettingsWrong(misnamed)
    content = files.read(FILE, limit=LARGEST + 1)
    if near and content is None:
        raise RepositorySettingsWrong(["it is no file that can be read"])
    return content


def _text(content: bytes | None) -> str | None:
    return content.decode("utf-8", "replace") if content is not None else None


def _instructions(files: CommitFiles) -> Instructions:
    """From the base commit alone: what the session writes there instructs no session."""
    return find_instructions(files.paths, partial(files.read_all, limit=MOST_OF_INSTRUCTIONS + 1))


def _registries(files: CommitFiles) -> frozenset[Destination]:
    """From the base commit alone: what the session writes into a lockfile opens nothing."""
    contents = files.read_all(lockfiles(files.paths), limit=_LOCKFILE)
    named = (registries(path, content) for path, content in contents.items())
    return frozenset().union(*named)


def _template(files: CommitFiles) -> str | None:
    """The repository's own pull request template, wherever GitHub looks for one."""
    by_name = {path.lower(): path for path in files.paths}
    for name in _TEMPLATES:
        if name in by_name:
            return _text(files.read(by_name[name]))
    return None
