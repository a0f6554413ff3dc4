"""The periodic pass over ten thousand open labelled issues of the simulated GitHub: what it sends, how long it takes.

Three kinds of pass are of interest: the first ones, which take in what is new, the one that counts what is known
already, and all that come after it, for which nothing has changed.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.adapters.settings import read_settings
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot
from bot.reconcile import Reconciler
from bot.rehearsal.github.server import SimulatedGitHub
from bot.wiring import Services, utc_now

_REPOSITORY = "octo/clock"
_TOKEN = "ghp_bench"  # noqa: S105 - of the simulated GitHub
_NOT_MODIFIED = 304
_BODY = "It goes wrong when the hour changes.\n" * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass. `paid`: the requests that were not answered "not modified"; `interval`: seconds until the next one
    `an_hour`: the paid requests that this pace comes to."""

    name: str
    issues: int
    requests: int
    paid: int
    seconds: float
    interval: float
    an_hour: int
    kinds: dict[str, int]

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


class _Clock:
    """GitHub's is behind while the issues are made, so that they are none of this moment."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def polling_figures(size: int, every: float) -> list[Pass]:
    """`every`: seconds between two passes where nothing asks for more."""
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name, _github(Path(name), size) as github:
        services = Services(read_settings(_settings(github, Path(name)), Path(name) / ".env"))
        stage = _Stage(github, services, every)
        found = [stage.look("first, all are new"), stage.look("second, most are new")]
        _know_all(services, github)
        found += [stage.look("all are known"), stage.look("nothing has changed")]
        services.store.close()
        if github.violations or github.unmodelled:
            raise RuntimeError("\n".join([*github.violations, *github.unmodelled]))
        return found


class _Stage:
    """The worker's time is moved on to the next pass instead of waiting for it, and stands still otherwise: what is
    due after some minutes does not depend on how long a pass takes here."""

    def __init__(self, github: SimulatedGitHub, services: Services, every: float) -> None:
        self._github = github
        self._every = every
        self._now = utc_now()
        self._reconciler = Reconciler(
            store=services.store,
            github=services.github,
            approver=services.approver,
            switch=services.switch,
            rebuilder=services.rebuilder,
            labels=services.labels,
            clock=lambda: self._now,
        )

    def look(self, name: str) -> Pass:
        before, begun = len(self._github.exchanges), time.perf_counter()
        troubles = self._reconciler.poll()
        seconds = time.perf_counter() - begun
        if troubles:
            raise RuntimeError("\n".join(troubles))
        exchanges = self._github.exchanges[before:]
        paid = sum(exchange.status != _NOT_MODIFIED for exchange in exchanges)
        sent = [exchange.path for exchange in exchanges]
        interval = max(self._every, self._reconciler.wait.total_seconds())
        self._now += timedelta(seconds=interval)
        return Pass(
            name=name,
            issues=len(self._github.issues(_REPOSITORY)),
            requests=len(sent),
            paid=paid,
            seconds=round(seconds, 1),
            interval=round(interval, 1),
            an_hour=round(paid * 3600 / interval),
            kinds=dict(Counter(re.sub(r"/\d+", "/N", path.split("?")[0]) for path in sent).most_common(6)),
        )


@contextmanager
def _github(folder: Path, size: int) -> Iterator[SimulatedGitHub]:
    (folder / "github").mkdir()
    clock = _Clock()
    clock.ahead = -timedelta(days=1)
    with SimulatedGitHub(folder / "github", clock=clock) as github:
        for login in ("ada", "nightshift-bot"):
            github.add_user(login)
        github.add_repository(_REPOSITORY)
        github.set_role(_REPOSITORY, "ada", "maintain")
        github.set_role(_REPOSITORY, "nightshift-bot", "write")
        github.add_token("nightshift-bot", value=_TOKEN)
        for number in range(1, size + 1):
            issue = github.open_issue(_REPOSITORY, title=f"Issue {number}", body=_BODY, author="ada", labels=())
            github.label_issue(_REPOSITORY, issue.number, "auto", by="ada")
        clock.ahead = timedelta()
        yield github


def _settings(github: SimulatedGitHub, folder: Path) -> dict[str, str]:
    return {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_TOKEN": _TOKEN,
        "REPOSITORIES": _REPOSITORY,
        "ANTHROPIC_API_KEY": "sk-bench",
        "DATA_DIR": str(folder / "data"),
    }


def _know_all(services: Services, github: SimulatedGitHub) -> None:
    """As after the hours that it takes to take them all in."""
    with services.store.transaction() as ledger:
        for issue in github.issues(_REPOSITORY):
            ref = IssueRef(_REPOSITORY, issue.number)
            if ledger.tasks.find(ref) is None:
                snapshot = Snapshot(title=issue.title, body=issue.body or "")
                ledger.tasks.enqueue(ref, snapshot=snapshot, blockers=[], priority=Priority.NORMAL, now=utc_now())
