"""Writes `docs/messages.md` and its pages, with every sentence that Nightshift says, and the pages that are read from
tables of the code (`docs/reference_pages.py`). `make docs` runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bot.core import messages  # noqa: E402 - found by the path above
from bot.core.changes import Note  # noqa: E402
from bot.core.checks import Check, Ran, TestResult, Verdict  # noqa: E402
from bot.core.command_rules import retry_obstacle  # noqa: E402
from bot.core.commands import Mistyped, parse_command  # noqa: E402
from bot.core.facts import Actor, IssueFacts  # noqa: E402
from bot.core.failure_policy import policy  # noqa: E402
from bot.core.failures import FailureKind  # noqa: E402
from bot.core.messages import PullRequestView, StatusView  # noqa: E402
from bot.core.pauses import parse_window  # noqa: E402
from bot.core.references import IssueRef  # noqa: E402
from bot.core.short_verdict import in_short  # noqa: E402
from bot.core.tasks import Attempt, Blocker, Guards, Snapshot, State, Task  # noqa: E402
from docs import queue_examples  # noqa: E402
from docs.check_run_examples import check_runs  # noqa: E402
from docs.draft_examples import drafts  # noqa: E402
from docs.key_facts_example import FACTS  # noqa: E402
from docs.notice_examples import NOTICES, digests, events, notices  # noqa: E402
from docs.pages import INDEX, index, render, section  # noqa: E402
from docs.places import read_pages  # noqa: E402
from docs.reference_pages import reference_pages  # noqa: E402
from docs.review_examples import refusals, reviews  # noqa: E402
from docs.waiting_examples import conflicts, held, stacks, with_refused_reviewers  # noqa: E402

NOW = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
ISSUE, OTHER = IssueRef("octo/clock", 4), IssueRef("octo/clock", 3)
ADA, SAM = Actor(login="ada", id=1), Actor(login="sam", id=2)
MISTYPED = (
    *("/retyr", "/retry turns=many", "/cancel now", "/allow it", "/retry speed=9", "/retry fresh=yes"),
    "/retry turns=4 turns=5",
)

_BROKEN = Ran(code=1, seconds=3, output="FAILED test_price", tests={"test_price": TestResult.FAILED})
_PASSES = Ran(code=0, seconds=3, tests={"test_price": TestResult.PASSED, "test_tax": TestResult.PASSED})
_NOT_RUN = Ran(code=127, seconds=0, output="tox: command not found", obstacle="tox: command not found")


def _judged(command: str, before: Ran, after: Ran, *flaky: str, **others: Ran) -> Verdict:
    more = (Check(command=name, before=ran, after=ran) for name, ran in others.items())
    return Verdict(checks=(Check(command=command, before=before, after=after, flaky=flaky), *more))


_VERDICTS = {
    "verified": _judged("pytest", _BROKEN, _PASSES, "test_price"),
    "not verified, since the checks could not run": _judged("tox", _NOT_RUN, _NOT_RUN),
    "not verified, since one of the checks could not run": _judged("pytest", _PASSES, _PASSES, tox=_NOT_RUN),
    "not verified, since the checks could not run before": _judged("tox", _NOT_RUN, _BROKEN),
    "failing as before": _judged("make", _BROKEN, _BROKEN),
}


def messages_pages() -> dict[Path, str]:
    """Each page with its text."""
    examples = {"github.md": _on_github(), "events.md": _events()}
    folder = INDEX.with_suffix("")
    return {INDEX: index(), **{folder / page.file: render(page, examples.get(page.file, [])) for page in read_pages()}}


def _on_github() -> list[str]:
    return [
        *section("Status comment", "The one comment on the issue that is edited as the task moves.", _statuses()),
        *section("Status comment after a failure", "The kind, its sentence, evidence, next step.", _failures()),
        *section("Notice", NOTICES, notices(_task, ISSUE, OTHER)),
        *section("Reply", "A comment that answers one command or one label, posted once.", _replies()),
        *section("Digest", "The issue of a night, edited as people work on it.", digests(_task, NOW)),
        *section("Review", "Answers on a pull request of Nightshift's, each posted once.", reviews()),
        *section("Check run", "On a pull request's head, if the bot is an App.", check_runs(_task, _attempt(), NOW)),
        *section("Pull request", "Title and body.", _pull_requests()),
        *section("Pause", "In the status comment, the status page, `nightshift doctor` and the log.", _pauses()),
    ]


def _events() -> list[str]:
    where = "The subject and the lines of a mail, and the text for a chat."
    return section("Event", where, events(_task, ISSUE, NOW))


def _task(state: State = State.QUEUED, **more: object) -> Task:
    snapshot = Snapshot(title="Tell the time", body="Please.", approved_by="ada", approved_at=NOW)
    given: dict[str, object] = {"id": 1, "issue": ISSUE, "state": state, "snapshot": snapshot}
    return Task(**(given | {"created_at": NOW, "updated_at": NOW} | more))  # type: ignore[arg-type]


def _attempt(number: int = 1, failure: FailureKind | None = None) -> Attempt:
    return Attempt(
        task_id=1,
        number=number,
        started_at=NOW,
        finished_at=NOW,
        outcome=State.FAILED if failure else State.IN_REVIEW,
        failure=failure,
        summary="Added `price()` and its test.",
        completion="structured",
        turns=12,
        turn_limit=40,
        cost_usd=0.42,
        seconds=75.0,
        guards=Guards(asked=9, granted=8, refused=1),
        commands=(("pytest -q", 0),),
    )


_BLOCKED = _task(blockers=(Blocker(issue=OTHER),))


def _statuses() -> Iterator[tuple[str, str]]:
    soon = NOW + timedelta(minutes=2)
    views = {
        "next in the queue": StatusView(task=_task(), position=1),
        "queued": StatusView(task=_task(), position=3, busy=1),
        "waits for other issues": StatusView(
            task=_BLOCKED,
            waits=[(OTHER, "which is running")],
            chain='flowchart LR\n  n0["#35;3 running"]\n  n1["#35;4 queued"]\n  n0 --> n1',
        ),
        "nothing is started now": StatusView(task=_task(), paused=messages.paused_by_person("maintenance")),
        **held(_task()),
        "waits for an automatic retry": StatusView(task=_task(failure=FailureKind.GITHUB_UNAVAILABLE, not_before=soon)),
        **queue_examples.statuses(_task, OTHER),
        "running": StatusView(task=_task(State.RUNNING)),
        "running, where the repository has `claim_branch`": StatusView(
            task=_task(State.RUNNING, claimed="c0ffee"), branch="auto/7", web_url="https://github.com"
        ),
        "running, while a large repository is fetched": StatusView(
            task=_task(State.RUNNING), doing=messages.fetching("octo/tools", files=4_000, of=12_000, size=180_000_000)
        ),
        **with_refused_reviewers(_task(State.IN_REVIEW, pull_request=5, detail="Added `price()`.")),
        **{
            f"in review, {name}": StatusView(
                task=_task(State.IN_REVIEW, pull_request=5, detail="Added `price()`.", verdict=in_short(verdict))
            )
            for name, verdict in {"without checks": Verdict(), **_VERDICTS}.items()
        },
        "in review, of which the ledger knows no verdict": StatusView(task=_task(State.IN_REVIEW, pull_request=5)),
        "in review after two attempts": StatusView(
            task=_task(State.IN_REVIEW, pull_request=5, detail="Added `price()`.", verdict=in_short(Verdict())),
            attempts=[_attempt(1, FailureKind.STALLED), _attempt(2)],
        ),
        "in review, with a tool that the host lacks": StatusView(
            task=_task(State.IN_REVIEW, pull_request=5, detail="Added `price()`.", verdict=in_short(Verdict())),
            attempts=[replace(_attempt(1), missing="node 22 (.nvmrc) is not installed here (there is 18.20.4)")],
        ),
        "running, with a tool that the host lacks": StatusView(
            task=_task(State.RUNNING), doing="node 22 (.nvmrc) is not installed here (there is 18.20.4)"
        ),
        "done": StatusView(task=_task(State.DONE, pull_request=5)),
        "no change": StatusView(task=_task(State.NO_CHANGE, detail="It is tested already.")),
        "cancelled": StatusView(task=_task(State.CANCELLED, detail="ada commented /cancel")),
        "closed": StatusView(task=_task(State.CLOSED, pull_request=5)),
    }
    return ((name, messages.status_comment(view)) for name, view in views.items())


def _failures() -> Iterator[tuple[str, str]]:
    for kind in FailureKind:
        patch = "--- a/ci.yml\n+++ b/ci.yml" if kind is FailureKind.PROTECTED_PATH else ""
        task = _task(State.FAILED, failure=kind, detail="the evidence, such as an error message")
        if kind is not FailureKind.CANCELLED:
            yield f"`{kind.value}`", messages.status_comment(StatusView(task=task, patch=patch))
        else:
            yield f"`{kind.value}`", f"{policy(kind).sentence} Next: {policy(kind).next_step}."


def _replies() -> Iterator[tuple[str, str]]:
    yield from refusals(SAM, ISSUE)
    yield "`/help`", messages.help_text()
    yield "`/status`", messages.status_reply(_task(State.RUNNING))
    yield "`/status` of an issue without a task", messages.status_reply(None)
    yield (
        "`/cancel` with nothing to cancel",
        messages.nothing_to_cancel(_task(State.IN_REVIEW, pull_request=5, verdict=in_short(Verdict()))),
    )
    yield "`/cancel` of an issue without a task", messages.nothing_to_cancel(None)
    yield "`/go` with nothing that waits for it", messages.nothing_to_go(_task(State.RUNNING))
    for line in MISTYPED:
        command = parse_command(line)
        if isinstance(command, Mistyped):
            yield f"`{line}`", messages.mistyped(command)
    cases = {
        "closed": (_facts(is_open=False), None),
        "without the label": (_facts(labels=()), None),
        "running": (_facts(), _task(State.RUNNING)),
    }
    for name, (facts, task) in cases.items():
        yield f"`/retry` of an issue that is {name}", messages.cannot_retry(retry_obstacle(facts, task, "auto") or "")


def _facts(*, is_open: bool = True, labels: tuple[str, ...] = ("auto",)) -> IssueFacts:
    return IssueFacts(
        number=ISSUE.number,
        title="Tell the time",
        body="Please.",
        is_open=is_open,
        author=ADA,
        labels=frozenset(labels),
        comments=0,
        updated_at=NOW,
    )


def _pull_requests() -> Iterator[tuple[str, str]]:
    task = _task(State.IN_REVIEW)
    yield "title", messages.pull_request_title(task)
    yield "commit of what a session left uncommitted", messages.leftovers_commit(task)
    yield "body", messages.pull_request_body(PullRequestView(task=task, attempt=_attempt(), facts=FACTS))
    yield from conflicts()
    yield from stacks()
    for name, verdict in _VERDICTS.items():
        view = PullRequestView(task=task, attempt=_attempt(), verdict=replace(verdict, refused_hosts=("pypi.org",)))
        yield f"body, {name}", messages.pull_request_body(view)
    yield from drafts(task, _attempt())
    flags = (Note(path="pyproject.toml", what="says how the checks run"),)
    view = PullRequestView(task=task, attempt=_attempt(), sandboxed=False, leftovers=True, verdict=Verdict(flags=flags))
    yield "body, with something to look at first and without a sandbox", messages.pull_request_body(view)


def _pauses() -> Iterator[tuple[str, str]]:
    later = NOW + timedelta(hours=3)
    yield "a usage limit", messages.paused(FailureKind.USAGE_LIMIT, later)
    yield "a refused credential", messages.paused(FailureKind.AUTH_FAILED, None)
    yield "no credit", messages.paused(FailureKind.CREDIT_EXHAUSTED, None)
    yield "GitHub's token", messages.token_refused()
    yield "outside of the hours", messages.outside_window(parse_window("22:00-07:00 UTC"), later)
    yield "the budget of a night", messages.budget_is_spent(5.0, later)
    yield "the budget of an organisation", messages.organisation_budget_is_spent("octo", 20.0, later)
    yield "the budget of a repository", messages.repository_budget_is_spent("octo/tools", 5.0, later)
    yield "the settings of a repository", messages.settings_are_wrong("octo/tools", 4)
    yield "the operator", messages.paused_by_person("maintenance")
    yield "the operator, without a reason", messages.paused_by_person("")
    yield "the label on the status issue", messages.paused_by_label(OTHER, "ada")


if __name__ == "__main__":
    for path, text in {**messages_pages(), **reference_pages()}.items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(text)
