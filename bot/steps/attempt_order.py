"""Writes the order of an attempt: what the control plane found, without any secret."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.adapters.claude.conversations import Conversations
from bot.adapters.git import Author, Mirror
from bot.adapters.git.parcel import pack_commits
from bot.adapters.object_store import ObjectStore, ObjectsUnusable
from bot.adapters.store import Store
from bot.core.budget import SessionLimits
from bot.core.failures import FailureKind, TaskFailed
from bot.core.tasks import Attempt
from bot.steps.attempt_documents import AttemptInput
from bot.steps.base_commit import settings_of
from bot.steps.opening import StartFound
from bot.steps.preparation import Preparer
from bot.steps.repair_reading import Repair
from bot.steps.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWriter:
    """`limits`: of a session; `author`: of the bot's commits. `seal`: encrypts for the attempt of this name a token
    that reads the repository, if there is one that can do no more."""

    store: Store
    preparer: Preparer
    objects: ObjectStore
    conversations: Conversations
    limits: SessionLimits
    author: Callable[[], Author]
    seal: Callable[[str, str], str | None]

    def write(self, run: Run, previous: Sequence[Attempt], name: str) -> AttemptInput:
        """Raises TaskFailed or GitHubFailed, before anything has been paid for."""
        run.folder.mkdir(parents=True, exist_ok=True)
        mirror = self.preparer.mirror(run.task.issue.repository)
        found, kilobytes = self.preparer.find(run.task, run.folder)
        with self.store.read() as ledger:
            schema = ledger.slices.version()
            near = [ledger.tasks.find(issue) for issue in run.task.blockers_here]
            rows = ledger.slices.read(run.task, [each.id for each in near if each is not None])
            kept = ledger.kept_work.of(run.task.issue)
        also = [kept.head] if kept is not None and kept.head is not None and mirror.holds(kept.head) else []
        try:
            commits, conversation = self._put_commits(run, mirror, found, also), self._put_conversation(run)
        except ObjectsUnusable as trouble:
            raise TaskFailed(FailureKind.SETUP_FAILED, f"object storage: {trouble}") from trouble
        return AttemptInput(
            name=name,
            fence=run.task.fence,
            schema=schema,
            web_url=self.preparer.github.web_url,
            branch_prefix=self.preparer.github.branches.prefix,
            kilobytes=kilobytes,
            task=run.task,
            attempt=run.attempt,
            previous=tuple(previous),
            found=found,
            budget_usd=run.budget_usd,
            limits=self.limits,
            author=self.author(),
            rows=rows,
            commits=commits,
            conversation=conversation,
            sealed=self.seal(name, run.task.issue.repository),
        )

    def tags_of(self, given: AttemptInput) -> frozenset[str]:
        """What the repository's settings ask of a host."""
        files = self.preparer.mirror(given.task.issue.repository).files(given.found.default.newest)
        return frozenset(settings_of(files).runs_on)

    def _put_commits(self, run: Run, mirror: Mirror, found: StartFound, also: Sequence[str]) -> str | None:
        file, wanted = run.folder / "start.bundle", [*find_commits(found), *also]
        if not pack_commits(mirror.folder, wanted, [found.default.newest], file):
            return None
        return self.objects.put(file)

    def _put_conversation(self, run: Run) -> str | None:
        place = self.conversations.place(run.task.issue)
        return self.objects.put(place) if place.is_file() else None


def find_commits(found: StartFound) -> list[str]:
    """All that an attempt starts from."""
    start, held, review = found.start, found.held, found.review
    named = [found.default.newest, start.newest, held.base, held.start, held.newest]
    named += [commit for _, commit in start.parts] + ([held.head] if held.head is not None else [])
    named += [review.rebase.commit] if isinstance(review, Repair) and review.rebase is not None else []
    return list(dict.fromkeys(named))
