"""What simulated seeds have found, each again without a seed, with the services of one process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest

from bot.adapters.store import Store, url_of
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.simulation.attempts import BOT
from bot.rehearsal.simulation.bot_process import BotProcess
from bot.rehearsal.simulation.faults import Faults, FaultyExchange, Likelihoods
from bot.rehearsal.simulation.hub import Hub
from bot.rehearsal.simulation.people import LABEL, MAINTAINER, ROLES
from bot.rehearsal.simulation.scheduler import Process, Scheduler
from bot.rehearsal.simulation.services import REPOSITORIES, SimulatedServices, World, simulated_settings
from bot.steps.catching_up import CatchingUp
from bot.worker_passes import Passes

CLOCK = REPOSITORIES[0]
NOTHING = Likelihoods(
    kill=0,
    freeze=0,
    refused=0,
    unanswered=0,
    lost_answer=0,
    limited=0,
    lost_webhook=0,
    late_webhook=0,
    doubled_webhook=0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    hub: Hub
    services: SimulatedServices
    faults: Faults

    @property
    def catching_up(self) -> CatchingUp:
        return self.services.reconciler._catching_up

    def poll(self) -> None:
        self.services.reconciler.poll_repository(CLOCK)
        self.send()

    def send(self) -> None:
        """A status waits a minute for the remarks on its issue."""
        self.services.sleep(61.0)
        self.services.outbox.flush()

    def labels(self, issue: IssueRef) -> set[str]:
        return set(self.hub.issue(issue.repository, issue.number).labels)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    scheduler = Scheduler(Random(1))
    faults = Faults(scheduler=scheduler, draw=Random(1), likely=NOTHING, lease=60.0)
    hub = Hub(scheduler, lambda _: None)
    token = hub.set_up(REPOSITORIES, ROLES, BOT)
    ledger = tmp_path / "ledger.db"
    Store.open(url_of(ledger)).close()
    world = World(
        scheduler=scheduler,
        hub=hub,
        settings=simulated_settings(token, tmp_path, lease=60.0, poll=300.0, workers=1),
        ledger=ledger,
        committed=lambda: None,
        exchange=partial(FaultyExchange, scheduler, faults),
        lost=lambda _: None,
    )
    bot = BotProcess(world=world, name="worker", skew=0.0, draw=Random(1))
    services = bot.connect(Process("worker"))
    yield Bench(hub=hub, services=services, faults=faults)
    services.store.close()


def test_a_worker_that_does_not_poll_reads_each_repository_until_it_could(bench: Bench) -> None:
    """It claims no task of a repository that it has not read since its start."""
    services = bench.services
    passes = Passes(
        recovery=services.recovery,
        reconciler=services.reconciler,
        boundary=services.boundary,
        clock=services.clock,
        every=timedelta(minutes=5),
        gives_way=lambda: False,
        hold=lambda: None,  # another worker polls
        monotonic=services.monotonic,
    )

    def run_pass() -> None:
        before = passes.over
        while passes.over == before:
            assert passes.step(lambda: False)
        services.sleep(301.0)

    bench.faults.likely = replace(NOTHING, refused=1.0)
    run_pass()
    assert services.reconciler.unread == frozenset(REPOSITORIES)

    bench.faults.likely = NOTHING
    run_pass()
    assert services.reconciler.unread == frozenset()
    reads = services.github.reads
    run_pass()
    assert services.github.reads == reads  # the other worker does


def test_labels_in_an_old_answer_are_no_record_of_what_the_issue_shows(bench: Bench) -> None:
    """A worker is suspended between GitHub's answer and its processing, while another one shows more."""
    number = bench.hub.open_issue(CLOCK, title="A", author=MAINTAINER, labels=(LABEL,)).number
    issue = IssueRef(CLOCK, number)
    old = bench.services.github.issue(issue)
    bench.poll()
    assert bench.labels(issue) == {"auto", "auto:queued"}

    bench.catching_up.with_issue(issue, old)  # from before the bot's own label
    with bench.services.store.transaction() as ledger:
        task = ledger.tasks.find(issue)
        assert task is not None
        assert ledger.tasks.move(task.id, State.QUEUED, State.CANCELLED, now=bench.services.clock())
        ledger.outbox.post_status(issue, bench.services.clock())
    bench.send()

    assert bench.labels(issue) == {"auto", "auto:cancelled"}
