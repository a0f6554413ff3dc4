"""Checks everything that Nightshift needs and reports ok, missing or wrong, with the fix. Changes nothing."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TypeVar

from bot.adapters.claude.credential_check import CredentialState, check_credential
from bot.adapters.env_file import ENV_FILE
from bot.adapters.git import git
from bot.adapters.github import GitHubFailed
from bot.adapters.network_settings import hidden_proxy_of
from bot.adapters.sandbox_support import NoCells, whose_cells
from bot.adapters.store import StoreUnusable
from bot.core.facts import RepositoryFacts
from bot.core.failures import TaskFailed
from bot.core.pauses import Cause
from bot.core.untrusted import plain
from bot.doctor_fleet import check_fleet
from bot.doctor_host import check_dashboard, check_env_file, judge_clock, judge_settings
from bot.doctor_ledger import check_ledger_server
from bot.doctor_messages import check_delivery_logs, check_messages, check_receivers, examine_check_runs
from bot.doctor_push import check_push_of, check_signing
from bot.doctor_refusals import fix_of
from bot.finding import Finding
from bot.steps.host_tools import mirror_of, report_host
from bot.wiring import Services, utc_now
from hooks.static_client import find_client

T = TypeVar("T")
TESTED_CLAUDE = "2.1.330"  # as package-lock.json pins it; the facts that we build on were measured with it
_OLDEST_GIT = (2, 31)
_FREE_BYTES = 2 * 1024**3


def examine_all(services: Services) -> Iterator[Finding]:
    """What `examine` finds, and then what takes longer and stops no start."""
    stops = False
    for finding in examine(services):
        stops = stops or finding.stops
        yield finding
    if not stops:
        from bot.doctor_proofs import prove  # noqa: PLC0415 - what runs sessions, which a start does without

        yield from prove(services)


def examine(services: Services) -> Iterator[Finding]:
    """Yield each finding as soon as it is known. An error of GitHub is a finding too."""
    with ThreadPoolExecutor(1) as beside:  # starting Claude Code takes a third of all this
        claude = beside.submit(_claude, services)
        yield from _on_this_host(services)
        account, *clock = _account(services)
        yield claude.result()
        yield account
        yield from clock
        if account.verdict == "ok":
            yield from _repositories(services)


def _on_this_host(services: Services) -> Iterator[Finding]:
    yield _git()
    yield from check_env_file(ENV_FILE)
    yield _sandbox(services)
    yield _gate_client()
    yield _tools(services)
    yield from check_ledger_server(services.settings)
    folder = _data_folder(services)
    yield folder
    if not folder.stops:
        yield from check_messages(services)
        yield from _check_pauses(services)
        yield from _own_errors(services)
        yield from _check_counts(services)
    yield _credential(services)
    yield from check_receivers(services)
    yield _webhook_secret(services)
    yield from check_dashboard(hidden_proxy_of(services.settings.data_dir))
    yield from check_fleet(services.settings)


def _git() -> Finding:
    if shutil.which("git") is None:
        return Finding(need="git", verdict="missing", says="git is not on PATH", fix="apt-get install git", stops=True)
    said = git("--version").text.strip()
    version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    if version < _OLDEST_GIT:
        oldest = ".".join(map(str, _OLDEST_GIT))
        return Finding(need="git", verdict="wrong", says=said, fix=f"install git {oldest} or newer")
    return Finding(need="git", verdict="ok", says=said)


def _claude(services: Services) -> Finding:
    try:
        version = services.claude.version()
    except TaskFailed as failed:
        return Finding(
            need="claude",
            verdict="missing",
            says=failed.detail,
            fix="npm ci --omit=dev, in a clone; or set CLAUDE_BIN",
            stops=True,
        )
    if version != TESTED_CLAUDE:
        says = f"{version}; tested with {TESTED_CLAUDE}: sessions run only while gate and sandbox are proven to hold"
        return Finding(
            need="claude",
            verdict="wrong",
            says=says,
            fix="unset CLAUDE_BIN; in a clone, npm ci --omit=dev",
        )
    return Finding(need="claude", verdict="ok", says=version)


def _sandbox(services: Services) -> Finding:
    if services.settings.sandbox == "off":
        says = "SANDBOX=off: a session can reach what this user can reach; every pull request says so"
        return Finding(need="sandbox", verdict="wrong", says=says, fix="install bubblewrap and set SANDBOX=required")
    try:
        return Finding(need="sandbox", verdict="ok", says=whose_cells(services.sandbox))
    except NoCells as failed:
        return Finding(need="sandbox", verdict="missing", says=failed.lack.says, fix=failed.lack.fix, stops=True)


def _gate_client() -> Finding:
    """The Python client is no fault: it does the same, only slower."""
    client = find_client()
    if client.fault:
        return Finding(
            need="gate client",
            verdict="wrong",
            says=client.says,
            fix="run `make client` in a clone; Nightshift works without it, too",
        )
    return Finding(need="gate client", verdict="ok", says=client.says)


def _tools(services: Services) -> Finding:
    """A folder that TOOLS names is there to be seen; one of PATH that is private or gone is no fault."""
    tools = services.tools
    if services.settings.tools and tools.ignored:
        says = "; ".join(f"{folder}: {reason}" for folder, reason in tools.ignored)
        return Finding(need="tools", verdict="wrong", says=says, fix="name other folders in TOOLS")
    says = f"cells see {', '.join(map(str, ('/usr', *tools.folders)))}"
    return Finding(need="tools", verdict="ok", says=f"{says}; {len(tools.hidden)} credential files are hidden")


def _credential(services: Services) -> Finding:
    """The same question that the worker asks before a queue that waits for its account goes on."""
    said = check_credential(services.credential)
    if said is CredentialState.GOOD:
        return Finding(need="credential", verdict="ok", says=f"Claude's: {said.value}")
    fixes = {
        CredentialState.REFUSED: "renew ANTHROPIC_API_KEY, or CLAUDE_CODE_OAUTH_TOKEN by `claude setup-token`",
        CredentialState.NO_CREDIT: "add credit to the account",
        CredentialState.UNKNOWN: "see that this host reaches the API, and that ANTHROPIC_BASE_URL is right",
    }
    return Finding(need="credential", verdict="wrong", says=f"Claude's: {said.value}", fix=fixes[said])


def _check_pauses(services: Services) -> Iterator[Finding]:
    with services.store.read() as ledger:
        pause, wrong = services.queue.pause(ledger, services.clock()), ledger.wrong_settings.all()
    if pause is not None:
        yield Finding(need="queue", verdict="wrong", says=pause.reason, fix=_LIFTED[pause.cause])
    yield from judge_settings(wrong)


_LIFTED = {  # Cause.SETTINGS is of one repository, and no pause of the queue
    Cause.PERSON: "run: nightshift resume",
    Cause.STOP: "run: nightshift resume",
    Cause.LABEL: "remove the label",
    Cause.ACCOUNT: "renew the credential, or add credit to the account",
    Cause.GITHUB: "set a new GITHUB_TOKEN, then restart Nightshift",
    Cause.USAGE_LIMIT: "it continues by itself; to continue now: nightshift resume",
    Cause.WINDOW: "it continues by itself; or change NIGHTSHIFT_WINDOW",
    Cause.BUDGET: "it continues by itself; or raise NIGHT_BUDGET_USD",
}


def _data_folder(services: Services) -> Finding:
    folder = services.settings.data_dir.absolute()
    try:
        services.store.close()
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except (StoreUnusable, OSError) as error:
        return Finding(need="data folder", verdict="wrong", says=str(error), fix="fix it, or set DATA_DIR", stops=True)
    says = f"{folder}, {free / 1024**3:.1f} GiB free"
    if free < _FREE_BYTES:
        return Finding(need="data folder", verdict="wrong", says=says, fix="free some disk space, or set DATA_DIR")
    return Finding(need="data folder", verdict="ok", says=says)


def _own_errors(services: Services) -> Iterator[Finding]:
    """Bugs that the worker caught. The work goes on after each of them."""
    with services.store.read() as ledger:
        caught = ledger.own_errors.read_caught()
    if caught is not None:
        at = f"{caught.last_at:%Y-%m-%d %H:%M}"
        says = f"the worker caught {caught.count}, the last one at {at}: {plain(caught.last)}"
        fix = "find the traceback in the worker's log and report it"
        yield Finding(need="bugs of Nightshift", verdict="wrong", says=says, fix=fix)


def _check_counts(services: Services) -> Iterator[Finding]:
    """Blockers that are counted wrongly: a task would start too early, or wait for ever."""
    with services.store.read() as ledger:
        wrong = ledger.blockers.find_miscounts()
    if wrong:
        says = f"{len(wrong)} tasks with a wrong count of blockers, the first one: {wrong[0]}"
        yield Finding(need="ledger", verdict="wrong", says=says, fix="keep a copy of the ledger and report it")


def _webhook_secret(services: Services) -> Finding:
    if services.settings.webhook_secret is None:
        says = (
            f"none: webhooks are refused; Nightshift finds issues by polling every {services.settings.poll_seconds:g} s"
        )
        return Finding(need="webhook secret", verdict="ok", says=says)
    return Finding(need="webhook secret", verdict="ok", says="set")


def _account(services: Services) -> list[Finding]:
    """A clock that is wrong may be why GitHub refuses: an answer that refuses says the time, too."""
    try:
        me = services.me
    except GitHubFailed as error:
        fix = "renew GITHUB_TOKEN, or the App's key" if error.status else "check GITHUB_API_URL and the network"
        fix = fix_of(error, fix)
        final = not error.transient or error.status == HTTPStatus.UNAUTHORIZED  # an outage ends by itself
        clock = [judge_clock(error.at - utc_now())] if error.at is not None else []
        return [Finding(need="GitHub account", verdict="wrong", says=str(error), fix=fix, stops=final), *clock]
    says = f"@{me.login} (id {me.id}) at {services.settings.github_api_url}"
    if not me.is_bot and me.id not in services.settings.trusted_bot_ids:
        says += f"; a label that @{me.login} adds starts a task only if TRUSTED_BOT_IDS has {me.id}"
    return [Finding(need="GitHub account", verdict="ok", says=says)]


def _repositories(services: Services) -> Iterator[Finding]:
    names = _ask("repositories", services.account.repositories)
    if isinstance(names, Finding):
        yield names
        return
    yield from check_signing(services)
    for name in names:
        yield from _repository(services, name)
    yield from examine_check_runs(services, names)
    if names:
        yield _clock(services, names[0])
    if services.settings.webhook_secret is not None:
        yield from check_delivery_logs(services, names)


def _repository(services: Services, name: str) -> Iterator[Finding]:
    found = _ask(name, lambda: services.github.repository(name))
    if isinstance(found, Finding):
        yield found
        return
    yield _access(services, found, name)
    report = report_host(services.tools, mirror_of(services.settings, found.full_name), found.default_branch)
    if report is not None and report.missing:
        yield Finding(need=f"tools of {name}", verdict="missing", says="; ".join(report.missing), fix=report.fix)
    elif report is not None and report.here:
        yield Finding(need=f"tools of {name}", verdict="ok", says=", ".join(report.here))


def _access(services: Services, found: RepositoryFacts, name: str) -> Finding:
    if found.full_name != name:
        says = f"GitHub calls it {found.full_name}"
        return Finding(need=name, verdict="wrong", says=says, fix=f"write {found.full_name} into REPOSITORIES")
    if found.archived:
        return Finding(need=name, verdict="wrong", says="it is archived", fix="remove it from REPOSITORIES")
    return check_push_of(services, found)


def _clock(services: Services, repository: str) -> Finding:
    try:
        return judge_clock(services.github.clock_ahead(repository, utc_now()))
    except GitHubFailed as error:
        if error.at is not None:
            return judge_clock(error.at - utc_now())
        return Finding(need="clock", verdict="wrong", says=str(error), fix=fix_of(error))


def _ask(need: str, ask: Callable[[], T]) -> T | Finding:
    try:
        return ask()
    except GitHubFailed as error:
        gone = "give the account access, or correct the name in REPOSITORIES"
        return Finding(need=need, verdict="wrong", says=str(error), fix=gone if error.gone else fix_of(error))
