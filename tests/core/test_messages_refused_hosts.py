"""Where a host was refused, the verdict names it, and who can allow it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.checks import Check, CheckStanding, FailedSetUp, Verdict
from bot.core.messages import pull_request_body
from bot.core.public_verdict import PublicVerdict
from bot.core.ran import Ran
from bot.core.short_verdict import ShortVerdict, in_short
from bot.core.tasks import State
from tests.core.pull_request_texts import VIEW
from tests.core.status_texts import said, with_task


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("npm.example.org:443", "List the host under `network:` in `.github/nightshift.yml` if set-up needs it."),
        ("npm.example.org:8443 (in a private network)", "by the setting `NETWORK_HOSTS`."),
    ],
)
def test_where_a_host_was_refused_the_next_step_names_who_can_allow_it(host: str, says: str) -> None:
    """The cause is in the headline, and the output is shown once, though each check could not run for it."""
    output = "npm error 403 Forbidden"
    failed = FailedSetUp(
        command="npm ci", reason="package-lock.json", ran=Ran(code=1, seconds=9, output=output), refused=(host,)
    )
    not_run = Ran(code=None, seconds=0, output=output, obstacle=failed.obstacle)
    checks = tuple(Check(command=command, before=not_run, after=not_run) for command in ("npm run lint", "npm test"))
    verdict = Verdict(checks=checks, refused_hosts=(host,), failed_set_up=failed)
    told = pull_request_body(replace(VIEW, verdict=PublicVerdict(verdict)))
    status = said(replace(with_task(state=State.IN_REVIEW, pull_request=12, verdict=in_short(verdict)), web_url=""))

    for text in (told.split("\n\n")[1], status):
        assert f"set-up failed: the network could not be reached: {host.removesuffix(':443')}" in text
        assert says in text
        assert "setup:" not in text
    assert told.count(output) == 1


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("the network could not be reached: example.org", "have `setup:` in `.github/nightshift.yml` fetch"),
        ("set-up failed: the network could not be reached: npm error ETIMEDOUT", "may have been out of reach"),
        ("tox: command not found", "Changes can be verified once"),
    ],
)
def test_the_next_step_depends_on_what_could_not_be_reached(reason: str, says: str) -> None:
    verdict = ShortVerdict(standing=CheckStanding.NOT_VERIFIED, commands=("npm test",), reason=reason)

    assert says in said(with_task(state=State.IN_REVIEW, pull_request=12, verdict=verdict))
