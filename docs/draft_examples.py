"""What drafts say, and of the work of a task that failed also its status and its notice, for `docs/messages.md`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.core import messages
from bot.core.checks import Check, CheckStanding, Verdict
from bot.core.failures import FailureKind, Turn
from bot.core.messages import NoticeView, PullRequestView, StatusView
from bot.core.public_verdict import PublicVerdict
from bot.core.ran import Ran
from bot.core.short_verdict import ShortVerdict
from bot.core.tasks import Attempt, State, Task
from bot.core.turns import Addressee, Rest

_PASSES, _FAILS = Ran(code=0, seconds=3), Ran(code=1, seconds=3, output="FAILED test_price")
_ENDS = ((FailureKind.VERIFICATION_FAILED, _FAILS), (FailureKind.SESSION_TIMEOUT, _PASSES))


def drafts(task: Task, attempt: Attempt) -> Iterator[tuple[str, str]]:
    body = "Closes #4\n\n**Not verified**: …."
    yield "body, where the repository has no drafts", messages.add_no_drafts(body)
    yield "body, where the pull request was open before", messages.add_was_open(body)
    yield "body, where the pull request is still a draft", messages.add_still_draft(body)
    yield "body, where the repository wants drafts", messages.add_wanted_draft("Closes #4\n\n**Verified**: ….")
    yield (
        "body, where the default branch has another name meanwhile",
        messages.add_other_base(body, before="main", now="trunk"),
    )
    for kind, after in _ENDS:
        verdict = PublicVerdict(Verdict(checks=(Check(command="pytest", before=_PASSES, after=after),)))
        view = PullRequestView(task=task, attempt=attempt, failed=kind, verdict=verdict)
        yield f"body of a draft, {kind}", messages.pull_request_body(view)
    kind, short = FailureKind.VERIFICATION_FAILED, ShortVerdict(standing=CheckStanding.NOT_VERIFIED)
    failed = replace(
        task, state=State.FAILED, failure=kind, detail="$ pytest", pull_request=5, verdict=replace(short, failed=kind)
    )
    yield (
        "status of its issue",
        messages.status_comment(
            StatusView(task=failed, attempts=[replace(attempt, failure=kind, outcome=State.FAILED)])
        ),
    )
    rest = Rest(attempts=1, word=kind.value, turn=Turn.MAINTAINER, approver="ada")
    yield (
        "notice of it",
        messages.notice(NoticeView(issue=task.issue, rest=rest, addressee=Addressee(login="ada"), draft=5)),
    )
