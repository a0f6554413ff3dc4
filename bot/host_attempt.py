"""An attempt on a host of a fleet: the same steps as on the control plane, over a small ledger apart.

The host is given what the control plane found (`AttemptInput`). It fetches the repository with a token that can read,
runs the sessions and judges them, and leaves commits and evidence in object storage. It publishes nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from bot.adapters.evidence_files import pack_evidence
from bot.adapters.git import GitCredentials, Mirror
from bot.adapters.git.first_contact import Report, report_nothing
from bot.adapters.git.parcel import pack_commits, unpack_commits
from bot.adapters.object_store import ObjectStore
from bot.adapters.sealing import SealBroken, unseal
from bot.adapters.settings import Settings
from bot.adapters.store import KeptWork, Publication, Store
from bot.attempt_services import AttemptServices
from bot.core.execution import Detail
from bot.core.facts import PullRequestFacts
from bot.core.failures import FailureKind, TaskFailed
from bot.core.outcomes import AttemptOutcome
from bot.core.payload_keys import read_keys
from bot.core.references import IssueRef, OwnBranches
from bot.core.session import SessionProgress
from bot.core.short_verdict import ShortVerdict
from bot.core.tasks import Attempt, Task
from bot.runner import Runner
from bot.steps.attempt_documents import AttemptInput, AttemptResult, DocumentWrong, HostOutcome
from bot.steps.attempt_ends import end_of
from bot.steps.from_settings import paths_of
from bot.steps.lease import Lease
from bot.steps.opening import HostOpener, Preparation
from bot.steps.publication import Unfinished
from bot.steps.run import Run
from bot.steps.workspaces import WorkspaceOpener
from bot.wiring import Services

LEDGER = "ledger.sqlite"


@dataclass(slots=True)
class TakenDown:
    """What the control plane is to publish."""

    publication: Publication | None = None
    verdict: ShortVerdict | None = None

    def sign(
        self, _task: Task, _mirror: Mirror, publication: Publication, _lease: Lease, *, verdict: ShortVerdict | None
    ) -> Publication:
        self.verdict = verdict
        return publication

    def publish(
        self,
        _task: Task,
        _mirror: Mirror,
        publication: Publication,
        _lease: Lease,
        *,
        verdict: ShortVerdict | None,
        goes_on: bool = False,  # noqa: ARG002 - what began elsewhere goes on elsewhere
    ) -> int:
        self.publication, self.verdict = publication, verdict
        return 0

    def open_one(self, _issue: IssueRef) -> PullRequestFacts | None:
        """The control plane looks, before it publishes."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenStart:
    """`commits`: a file of those that GitHub's default branch does not hold, if there are any."""

    given: AttemptInput
    commits: Path | None
    opener: HostOpener
    mirrors: Path
    credentials: Callable[[str], GitCredentials]
    open_mirror: Callable[[Path, str, GitCredentials], Mirror]

    def mirror(self, full_name: str) -> Mirror:
        url = f"{self.given.web_url}/{full_name}.git"
        return self.open_mirror(self.mirrors / f"{full_name}.git", url, self.credentials(full_name))

    def find_unfinished(self, _task: Task, _found: Unfinished | None) -> None:
        """The control plane finishes what was begun."""

    def prepare(
        self, task: Task, previous: list[Attempt], folder: Path, report: Report = report_nothing
    ) -> Preparation:
        given, mirror = self.given, self.mirror(task.issue.repository)
        mirror.fetch(given.found.default.branch, kilobytes=given.kilobytes, report=report)
        quarantine = mirror.quarantine(folder / "quarantine.git")
        try:
            if self.commits is not None:
                unpack_commits(mirror.folder, self.commits, ())
            self._require(mirror)
            return self.opener.open(task, previous, folder, given.found, mirror=mirror, quarantine=quarantine)
        except BaseException:
            quarantine.close()
            raise

    def _require(self, mirror: Mirror) -> None:
        absent = [each for each in commits_of(self.given) if not mirror.holds(each)]
        if absent:
            raise TaskFailed(FailureKind.SETUP_FAILED, f"The host's copy of the repository lacks {absent[0][:10]}.")


def commits_of(given: AttemptInput) -> list[str]:
    """All that the attempt starts from."""
    start, held = given.found.start, given.found.held
    named = [given.found.default.newest, start.newest, held.base, held.start, held.newest]
    return list(dict.fromkeys([*named, *([held.head] if held.head is not None else [])]))


@dataclass(frozen=True)
class HostAttempt:
    """`folder`: of this attempt alone, and empty; `settings`: the host's. `tell`: called with its progress."""

    given: AttemptInput
    objects: ObjectStore
    folder: Path
    settings: Settings
    stopping: Callable[[], bool]
    tell: Callable[[dict[str, Detail]], None]
    taken: TakenDown = field(default_factory=TakenDown)

    def carry_out(self) -> AttemptResult:
        """Raises DocumentWrong, ObjectsUnusable, StoreUnusable or OSError."""
        given = self.given
        if given.web_url != self.settings.web_url:
            raise DocumentWrong(f"the attempt is for {given.web_url}, and GITHUB_API_URL for {self.settings.web_url}")
        _ = self._token  # before anything is paid for
        self._fill()
        if given.conversation is not None:
            place = self._services.sessions.conversations.place(given.task.issue)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.unlink(missing_ok=True)
            self.objects.fetch(given.conversation, place)
        runner = self._runner
        run = runner.record.hold(given.task, given.attempt, self.stopping, given.budget_usd)
        with run.lease:
            outcome = runner.carry_out(run)
        return self._collect(run, outcome, runner.keep_conversation(run, outcome))

    def _fill(self) -> None:
        with self._store.transaction() as ledger:
            if ledger.slices.version() != self.given.schema:
                raise DocumentWrong("the control plane runs another version of Nightshift; update the older of the two")
            ledger.slices.add(self.given.rows)

    @property
    def _store(self) -> Store:
        return self._services.services.store

    @cached_property
    def _services(self) -> AttemptServices:
        """With the limits that the control plane sets, and a ledger for this attempt alone."""
        given, limits = self.given, self.given.limits
        settings = self.settings.model_copy(
            update={
                "database_url": f"sqlite:///{self.folder.absolute() / LEDGER}",
                "branch_prefix": given.branch_prefix,
                "max_turns": limits.turns,
                "session_minutes": limits.session_minutes,
                "stall_minutes": limits.stall_minutes,
                "model": limits.model,
            }
        )
        return AttemptServices(Services(settings), author=lambda: given.author, folder=self.folder)

    @cached_property
    def _runner(self) -> Runner:
        parts, services = self._services, self._services.services
        return Runner(
            store=services.store,
            record=parts.record,
            preparer=self._given_start(),
            environments=parts.environments,
            sessions=parts.sessions,
            broker=parts.broker,
            publisher=self.taken,
            web_url=self.given.web_url,
            hide=paths_of(self.settings, services.environment).hide,
            clock=services.clock,
            reached=services.reached,
            tell=self._show,
        )

    def _given_start(self) -> GivenStart:
        parts, services = self._services, self._services.services
        branches = OwnBranches(self.given.branch_prefix)
        workspaces = WorkspaceOpener(
            store=services.store,
            web_url=self.given.web_url,
            branches=branches,
            read_credentials=self._read_credentials,
        )
        return GivenStart(
            given=self.given,
            commits=self._fetch(self.given.commits, "start.bundle"),
            opener=HostOpener(workspaces=workspaces, tools=services.tools, limits=self.given.limits),
            mirrors=services.settings.data_dir.absolute() / "mirrors",
            credentials=self._read_credentials,
            open_mirror=partial(Mirror, outside=parts.environments.outside, own=branches),
        )

    def _read_credentials(self, repository: str) -> GitCredentials:
        """The host's own token, which should be able to read and nothing else, or that of the order; none for what is
        public."""
        own, services = self.settings.github_token, self._services.services
        read = partial(GitCredentials, self.settings.web_url, network=services.network)
        if own is not None:
            return read(own.get_secret_value)
        token = self._token if repository == self.given.task.issue.repository else None
        return read(None if token is None else lambda: token)

    @cached_property
    def _token(self) -> str | None:
        """Raises DocumentWrong."""
        sealed, key = self.given.sealed, self.settings.payload_key
        if sealed is None or key is None:
            return None
        try:
            return unseal(read_keys(key.get_secret_value()), self.given.name, sealed).decode()
        except SealBroken as broken:
            raise DocumentWrong(str(broken)) from broken

    def _fetch(self, reference: str | None, name: str) -> Path | None:
        if reference is None:
            return None
        self.objects.fetch(reference, self.folder / name)
        return self.folder / name

    def _show(self, progress: SessionProgress, note: str) -> None:
        self.tell({"turns": progress.turn, "note": note, "usd": progress.cost_usd})

    def _collect(self, run: Run, outcome: AttemptOutcome, kept: KeptWork | None) -> AttemptResult:
        given, taken, task = self.given, self.taken, self.given.task
        now = self._services.services.clock()
        with self._store.read() as ledger:
            unfinished = ledger.kept_work.of(task.issue) if outcome.failure is not None else None
            patch = ledger.refused_patches.of(task.id, task.attempts)
            rows = ledger.slices.memory(task.issue.repository)
        kept = kept or unfinished
        return AttemptResult(
            name=given.name,
            fence=given.fence,
            outcome=HostOutcome.of(outcome),
            attempt=end_of(run, outcome, now),
            publication=taken.publication,
            verdict=taken.verdict,
            kept=kept,
            commits=self._put_commits([each.head for each in (taken.publication, kept) if each is not None]),
            evidence=self._put_evidence(task),
            conversation=self._put_conversation(task),
            patch=self.objects.put(patch.encode()) if patch else None,
            rows=rows,
            is_rebased=run.is_rebased,
        )

    def _put_commits(self, heads: list[str | None]) -> str | None:
        made = [head for head in heads if head is not None]
        mirror, file = self._runner.preparer.mirror(self.given.task.issue.repository), self.folder / "made.bundle"
        if not made or not pack_commits(mirror.folder, made, commits_of(self.given), file):
            return None
        return self.objects.put(file)

    def _put_evidence(self, task: Task) -> str | None:
        """Nothing stays on the host."""
        folder = self._services.services.evidence.place(task.issue) / str(task.attempts)
        if not pack_evidence(folder, self.folder / "evidence.tar"):
            return None
        shutil.rmtree(folder)
        return self.objects.put(self.folder / "evidence.tar")

    def _put_conversation(self, task: Task) -> str | None:
        place = self._services.sessions.conversations.place(task.issue)
        if not place.is_file():
            return None
        reference = self.objects.put(place)
        place.unlink()
        return reference
