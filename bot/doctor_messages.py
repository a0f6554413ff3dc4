"""What `nightshift doctor` finds of messages: those that were refused for good, whether their receivers answer, where
check runs are shown, and whether the logs of GitHub's deliveries can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.adapters.github import DeliveryLog, GitHubFailed
from bot.adapters.receivers import NotSent
from bot.adapters.store import Lane
from bot.core.untrusted import plain
from bot.doctor_refusals import fix_of
from bot.finding import Finding
from bot.steps.from_settings import receivers_of
from bot.wiring import Services


def check_messages(services: Services) -> Iterator[Finding]:
    """An issue may not show the state of its task, or a person may not know that it is their turn."""
    with services.store.read() as ledger:
        messages, events = ledger.outbox.given_up(), ledger.outbox.given_up(Lane.WEBHOOK, Lane.MAIL)
    for need, who, unsent in (("messages", "GitHub", messages), ("notifications", "the receiver", events)):
        if unsent:
            key, why = next(reversed(unsent.items()))
            says = f"{who} refused {len(unsent)}, the last one {key}: {plain(why)}"
            yield Finding(need=need, verdict="wrong", says=says, fix="fix the cause, then run: nightshift sync")


def check_receivers(services: Services) -> Iterator[Finding]:
    """Connects, and sends nothing. A receiver that is down stops no task."""
    for receiver in receivers_of(services.settings).values():
        try:
            yield Finding(need=receiver.setting, verdict="ok", says=receiver.check())
        except NotSent as error:
            yield Finding(need=receiver.setting, verdict="wrong", says=str(error), fix=f"correct {receiver.setting}")


def examine_check_runs(services: Services, repositories: Sequence[str]) -> Iterator[Finding]:
    """Nightshift does without them: comments say the same."""
    if services.account.app_requester() is None:
        says = "none: GitHub takes them from an App only, and this is a token; comments say the same"
        yield Finding(need="check runs", verdict="ok", says=says)
        return
    for name in repositories:
        try:
            are_shown = services.github.writes_checks(name)
        except GitHubFailed as error:
            yield Finding(need="check runs", verdict="wrong", says=f"{name}: {error}", fix=fix_of(error))
            continue
        yield Finding(need="check runs", verdict="ok", says=f"{name}: {_where_shown(services, are_shown)}")


def _where_shown(services: Services, are_shown: bool) -> str:
    if not are_shown:
        return "none, until the App has the permission Checks (read and write)"
    has_webhook = services.settings.webhook_secret is not None
    return f"shown on pull requests, {'with buttons' if has_webhook else 'without buttons, which need a webhook'}"


def check_delivery_logs(services: Services, repositories: Sequence[str]) -> Iterator[Finding]:
    """A log that cannot be read is no fault: polling finds lost deliveries later, but not who changed what."""
    hooks = read_hooks(services, repositories)
    for log in services.github.delivery_logs(hooks):
        yield _delivery_log(log)
    if services.account.app_requester() is None:
        for name in repositories:
            if name not in hooks:
                says = f"{name}: not known until a delivery arrives; polling finds lost deliveries"
                yield Finding(need="delivery log", verdict="ok", says=says)


def read_hooks(services: Services, repositories: Iterable[str]) -> Mapping[str, int]:
    """The numbers of the webhooks that send the repositories' deliveries, as far as one has arrived."""
    with services.store.read() as ledger:
        return ledger.webhooks.numbers(repositories)


def _delivery_log(log: DeliveryLog) -> Finding:
    try:
        log.look()
    except GitHubFailed as error:
        if error.transient:
            return Finding(need="delivery log", verdict="wrong", says=f"{log.path}: {error}", fix=fix_of(error))
        says = f"{log.path} cannot be read ({error}); polling finds lost deliveries (docs/operations.md)"
        return Finding(need="delivery log", verdict="ok", says=says)
    return Finding(need="delivery log", verdict="ok", says=f"{log.path}: failed deliveries are redelivered")
