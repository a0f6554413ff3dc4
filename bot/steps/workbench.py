"""Everything that is laid out before a session: mirror, base commit, a free branch, workspace, and the brief."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.adapters.git import CommitFiles, GitCredentials, Mirror, Quarantine, Workspace
from bot.adapters.github import GitHub
from bot.adapters.store import Store
from bot.core.brief import BriefInput, brief, system_prompt
from bot.core.budget import files_named, turns_for
from bot.core.failures import FailureKind, TaskFailed
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
from bot.steps.kept_work import KeptWork, kept_work
from bot.steps.publication import Publication

_INSTRUCTIONS = "CLAUDE.md"
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
class Workbench:
    """`base`: the commit that the session starts from. `expected`: where the bot's branch is now, None if nowhere.
    `registries`: where the lockfiles of the base commit say that its packages come from. `kept`: what an earlier
    session left, that this one goes on from. `number`: the task's, by which its cells are told from those of others.
    `quarantine`: where the session's objects are until they are accepted. `files`: of the base commit."""

    mirror: Mirror
    quarantine: Quarantine
    workspace: Workspace
    default_branch: str
    base: str
    files: CommitFiles
    expected: str | None
    prompt: str
    system_prompt: str
    turn_limit: int
    template: str | None
    settings: RepositorySettings
    registries: frozenset[Destination]
    kept: KeptWork | None = None
    number: int = 0


def pushing_key(issue: IssueRef) -> str:
    """Under which the ledger remembers a commit before it is pushed: after a crash it is known to be the bot's."""
    return f"pushing:{issue}"


class Preparation:
    """Lays out workbenches. `mirrors`: the folder of bare mirrors, one per repository."""

    def __init__(
        self,
        *,
        store: Store,
        github: GitHub,
        mirrors: Path,
        limits: Limits,
        credentials: Callable[[str], GitCredentials],
    ) -> None:
        self._store = store
        self._github = github
        self._mirrors = mirrors
        self._limits = limits
        self._credentials = credentials

    def lay_out(self, task: Task, previous: list[Attempt], folder: Path) -> Workbench:
        """Raises TaskFailed, GitHubFailed or CommandFailed. Nothing has been paid for when it does."""
        issue = task.issue
        repository = self._github.repository(issue.repository)
        if repository.full_name.lower() != issue.repository.lower():
            told = f"{issue.repository} has moved to {repository.full_name}: put that into REPOSITORIES"
            raise TaskFailed(FailureKind.REPO_MISSING, told)
        if repository.archived:
            raise TaskFailed(FailureKind.REPO_MISSING, f"{issue.repository} is archived")
        mirror = self._mirror(repository.full_name)
        mirror.fetch()
        quarantine = mirror.quarantine(folder / "quarantine.git")
        try:
            return self._lay_out(
                task,
                previous,
                folder,
                default_branch=repository.default_branch,
                mirror=mirror,
                quarantine=quarantine,
            )
        except BaseException:  # nobody else can close it
            quarantine.close()
            raise

    def _lay_out(
        self,
        task: Task,
        previous: list[Attempt],
        folder: Path,
        *,
        default_branch: str,
        mirror: Mirror,
        quarantine: Quarantine,
    ) -> Workbench:
        issue, base = task.issue, mirror.remote_head(default_branch)
        if base is None:
            raise TaskFailed(FailureKind.REPO_MISSING, f"{issue.repository} has no branch {default_branch}")
        files = mirror.files(base)
        settings = _settings(files)
        expected = self._own_branch(task, mirror)
        mirror.pin(str(issue.number), base)
        kept = self._kept(task, mirror, base)
        start = kept.head if kept and kept.head else base
        workspace = mirror.open_workspace(folder / "workspace", base=start, branch=issue.branch)
        turns = self._turns(task, files)
        return Workbench(
            mirror=mirror,
            quarantine=quarantine,
            workspace=workspace,
            default_branch=default_branch,
            base=base,
            files=files,
            expected=expected,
            prompt=self._prompt(task, previous, default_branch, turns, kept),
            system_prompt=system_prompt(_text(files.read(_INSTRUCTIONS)), base_branch=default_branch),
            turn_limit=turns,
            template=_template(files),
            settings=settings,
            registries=_registries(files),
            kept=kept,
            number=task.id,
        )

    def _kept(self, task: Task, mirror: Mirror, base: str) -> KeptWork | None:
        """Only as long as the base is where it was: on another one nobody has looked at it. `fresh` leaves it alone."""
        with self._store.read() as ledger:
            kept = kept_work(ledger, task.issue)
        if kept is None or task.overrides.fresh or kept.base != base:
            return None
        return kept if kept.head is None or mirror.holds(kept.head) else None

    def unfinished(self, task: Task, noted: Publication | None) -> tuple[Mirror, Publication] | None:
        """What an earlier attempt had on record, as it stands now, and the mirror that holds it. None if it cannot go
        on: the commit is gone, or somebody has moved the branch. All is done anew then, and that is met on the way. A
        branch that is not there any more hinders nothing: it may be gone with its pull request."""
        mirror = self._mirror(task.issue.repository)
        if noted is None or not mirror.holds(noted.head):
            return None
        live = mirror.live_head(task.issue.branch)
        return (mirror, replace(noted, replaces=live)) if live in {None, noted.replaces, noted.head} else None

    def _mirror(self, full_name: str) -> Mirror:
        url = f"{self._github.web_url}/{full_name}.git"
        return Mirror(self._mirrors / f"{full_name}.git", url, self._credentials(full_name))

    def _own_branch(self, task: Task, mirror: Mirror) -> str | None:
        """Where the bot's branch is. A commit on it that the bot did not push belongs to somebody, and stays."""
        head = mirror.live_head(task.issue.branch)
        with self._store.read() as ledger:
            own = {task.pushed, ledger.recall(pushing_key(task.issue))}
        if head is not None and head not in own:
            raise TaskFailed(FailureKind.BRANCH_CONFLICT, f"`{task.issue.branch}` is at `{head}`")
        return head

    def _turns(self, task: Task, files: CommitFiles) -> int:
        """What `/retry` asked for; else as configured, and more where the issue names long files."""
        if task.overrides.turns is not None:
            return task.overrides.turns
        named = files_named(f"{task.snapshot.title}\n{task.snapshot.body}", files.paths)
        return turns_for(files.line_counts(named), base=self._limits.turns, cap=self._limits.turn_cap)

    def _prompt(self, task: Task, previous: list[Attempt], base_branch: str, turns: int, kept: KeptWork | None) -> str:
        fresh = task.overrides.fresh or not previous
        return brief(
            BriefInput(
                issue=task.issue,
                snapshot=task.snapshot,
                branch=task.issue.branch,
                base_branch=base_branch,
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
    """None only if there is none: a file that nobody reads would protect nothing either."""
    near = [path for path in files.paths if path.lower() in (FILE, FILE.replace(".yml", ".yaml"))]
    if misnamed := [f"`{path}`: it has to be called `{FILE}`" for path in near if path != FILE]:
        raise RepositorySettingsWrong(misnamed)
    content = files.read(FILE, limit=LARGEST + 1)
    if near and content is None:
        raise RepositorySettingsWrong(["it is no file that can be read"])
    return content


def _text(content: bytes | None) -> str | None:
    return content.decode("utf-8", "replace") if content is not None else None


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
