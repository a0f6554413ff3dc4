"""`nightshift init`: from nothing to a bot that `nightshift doctor` finds no fault with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import click

from bot.adapters.git.local_copy import NotCopied
from bot.adapters.github import GitHubFailed
from bot.adapters.sandbox_support import NoCells
from bot.command_line import EXIT_FAILED, EXIT_WRONG, give_up, settings_here
from bot.commands.trying import try_on_github
from bot.core.failures import TaskFailed
from bot.core.trial_report import report_lines
from bot.doctor import examine_all
from bot.doctor_record import keep_findings
from bot.finding import print_each
from bot.init.addresses import api_of, webhook_of
from bot.init.github_account import NotSetUp, Wanted, read_repositories, set_up_account
from bot.init.issue_form import propose_issue_form
from bot.init.questions import NotAnswered, Questions
from bot.init.settings_file import SettingsFile
from bot.wiring import Services

_CLAUDE = ("ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN")
_OAUTH = "sk-ant-oat"  # what a token of `claude setup-token` begins with
_STEPS = 5


@click.command()
@click.option("--organization", metavar="NAME", help="The App belongs to this organization; to you if left out.")
@click.option("--name", metavar="NAME", help="The App's name; GitHub lets you change it.")
@click.option("--webhook", metavar="https://HOST", help="How GitHub reaches this machine. Without it, polling.")
@click.option("--token", "uses_token", is_flag=True, help="A personal access token instead of an App.")
@click.option("--ghes", metavar="URL", help="An Enterprise Server, or a tenant of ghe.com.")
@click.option(
    "--repository",
    "repositories",
    metavar="OWNER/REPO",
    multiple=True,
    help="Only this one; may be given several times.",
)
@click.option(
    "--issue-form/--no-issue-form", default=None, help="Propose an issue form by a pull request; if left out, asked."
)
@click.option("--no-input", is_flag=True, help="Ask nothing: secrets come from the environment.")
@click.option("--no-try", is_flag=True, help="Leave out the first run of a repository's checks.")
def init(
    *,
    organization: str | None,
    name: str | None,
    webhook: str | None,
    uses_token: bool,
    ghes: str | None,
    repositories: tuple[str, ...],
    issue_form: bool | None,
    no_input: bool,
    no_try: bool,
) -> None:
    """Set Nightshift up: an account on GitHub, Claude's credential, `.env`, labels, a trial, and `doctor`.

    What is there already is kept, so that it can be run again after each step. Exit code 0 once `nightshift doctor`
    finds nothing wrong.
    """
    try:
        wanted = Wanted(
            settings=SettingsFile(os.environ),
            questions=Questions(are_allowed=not no_input),
            organization=organization,
            name=name,
            webhook=None if webhook is None else webhook_of(webhook),
            uses_token=uses_token,
            given_api=api_of(ghes) if ghes else None,
            repositories=read_repositories(",".join(repositories)) if repositories else (),
        )
        services = _set_up(wanted, issue_form=issue_form, leaves_out_trial=no_try)
    except (ValueError, NotAnswered, NotSetUp) as wrong:
        give_up(str(wrong), EXIT_WRONG)
    except OSError as error:
        give_up(f"{error.filename or 'a file'}: {error.strerror}", EXIT_FAILED)
    sys.exit(_examine(services))


def _set_up(wanted: Wanted, *, issue_form: bool | None, leaves_out_trial: bool) -> Services:
    chosen = _set_up_accounts(wanted)
    services = Services(settings_here(is_quiet=True))
    _make_labels(services, chosen)
    if _wants_issue_form(wanted.questions, issue_form):
        _propose_issue_forms(services, chosen)
    _say_webhooks(services)
    if not leaves_out_trial:
        _try_one(wanted.questions, chosen)
    return services


def _set_up_accounts(wanted: Wanted) -> tuple[str, ...]:
    """Returns the repositories."""
    _begin(1, "an account on GitHub")
    chosen = set_up_account(wanted)
    _begin(2, "Claude")
    given = wanted.settings.read_written(*_CLAUDE) or wanted.settings.read(*_CLAUDE)
    if not given:
        text = "an Anthropic API key, or a subscription's token from `claude setup-token` (it is not shown)"
        given = wanted.questions.ask_secret(text, _read_credential, otherwise=f"set {' or '.join(_CLAUDE)}")
    wanted.settings.write(given)
    click.echo(f"  {', '.join(given)} in {wanted.settings.path}, which only you can read")
    return chosen


def _read_credential(said: str) -> dict[str, str]:
    if not said.startswith("sk-"):
        raise ValueError("expected a key or a token that begins with sk-")
    return {_CLAUDE[said.startswith(_OAUTH)]: said}


def _make_labels(services: Services, repositories: Sequence[str]) -> None:
    """A repository that refuses them gets them later, one by one, from the worker."""
    _begin(3, "labels, and how events arrive")
    for repository in repositories:
        try:
            for label in services.labels.all:
                services.github.create_label(repository, label.name, color=label.color, description=label.description)
        except GitHubFailed as error:
            click.echo(f"  {repository}: no labels could be created: {error}")
            continue
        click.echo(f"  {repository} has the labels; {services.labels.trigger} on an issue starts work on it")


def _wants_issue_form(questions: Questions, said: bool | None) -> bool:
    if said is not None or not questions.are_allowed:
        return bool(said)
    return click.confirm("  propose an issue form in each repository, by a pull request?", default=False, err=True)


def _propose_issue_forms(services: Services, repositories: Sequence[str]) -> None:
    """Nightshift works without them: one that GitHub refuses ends nothing."""
    for repository in repositories:
        try:
            found = services.github.repository(repository)
            click.echo(f"  {propose_issue_form(services.github, found, services.labels.trigger)}")
        except GitHubFailed as error:
            click.echo(f"  {repository}: no issue form could be proposed: {error}")


def _say_webhooks(services: Services) -> None:
    settings = services.settings
    if settings.webhook_secret is None:
        click.echo(f"  no webhook: Nightshift asks GitHub every {settings.poll_seconds:g} s. That finds everything.")
        return
    click.echo(
        f"  GitHub's events have to reach {settings.host}:{settings.port}/webhook: by a proxy with TLS, or a tunnel"
    )


def _try_one(questions: Questions, repositories: Sequence[str]) -> None:
    """What its set-up and checks come to. A failure is a finding about the repository, and does not end the set-up."""
    _begin(4, "a trial of a repository's checks, without a session")
    name = repositories[0]
    if len(repositories) > 1 and questions.are_allowed:
        name = questions.ask("which repository", _one_of(repositories), otherwise="", default=name)
    try:
        passes = try_on_github(name, None, lambda trial: click.echo("\n".join(report_lines(trial)))).passes
    except (NotCopied, NoCells, TaskFailed) as error:
        click.echo(f"  {error}")
        passes = False
    if not passes:
        click.echo(f"  {name} gets no verdict yet: see above. Repeat it with: nightshift try {name}")


def _one_of(repositories: Sequence[str]) -> Callable[[str], str]:
    def read(said: str) -> str:
        if said not in repositories:
            raise ValueError(f"expected one of {', '.join(repositories)}")
        return said

    return read


def _examine(services: Services) -> int:
    _begin(5, "everything that Nightshift needs")
    findings = print_each(examine_all(services))
    keep_findings(services, findings, by="nightshift init")
    if not any(finding.is_fault for finding in findings):
        click.echo("Start it with: nightshift up")
        return 0
    click.echo("Fix what is missing or wrong, then run nightshift init again.")
    return EXIT_FAILED


def _begin(number: int, what: str) -> None:
    click.echo(f"{number}/{_STEPS} {what}")
