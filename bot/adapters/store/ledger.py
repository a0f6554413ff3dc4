"""The ledger: its parts over one transaction, as `Store` hands it out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from sqlalchemy import Connection

from bot.adapters.store.attempts import Attempts
from bot.adapters.store.blockers import Blockers
from bot.adapters.store.check_results import CheckResultRows
from bot.adapters.store.checks import Baselines, FlakyTests
from bot.adapters.store.claims import Claims
from bot.adapters.store.counters import Counters, GitHubBudgets
from bot.adapters.store.deliveries import Deliveries
from bot.adapters.store.digests import Digests
from bot.adapters.store.doctor_findings import DoctorFindings
from bot.adapters.store.events import Events
from bot.adapters.store.held_back import HeldBack
from bot.adapters.store.holds import Holds
from bot.adapters.store.issues import IssueOrder, IssuesRead, IssuesShown
from bot.adapters.store.native_stacks import NativeStackRows
from bot.adapters.store.notices import NoticeRows
from bot.adapters.store.ordered_attempts import OrderedAttempts
from bot.adapters.store.outbox import OutboxRows
from bot.adapters.store.overview import Overview
from bot.adapters.store.own_errors import OwnErrors
from bot.adapters.store.pairs import Pairs
from bot.adapters.store.part import Part, Transaction
from bot.adapters.store.pauses import Pauses
from bot.adapters.store.polling import BookmarkRows, DeliveryLogMarks, HookNumbers, HttpCacheRows
from bot.adapters.store.pressure import Pressure
from bot.adapters.store.queue_state import QueueState
from bot.adapters.store.removed_tasks import OldTasks, RemovedTasks
from bot.adapters.store.repairs import RepairRows
from bot.adapters.store.repository_names import RepositoryNames
from bot.adapters.store.restoring import Restoring
from bot.adapters.store.retention import OldRows
from bot.adapters.store.reviewers import PullRequestSettingsRows
from bot.adapters.store.reviews import ReviewItems, Revisions
from bot.adapters.store.said import SaidRows
from bot.adapters.store.seen import CommandsSeen, LabelsMade, Replies
from bot.adapters.store.shown_checks import LiveAttempts, ShownCheckRows
from bot.adapters.store.slices import Slices
from bot.adapters.store.stacks import DependencyModes, Stacks
from bot.adapters.store.statistics import Figures, Statistics
from bot.adapters.store.status_comments import CommentsBegun, StatusComments
from bot.adapters.store.tasks import Tasks
from bot.adapters.store.traffic import Traffic
from bot.adapters.store.trends import Trends
from bot.adapters.store.waits import Waits
from bot.adapters.store.work import KeptWorks, Publications, Pushes, RefusedPatches
from bot.adapters.store.writes import Writes
from bot.adapters.store.wrong_settings import WrongSettingsRows


class Ledger:
    """What a transaction can read and write. It ends with the block that opened it.

    A part is made when it is first used: most transactions use two or three of these.
    """

    tasks: Tasks
    blockers: Blockers
    claims: Claims
    attempts: Attempts
    restoring: Restoring
    deliveries: Deliveries
    outbox: OutboxRows
    pauses: Pauses
    pressure: Pressure
    dependency_modes: DependencyModes
    stacks: Stacks
    native_stacks: NativeStackRows
    pairs: Pairs
    held_back: HeldBack
    waits: Waits
    writes: Writes
    holds: Holds
    statistics: Statistics
    figures: Figures
    counters: Counters
    github_budgets: GitHubBudgets
    overview: Overview
    traffic: Traffic
    trends: Trends
    events: Events
    status_comments: StatusComments
    comments_begun: CommentsBegun
    notices: NoticeRows
    pull_request_settings: PullRequestSettingsRows
    wrong_settings: WrongSettingsRows
    shown_checks: ShownCheckRows
    live_attempts: LiveAttempts
    said: SaidRows
    digests: Digests
    issues_shown: IssuesShown
    issues_read: IssuesRead
    issue_order: IssueOrder
    commands_seen: CommandsSeen
    replies: Replies
    labels_made: LabelsMade
    publications: Publications
    pushes: Pushes
    kept_work: KeptWorks
    refused_patches: RefusedPatches
    revisions: Revisions
    repairs: RepairRows
    review_items: ReviewItems
    bookmarks: BookmarkRows
    http_cache: HttpCacheRows
    webhooks: HookNumbers
    delivery_logs: DeliveryLogMarks
    baselines: Baselines
    flaky_tests: FlakyTests
    check_results: CheckResultRows
    queue_state: QueueState
    own_errors: OwnErrors
    doctor_findings: DoctorFindings
    old_rows: OldRows
    old_tasks: OldTasks
    removed_tasks: RemovedTasks
    repository_names: RepositoryNames
    slices: Slices
    ordered_attempts: OrderedAttempts

    def __init__(self, connection: Connection) -> None:
        self._transaction = Transaction(connection)

    if not TYPE_CHECKING:  # else every misspelt name would be a part

        def __getattr__(self, name: str) -> Part:
            part = _parts().get(name)
            if part is None:
                raise AttributeError(name)
            made = self.__dict__[name] = part(self._transaction)
            return made


@cache
def _parts() -> dict[str, Any]:
    """The class of each part, by the name of its field."""
    return get_type_hints(Ledger)
