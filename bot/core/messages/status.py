"""The one status comment of an issue: what happened, whose turn it is, the one line to type next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.estimate import Estimate
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.final_failures import next_of_failed, sentence_of_failed
from bot.core.lint import Remark
from bot.core.messages.chain import chain_section
from bot.core.messages.claim import claim_line
from bot.core.messages.ended import ended_texts
from bot.core.messages.markers import add_marker, status_marker
from bot.core.messages.pressure import place_in_queue
from bot.core.messages.quoting import code, fence, quote_text, words
from bot.core.messages.remarks import remarks_section
from bot.core.messages.reviewers import FOR_CHANGES, not_accepted
from bot.core.messages.status_record import ROWS, pull_request_record, status_record
from bot.core.messages.times import duration, estimated
from bot.core.messages.verdict import verdict_headline, verdict_next_step
from bot.core.messages.waiting import wait_headline, why_it_waits
from bot.core.pressure import Hold, SharesFile
from bot.core.references import IssueRef
from bot.core.reviewers import AskedReviewers
from bot.core.revision import NO_REPAIRS, Repairs, Revision
from bot.core.stacking import StackedOn
from bot.core.tasks import Attempt, State, Task
from bot.core.waiting import QueueWait, WaitReason, find_reason

_EVIDENCE, _WORDS = 6000, 3000
_CYCLE = 45_000  # of a thousand issues, each is named
_PATCH, _PATCH_SHOWN = 32_000, 42_000  # the rows and the record must fit beside it: GitHub accepts 65,536
_LEAVE = "`/cancel` removes it from the queue."
_DOING, _MISSING = 300, 600  # characters
_WAITS = 20

# Claude's own words are prose; the evidence of every other failure is the output of a program.
# States in which a person asks why a change was checked as it was, or not made.
_SHOWS_MISSING = frozenset({State.IN_REVIEW, State.FAILED, State.NO_CHANGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """The input of the status comment. `waits`: each unmet blocker and why it is unmet ("which failed").
    `position`: 1 for the next to run. `paused`: why nothing is started now, and who ends that. `web_url`: GitHub's, for
    links. `patch`: the change that was refused because it touches protected files. `doing`: what the attempt does
    before its session begins, if that takes long. `revision`: the one of its pull request that the task waits for or
    runs; `repairs`: those that Nightshift started; `below`: what it stands on. `hold`: what holds the task back so that
    people keep up. `remarks`: on the issue, that no person has passed over yet. `asked`: who was asked to look at the
    pull request in review. `busy`: how many tasks run, if one of them has to end before any other starts. `chain`: a
    drawing in Mermaid's language of what waits for what. `branch`: the bot's. `is_answered`: the author replied to
    the last questions."""

    task: Task
    attempts: Sequence[Attempt] = ()
    waits: Sequence[tuple[IssueRef, str]] = ()
    position: int | None = None
    paused: str | None = None
    web_url: str = ""
    patch: str = ""
    doing: str = ""
    revision: Revision | None = None
    repairs: Repairs = NO_REPAIRS
    below: StackedOn | None = None
    remarks: Sequence[Remark] = ()
    estimate: Estimate | None = None
    hold: Hold | None = None
    asked: AskedReviewers | None = None
    busy: int = 0
    chain: str = ""
    branch: str = ""
    is_answered: bool = False

    @property
    def held(self) -> Hold | None:
        """What the task waits for, if nothing else keeps it from running."""
        is_ready = self.task.state is State.QUEUED and not (self.task.unmet or self.paused or self.task.not_before)
        return self.hold if is_ready else None


def status_comment(view: StatusView) -> str:
    """The whole comment, the hidden record at its end."""
    parts = [f"**Nightshift**: {headline(view)}", *_story(view), *_footer(view)]
    record = status_record(view.task, view.attempts) | pull_request_record(view.revision, view.repairs, view.below)
    return add_marker("\n\n".join(part for part in parts if part), status_marker(record))


def _footer(view: StatusView) -> list[str]:
    task = view.task
    remarks = remarks_section(view.remarks, state=task.state, waits=task.waits_for_go)
    expected = "" if view.estimate is None or view.held is not None else estimated(view.estimate)
    notes = [expected, remarks, _missing(view), chain_section(view.chain)]
    return [*notes, _spent(view), _attempts(view.attempts)]


def headline(view: StatusView) -> str:
    """The state in words, in one line."""
    task = view.task
    match task.state:
        case State.QUEUED:
            return _queued(view)
        case State.RUNNING if view.revision is not None:
            return f"{'repairs' if view.revision.is_repair else 'revises'} {_pull_request(view)}"
        case State.IN_REVIEW:
            return verdict_headline(task.verdict, _pull_request(view))
        case State.FAILED:
            return f"failed, `{task.failure}`" if task.failure else "failed"
        case State.CANCELLED:
            return f"cancelled{f' ({words(task.detail)})' if task.detail else ''}"
        case _:
            return ended_texts(task)[0]


def _queued(view: StatusView) -> str:
    if said := wait_headline(wait_of(view)):
        return said
    if view.revision is not None and not view.task.failure:
        return f"a {'repair' if view.revision.is_repair else 'revision'} of {_pull_request(view)} is queued"
    return place_in_queue(view.position, view.busy)


def wait_of(view: StatusView) -> QueueWait:
    """Without the time: the comment is edited once the task runs again."""
    shown = link(view, view.hold.issue) if isinstance(view.hold, SharesFile) else ""
    return QueueWait(
        task=view.task, pause=view.paused or "", hold=view.hold, link=shown, place=view.position, busy=view.busy
    )


def _story(view: StatusView) -> list[str]:
    """The paragraphs below the headline, by state."""
    match view.task.state:
        case State.QUEUED:
            return [_waits(view), _queue_words(view)]
        case State.IN_REVIEW:
            return [
                quote_text(view.task.detail, _EVIDENCE),
                f"**Next** (a maintainer): review {_pull_request(view)}. {FOR_CHANGES}",
                not_accepted(view.asked),
                verdict_next_step(view.task.verdict),
            ]
        case State.FAILED:
            return _failure(view)
        case State.CANCELLED:
            return [f"**Next** (a maintainer): to start again, {policy(FailureKind.CANCELLED).next_step}."]
        case State.NO_CHANGE:
            return [quote_text(view.task.detail, _EVIDENCE), ended_texts(view.task)[1]]
        case _:
            doing = [f"{words(view.doing, _DOING)}."] if view.doing and view.task.state is State.RUNNING else []
            return [*doing, claim_line(view.task, view.branch, view.web_url), ended_texts(view.task)[1]]


def _missing(view: StatusView) -> str:
    """What of the tools and services that the repository names was not on the host of the last attempt."""
    if not (missing := view.attempts[-1].missing if view.attempts else "") or view.task.state not in _SHOWS_MISSING:
        return ""
    fix = "The operator installs it, or names its folder in `TOOLS`; until then what the host has is used."
    return f"**Missing on the host**: {words(missing, _MISSING)}. {fix}"


def _queue_words(view: StatusView) -> str:
    task, wait = view.task, wait_of(view)
    pause = f"{view.paused} " if view.paused else ""
    why = why_it_waits(wait)
    match find_reason(wait):
        case WaitReason.ISSUES:  # what they wait for may be a person
            return f"It starts once nothing of that is left. {pause}{_LEAVE}"
        case WaitReason.GO:
            return f"{why} {pause}{_LEAVE}"
        case WaitReason.LATER:
            failed = f"{policy(task.failure).sentence} " if task.failure else ""
            return f"{failed}{why} `/cancel` stops it."
        case WaitReason.TURN | WaitReason.UNREAD:
            return f"It starts by itself. {_LEAVE}"
        case _:
            return f"{why} {_LEAVE}"


def _waits(view: StatusView) -> str:
    lines = [f"- waits for {_name_blocker(view, issue)}, {why}" for issue, why in view.waits[:_WAITS]]
    if len(view.waits) > _WAITS:
        lines.append(f"- and {len(view.waits) - _WAITS} more")
    return "\n".join(lines)


def _failure(view: StatusView) -> list[str]:
    task, patch = view.task, view.patch
    if task.failure is None:
        return [fence(task.detail, _EVIDENCE)]
    rule = policy(task.failure)
    show = quote_text if rule.in_claudes_words else fence
    turn, next_step = next_of_failed(task.failure, is_answered=view.is_answered)
    step = f"**Next** ({turn}): {next_step}."
    most = _CYCLE if task.is_in_cycle else _EVIDENCE
    paragraphs = [sentence_of_failed(task.failure), show(task.detail, most), _explained(view), step]
    paragraphs += [_draft(view)] if task.draft is not None else []
    paragraphs += [_apply(task.issue)] if patch.strip() else []
    return [*paragraphs, _attached(patch)] if rule.attaches_patch else paragraphs


def _explained(view: StatusView) -> str:
    """Claude's own words on how far it got, unless they are the evidence itself."""
    last = view.attempts[-1] if view.attempts else None
    if last is None or last.failure is not view.task.failure or last.summary.strip() in view.task.detail:
        return ""
    return f"In Claude's words:\n\n{quote_text(last.summary, _WORDS)}"


def _draft(view: StatusView) -> str:
    return (
        f"What it made is in {_pull_request(view)}, a draft. There, `/revise` with what to do differently continues "
        "from its commits."
    )


def _apply(issue: IssueRef) -> str:
    line = code(f"nightshift patch {issue} | git -C CLONE apply")
    return f"The change was kept. In Nightshift's folder the operator applies it to a clone: {line}"


def _attached(patch: str) -> str:
    """Folded. A patch that is cut cannot be applied, and its title says so."""
    if not patch.strip():
        return ""
    limit = _PATCH
    while len(shown := fence(patch, limit, "diff")) > _PATCH_SHOWN:  # a long run of backticks needs two longer fences
        limit //= 2
    beginning = f"The beginning of the patch (too long to show whole: {len(patch):,} characters)"
    return f"<details><summary>{'The patch' if len(patch) <= limit else beginning}</summary>\n\n{shown}\n\n</details>"


def _spent(view: StatusView) -> str:
    """What the attempt that failed has cost: no pull request shows it."""
    if view.task.state is not State.FAILED or not view.attempts:
        return ""
    last = view.attempts[-1]
    return f"Attempt {last.number}: {turns(last)} turns, ${last.cost_usd:.2f}, {duration(last.seconds)}."


def _attempts(attempts: Sequence[Attempt]) -> str:
    """All attempts, folded. A single one is shown above already, apart from its refused calls."""
    refused = sum(attempt.guards.refused for attempt in attempts)
    refusals = f"The gate refused {refused} tool {'call' if refused == 1 else 'calls'}." if refused else ""
    if len(attempts) <= 1:
        return refusals
    rows = "\n".join(_row(attempt) for attempt in attempts[-ROWS:])
    return (
        f"<details><summary>{len(attempts)} attempts</summary>\n\n"
        "| # | ended as | turns | cost | time | refused |\n| --- | --- | --- | --- | --- | --- |\n"
        f"{rows}\n\n</details>"
    )


def _row(attempt: Attempt) -> str:
    ended = str(attempt.failure or attempt.outcome or "running").replace("_", " ")
    if attempt.failure:
        ended = f"`{attempt.failure}`"
    return (
        f"| {attempt.number} | {ended} | {turns(attempt)} | ${attempt.cost_usd:.2f} | {duration(attempt.seconds)} "
        f"| {attempt.guards.refused} |"
    )


def turns(attempt: Attempt) -> str:
    return f"{attempt.turns} of {attempt.turn_limit}" if attempt.turn_limit else str(attempt.turns)


def fetching(repository: str, *, files: int, of: int, size: int) -> str:
    """The first fetch of a large repository: how many of its files are here, and what they take in bytes."""
    here = f": {size / 1e6:,.0f} MB, {files:,} of {of:,} files" if files else ""
    return f"Fetching {repository} for the first time{here}"


def _name_blocker(view: StatusView, issue: IssueRef) -> str:
    """A hidden one is in a repository that not every reader of this comment may know of."""
    return "an issue that cannot be named here" if issue.is_hidden else link(view, issue)


def link(view: StatusView, issue: IssueRef) -> str:
    """A link to an issue, short for one of the same repository. Without `web_url`, GitHub makes the link."""
    name = f"#{issue.number}" if issue.repository == view.task.issue.repository else str(issue)
    return f"[{name}]({view.web_url.rstrip('/')}/{issue.repository}/issues/{issue.number})" if view.web_url else name


def _pull_request(view: StatusView) -> str:
    number = view.task.pull_request
    if number is None:
        return "the pull request"
    if not view.web_url:
        return f"#{number}"
    return f"[#{number}]({view.web_url.rstrip('/')}/{view.task.issue.repository}/pull/{number})"
