"""`nightshift try`: what a maintainer runs first."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import click

from bot.adapters.git import GitCredentials, Mirror
from bot.adapters.git.history import is_ancestor
from bot.adapters.git.local_copy import NotCopied, copy_commit, find_commit, name_of, resolve
from bot.adapters.git.workspace import remove_apart
from bot.adapters.layers import Layers
from bot.adapters.old_files import TRIAL
from bot.adapters.sandbox_support import NoCells
from bot.adapters.settings import Settings
from bot.attempt_services import AttemptServices
from bot.command_line import EXIT_FAILED, EXIT_WRONG, as_json, give_up, print_json, settings_here
from bot.core.attempts import Base
from bot.core.failures import FailureKind, TaskFailed
from bot.core.ran import Ran
from bot.core.references import is_repository
from bot.core.trial import Trial
from bot.core.trial_report import report_document, report_lines
from bot.core.untrusted import one_line
from bot.steps.host_tools import mirror_of
from bot.steps.limits import check_runs_of
from bot.steps.progress import Progress
from bot.steps.trial import Trials
from bot.steps.tried_commit import CommitSource, read_commit
from bot.wiring import Services

_CELLS = 1000  # numbers at the end of the range, so that a trial's cells are no task's
_SHOWN = 160


@click.command("try")
@click.argument("what", metavar="OWNER/REPO|FOLDER")
@click.option("--at", metavar="COMMIT", help="The commit; the default branch, or a clone's HEAD, if left out.")
@as_json
def try_repository(what: str, at: str | None, as_json: bool) -> None:
    """Run a repository's set-up and checks once, and print the settings that verify it: no session, no cost.

    OWNER/REPO is read from GitHub with the settings of the bot. FOLDER is a clone, which stays as it is, and needs no
    settings. Exit code 0 if all checks ran and pass, 1 if something fails or could not run.
    """
    is_on_github = is_repository(what) and not Path(what).is_dir()
    try:
        with _ending_by_signal():
            show = partial(_show, as_json=as_json)
            if is_on_github:
                trial = try_on_github(what, at, show)
            else:
                trial = _try_clone(Path(what).expanduser(), at or "HEAD", show)
    except (NotCopied, NoCells) as refused:
        give_up(str(refused), EXIT_WRONG)
    sys.exit(0 if trial.passes else EXIT_FAILED)


def _show(trial: Trial, *, as_json: bool) -> None:
    """Before the trial's folder is removed, which may take minutes."""
    if as_json:
        print_json(report_document(trial))
    else:
        click.echo("\n".join(report_lines(trial)))
    sys.stdout.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """`folder`: for all that the trial writes. `keeps_layer`: whether attempts may use what set-up made. `show`: prints
    the report."""

    services: Services
    folder: Path
    keeps_layer: bool
    show: Callable[[Trial], None]

    def run(self, source: CommitSource, where: str) -> Trial:
        services = self.services
        environments = AttemptServices(services).environments
        if not self.keeps_layer:
            environments = replace(environments, layers=Layers.of(self.folder))
        runs = check_runs_of(services.settings, environments, remove=_leave_to_the_end)
        commit = read_commit(source, services.tools, self.folder)
        trial = Trials(environments=environments, runs=runs, progress=PROGRESS).run(commit, where, self.folder)
        self.show(trial)
        return trial


def _leave_to_the_end(_checkout: Path) -> None:
    """It is removed with the trial's folder, after the report."""


def _try_clone(clone: Path, at: str, show: Callable[[Trial], None]) -> Trial:
    """What set-up makes is removed: a clone may hold commits that no base branch has, and no attempt may use them."""
    settings = settings_here(needs_accounts=False, is_quiet=True)
    commit = find_commit(clone, at)
    with _folder(_place_for_clones(settings)) as folder:
        services = Services(settings.model_copy(update={"data_dir": folder}))
        _demand_cells(services)
        copy = copy_commit(clone, commit, folder / "clone.git")
        source = CommitSource(
            repository=name_of(clone, urlsplit(settings.web_url).hostname or ""),
            base=Base(branch=at, commit=commit),
            mirror=copy,
            quarantine=copy,
            web_url=settings.web_url,
            credentials=lambda _: None,
            number=_number(),
        )
        return _Place(services=services, folder=folder, keeps_layer=False, show=show).run(source, str(clone))


def try_on_github(name: str, at: str | None, show: Callable[[Trial], None]) -> Trial:
    """With the settings of the current folder. `at`: a commit; None for the default branch. Raises NotCopied, NoCells,
    TaskFailed and GitHubFailed."""
    settings = settings_here(is_quiet=True)
    services = Services(settings)
    _demand_cells(services)
    facts = services.github.repository(name)
    if facts.full_name.lower() != name.lower():
        raise TaskFailed(FailureKind.REPO_MISSING, f"{name} is called {facts.full_name} now: use that name")
    credentials = GitCredentials(settings.web_url, partial(services.account.read_token, name), network=services.network)
    url = f"{settings.web_url}/{facts.full_name}.git"
    attempts = AttemptServices(services)
    outside = attempts.environments.outside
    mirror = Mirror(mirror_of(settings, facts.full_name), url, credentials, outside=outside)
    click.echo(f"fetching {facts.full_name}", err=True)
    mirror.fetch(facts.default_branch, kilobytes=facts.kilobytes)
    head = mirror.remote_head(facts.default_branch) or ""
    commit = resolve(mirror, at) if at else head
    if not commit:
        raise NotCopied(
            f"{name}: no commit {one_line(at or '')!r} is known: name one of {facts.default_branch} by its hash"
        )
    with _folder(settings.data_dir.absolute() / "trials") as folder, mirror.quarantine(folder / "q.git") as quarantine:
        source = CommitSource(
            repository=facts.full_name,
            base=Base(branch=facts.default_branch, commit=commit),
            mirror=mirror,
            quarantine=quarantine,
            web_url=settings.web_url,
            credentials=attempts.read_credentials,
            number=_number(),
        )
        is_base = is_ancestor(mirror.folder, commit, head)
        place = _Place(services=services, folder=folder, keeps_layer=is_base, show=show)
        return place.run(source, facts.full_name)


def _demand_cells(services: Services) -> None:
    """Raises NoCells before anything is fetched."""
    _ = services.sandbox


def _number() -> int:
    return -1 - os.getpid() % _CELLS


def _place_for_clones(settings: Settings) -> Path:
    """On a disk: in /tmp, the /tmp of cells would be small (`Bubblewrap`)."""
    data = settings.data_dir.absolute()
    if data.is_dir() and os.access(data, os.W_OK):
        return data / "trials"
    chosen = os.environ.get("TMPDIR", "")
    usual = [Path(path) for path in (chosen, "/var/tmp") if path]  # noqa: S108 - a new folder in it
    return next((path for path in usual if os.access(path, os.W_OK)), Path(tempfile.gettempdir()))


@contextmanager
def _folder(parent: Path) -> Iterator[Path]:
    """A new folder, which is removed at the end, whatever ends it."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=TRIAL, dir=parent)).resolve()
    try:
        yield folder
    finally:
        before = [signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)]
        if sys.stderr.isatty():
            click.echo("removing what the trial wrote", err=True)
        remove_apart(folder)
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)


@contextmanager
def _ending_by_signal() -> Iterator[None]:
    """SIGTERM ends a trial as Ctrl-C does: with all its processes, and without a folder left. So does SIGINT where it
    was ignored: a shell without job control starts what runs in the background so, and Python leaves it as it is."""
    before = {each: signal.signal(each, _interrupt) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _show_begin(what: str) -> None:
    click.echo(f"{one_line(what, _SHOWN)} … ", nl=False, err=True)


def _show_end(ran: Ran) -> None:
    click.echo(f"{ran.seconds:.1f} s{'' if ran.passed else f', {ran.result.value}'}", err=True)


PROGRESS = Progress(_show_begin, _show_end)
