"""`nightshift sync`: restore tasks that GitHub shows and the ledger lacks, and report them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.github import GitHubFailed
from bot.core.counted import count
from bot.core.untrusted import plain
from bot.steps.findings import Return
from bot.steps.rebuild import Rebuilder
from bot.steps.stop import CheckStop, StopAsked, never_stop


@dataclass(slots=True, kw_only=True)
class Synchronized:
    """What came back, or would. `ignored` and `troubles`: a line each."""

    dry_run: bool
    returns: list[Return] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "dry_run": self.dry_run,
            "rebuilt": [each.as_json() for each in self.returns],
            "ignored": self.ignored,
            "troubles": self.troubles,
        }

    def lines(self) -> Iterator[str]:
        yield from (plain(line) for line in self.ignored)
        for each in self.returns:
            task = each.rebuilt.task
            yield f"{task.issue}: {task.state.value.replace('_', ' ')}{f', {task.failure}' if task.failure else ''}"
        verb = "would come" if self.dry_run else "came"
        yield f"{count(len(self.returns), 'task')} {verb} back from GitHub."


def bring_back(
    rebuilder: Rebuilder,
    repositories: Sequence[str],
    *,
    dry_run: bool,
    check_stop: CheckStop = never_stop,
) -> Synchronized:
    """Rebuild what the ledger does not know of these repositories, and try again what GitHub refused. One that cannot
    be read does not stop the others; StopAsked, which `check_stop` raises, does."""
    synced = Synchronized(dry_run=dry_run)
    for repository in repositories:
        try:
            found = rebuilder.find(repository) if dry_run else rebuilder.rebuild(repository, check_stop)
        except StopAsked:
            break
        except GitHubFailed as error:
            synced.troubles.append(f"{repository}: {error}")
            continue
        synced.returns += found.returns
        synced.ignored += found.ignored
    if not dry_run:
        with rebuilder.store.transaction() as ledger:
            ledger.outbox.revive(rebuilder.clock())
    return synced
