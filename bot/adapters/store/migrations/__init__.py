"""The migrations of the database: numbered steps, forward only, each in a separate module and transaction.

A released step is never changed; a change is a new step at the end. A database from a newer Nightshift is refused,
because an older one would not know what it must keep.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, inspect, select

from bot.adapters.store.migrations.m0001_first import FIRST
from bot.adapters.store.migrations.m0002_pauses_and_writes import PAUSES_AND_WRITES
from bot.adapters.store.migrations.m0003_named_tables import NAMED_TABLES
from bot.adapters.store.migrations.m0004_own_errors import OWN_ERRORS
from bot.adapters.store.migrations.m0005_checks import CHECKS
from bot.adapters.store.migrations.m0006_turns import TURNS
from bot.adapters.store.migrations.m0007_reviews import REVIEWS
from bot.adapters.store.migrations.m0008_pressure import PRESSURE
from bot.adapters.store.migrations.m0009_failed_work import FAILED_WORK
from bot.adapters.store.migrations.m0010_repairs import REPAIRS
from bot.adapters.store.migrations.m0011_lint import LINT
from bot.adapters.store.migrations.m0012_questions import QUESTIONS
from bot.adapters.store.migrations.m0013_digests import DIGESTS
from bot.adapters.store.migrations.m0014_open_pull_requests import OPEN_PULL_REQUESTS
from bot.adapters.store.migrations.m0015_check_runs import CHECK_RUNS
from bot.adapters.store.migrations.m0016_ended_tasks import ENDED_TASKS
from bot.adapters.store.migrations.m0017_reviewers import REVIEWERS
from bot.adapters.store.migrations.m0018_said import SAID
from bot.adapters.store.migrations.m0019_repository_names import REPOSITORY_NAMES
from bot.adapters.store.migrations.m0020_plan_windows import PLAN_WINDOWS
from bot.adapters.store.migrations.m0021_unread_columns import UNREAD_COLUMNS
from bot.adapters.store.migrations.m0022_wrong_settings import WRONG_SETTINGS
from bot.adapters.store.migrations.m0023_github_holds import GITHUB_HOLDS
from bot.adapters.store.migrations.m0024_unseen_blockers import UNSEEN_BLOCKERS
from bot.adapters.store.migrations.m0025_stacks import STACKS
from bot.adapters.store.migrations.m0026_critical_paths import CRITICAL_PATHS
from bot.adapters.store.migrations.m0027_native_stacks import NATIVE_STACKS
from bot.adapters.store.migrations.m0028_merged_starts import MERGED_STARTS
from bot.adapters.store.migrations.m0029_cycles import CYCLES
from bot.adapters.store.migrations.m0030_claims import CLAIMS
from bot.adapters.store.migrations.m0031_merged_into import MERGED_INTO
from bot.adapters.store.migrations.m0032_dashboard import DASHBOARD
from bot.adapters.store.migrations.m0033_pages import PAGES
from bot.adapters.store.migrations.m0034_counters import COUNTERS
from bot.adapters.store.migrations.m0035_ordered_attempts import ORDERED_ATTEMPTS
from bot.adapters.store.migrations.migration import Migration
from bot.adapters.store.schema import VERSIONS
from bot.adapters.store.unusable import MOVED_SENTENCE, StoreUnusable

__all__ = ["MIGRATIONS", "MOVED", "Migration", "apply_next", "is_current", "require_current", "version"]

MIGRATIONS: tuple[Migration, ...] = (
    FIRST,
    PAUSES_AND_WRITES,
    NAMED_TABLES,
    OWN_ERRORS,
    CHECKS,
    TURNS,
    REVIEWS,
    PRESSURE,
    FAILED_WORK,
    REPAIRS,
    LINT,
    QUESTIONS,
    DIGESTS,
    OPEN_PULL_REQUESTS,
    CHECK_RUNS,
    ENDED_TASKS,
    REVIEWERS,
    SAID,
    REPOSITORY_NAMES,
    PLAN_WINDOWS,
    UNREAD_COLUMNS,
    WRONG_SETTINGS,
    GITHUB_HOLDS,
    UNSEEN_BLOCKERS,
    STACKS,
    CRITICAL_PATHS,
    NATIVE_STACKS,
    MERGED_STARTS,
    CYCLES,
    CLAIMS,
    MERGED_INTO,
    DASHBOARD,
    PAGES,
    COUNTERS,
    ORDERED_ATTEMPTS,
)
MOVED = 2_000_000_000  # a version that no program has: the ledger is on a server now
_NEWEST = select(func.max(VERSIONS.c.version))


def version(connection: Connection) -> int:
    """The last step that this database has seen; 0 for an empty one. Refuses a database of something else."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return 0
    if VERSIONS.name not in tables:
        raise StoreUnusable(
            f"DATABASE_URL points at a database that is not a Nightshift ledger"
            f" (it holds {', '.join(sorted(tables)[:5])}): name another file"
        )
    return connection.scalar(_NEWEST) or 0


def is_current(connection: Connection) -> bool:
    """Whether no step is left to take. Refuses what a newer Nightshift has written."""
    found = version(connection)
    _refuse_newer(found)
    return found == MIGRATIONS[-1].version


def require_current(connection: Connection) -> None:
    """Raise StoreUnusable unless the schema is still this program's: another one may have migrated the ledger, or put
    an older file in its place, since it was opened. One read of one number, since it is asked several times a second.
    """
    found = connection.scalar(_NEWEST) or 0
    _refuse_newer(found)
    if found < MIGRATIONS[-1].version:
        raise StoreUnusable(
            f"The ledger was replaced by an older one (its schema is {found}) while Nightshift ran: restart Nightshift"
        )


def _refuse_newer(found: int) -> None:
    known = MIGRATIONS[-1].version
    if found == MOVED:
        raise StoreUnusable(MOVED_SENTENCE)
    if found > known:
        raise StoreUnusable(
            f"The ledger was written by a newer Nightshift (its schema is {found}, this program knows "
            f"{known} at most): run the newer Nightshift, or name another file in DATABASE_URL"
        )


def apply_next(connection: Connection) -> None:
    """Take the next step, if one is left, inside the caller's write transaction. A ledger that is empty takes all of
    them: there is nothing that a step could spoil, and each transaction waits for the disk."""
    found = version(connection)
    left = [migration for migration in MIGRATIONS if migration.version > found]
    for step in left if found == 0 else left[:1]:
        step.apply(connection)
        connection.execute(insert(VERSIONS).values(version=step.version))
