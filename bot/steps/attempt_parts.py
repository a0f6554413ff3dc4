"""What of an attempt is not done on the host of its sessions, if that is another one: its beginning and its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from bot.adapters.git import GitCredentials, Mirror
from bot.adapters.git.first_contact import Report
from bot.core.facts import PullRequestFacts
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict
from bot.core.tasks import Attempt, Task
from bot.steps.lease import Lease
from bot.steps.opening import Preparation
from bot.steps.publication import Publication, Unfinished


class Prepares(Protocol):
    """`Preparer`, or a host that was given what was found elsewhere."""

    @property
    def mirrors(self) -> Path: ...
    @property
    def credentials(self) -> Callable[[str], GitCredentials]: ...
    def mirror(self, full_name: str, /) -> Mirror: ...
    def prepare(self, task: Task, previous: list[Attempt], folder: Path, report: Report = ..., /) -> Preparation: ...
    def find_unfinished(self, task: Task, found: Unfinished | None, /) -> tuple[Mirror, Publication] | None: ...


class Publishes(Protocol):
    """`Publisher`, or what takes down on a host what is to be published."""

    def sign(
        self, task: Task, mirror: Mirror, publication: Publication, lease: Lease, *, verdict: ShortVerdict | None
    ) -> Publication: ...
    def publish(
        self,
        task: Task,
        mirror: Mirror,
        publication: Publication,
        lease: Lease,
        *,
        verdict: ShortVerdict | None,
        goes_on: bool = False,
    ) -> int: ...
    def open_one(self, issue: IssueRef) -> PullRequestFacts | None: ...
