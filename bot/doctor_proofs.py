"""What only `nightshift doctor` and `nightshift init` find, since it takes seconds: whether the guards hold, who may
change a default branch, whether CI starts, and whether GitHub's events arrive. No session is paid for."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from bot.adapters.github import DeliveryLog, GitHubFailed
from bot.attempt_services import AttemptServices
from bot.core.facts import RepositoryFacts
from bot.core.failures import TaskFailed
from bot.core.untrusted import plain
from bot.doctor_messages import read_hooks
from bot.doctor_refusals import fix_of
from bot.doctor_repository import examine_repository
from bot.finding import Finding
from bot.idle_work import canary_of
from bot.wiring import Services

_NEED = "webhooks"
_ARRIVES_WITHIN = 15.0  # seconds: GitHub gives an address ten
_LOOK_AGAIN = 1.0
_CONNECTS_WITHIN = 3.0


def prove(services: Services) -> Iterator[Finding]:
    """Yield each finding as soon as it is known."""
    yield _prove_guards(services)
    try:
        names = services.account.repositories()
    except GitHubFailed:  # it is a finding already
        return
    for found in _find_repositories(services, names):
        if not found.archived:
            yield from examine_repository(services, found)
    if services.settings.webhook_secret is not None:
        for log in services.github.delivery_logs(read_hooks(services, names)):
            yield _prove_arrival(services, log)


def _find_repositories(services: Services, names: Iterable[str]) -> Iterator[RepositoryFacts]:
    """Those that GitHub shows. Each of the others is a finding already."""
    for name in names:
        with suppress(GitHubFailed):
            yield services.github.repository(name)


def _prove_guards(services: Services) -> Finding:
    """A session of Claude Code against a model on this host, whose forbidden call has to be refused."""
    data = services.settings.data_dir.absolute()
    try:
        runner = AttemptServices(services).runner
        with tempfile.TemporaryDirectory(prefix="doctor-", dir=data, ignore_cleanup_errors=True) as folder:
            canary_of(services, lambda: runner.sessions, Path(folder) / "canary").require_guards(lambda: False)
    except TaskFailed as failed:
        fix = "run no session until they hold: see docs/operations.md, and report it"
        return Finding(need="guards", verdict="wrong", says=plain(failed.detail), fix=fix)
    return Finding(need="guards", verdict="ok", says="a canary call was refused in a session, and the record proves it")


def _prove_arrival(services: Services, log: DeliveryLog) -> Finding:
    """The newest delivery is sent again: Nightshift knows it by its GUID, and does nothing with it."""
    if not _is_served(services):
        says = "not tried, since the web server does not run"
        return Finding(need=_NEED, verdict="advice", says=says, fix="run nightshift doctor again after nightshift up")
    try:
        if not (known := log.newest().value):
            fix = "label an issue, and run nightshift doctor again"
            return Finding(need=_NEED, verdict="advice", says="GitHub has sent none yet", fix=fix)
        log.redeliver(known[0])
        return _wait_for_answer(log, known[0].id)
    except GitHubFailed as error:
        return Finding(need=_NEED, verdict="wrong", says=f"{log.path}: {error}", fix=fix_of(error))


def _wait_for_answer(log: DeliveryLog, before: int) -> Finding:
    until = time.monotonic() + _ARRIVES_WITHIN
    while time.monotonic() < until:
        time.sleep(_LOOK_AGAIN)
        last = log.newest().value[0]
        if last.id != before:
            return _judge(is_taken=last.taken)
    return _judge(is_taken=False)


def _judge(*, is_taken: bool) -> Finding:
    if is_taken:
        return Finding(need=_NEED, verdict="ok", says="a delivery that was sent again arrived")
    fix = "see the deliveries on the App's or the webhook's page: its address has to reach the web server"
    return Finding(need=_NEED, verdict="wrong", says="GitHub's deliveries do not arrive", fix=fix)


def _is_served(services: Services) -> bool:
    settings = services.settings
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - it is compared
    try:
        with socket.create_connection((host, settings.port), timeout=_CONNECTS_WITHIN):
            return True
    except OSError:
        return False
