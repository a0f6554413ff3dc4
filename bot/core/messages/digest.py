"""A night's digest: the issue on GitHub in Markdown, and the same lines for a terminal.

The first five lines are what a person does first. It mentions no account: whose turn it is, the comment on each issue
has said. Titles and Claude's words are other people's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core.counted import count
from bot.core.digest import Digest, Night
from bot.core.digest_parts import Failed, NamedIssue, NotRun, Waiting
from bot.core.failure_policy import policy
from bot.core.merge_order import StackPart
from bot.core.messages.digest_form import DigestForm, markdown
from bot.core.messages.digest_stacks import stack_lines
from bot.core.messages.markers import add_marker, digest_marker
from bot.core.pauses import Cause
from bot.core.references import IssueRef
from bot.core.review_order import WaitingReview, total_minutes
from bot.core.spend import Spend

_MOST = 40  # of one list: the issue has to fit into what GitHub takes
_IN_A_LINE = 8
_TITLE, _DETAIL = 100, 240  # characters
_LIFTS = {Cause.ACCOUNT: "Restore the access to Claude", Cause.GITHUB: "Replace the token for GitHub"}


def digest_title(night: Night) -> str:
    """The title of the night's issue, without other people's words."""
    return f"Nightshift: the night of {night.begins:%Y-%m-%d}"


def digest_body(digest: Digest, web_url: str) -> str:
    """The night's issue, its marker at its end."""
    return add_marker("\n".join(digest_lines(digest, markdown(web_url))), digest_marker(digest.night.begins))


def digest_lines(digest: Digest, form: DigestForm) -> Iterator[str]:
    """The first five lines, then what they rest on."""
    yield from first_lines(digest, form)
    yield from _stacks(digest, form)
    for title, lines in (
        ("Review, in this order", [_review(each, form) for each in digest.reviews]),
        ("Questions", [_question(each, form) for each in digest.questions]),
        ("Failed", _failures(digest.failures, form)),
        ("Waits", [_waiting(each, form) for each in digest.waits]),
        ("Did not run", _not_run(digest.not_run, form)),
    ):
        yield from _section(title, lines, form, is_numbered=title.startswith("Review"))
    if digest.stacks and (drawn := form.drawing(digest.graph)):
        yield from ("", form.heading("What waits for what"), "", *drawn)
    yield from _section("Also", list(_also(digest, form)), form)
    yield ""
    yield _spent(digest.spend, digest.before)


def _stacks(digest: Digest, form: DigestForm) -> Iterator[str]:
    if not digest.stacks:
        return
    yield from ("", form.heading("Merge from top to bottom"), "")
    yield from stack_lines(digest.stacks, lambda part, why: _part(part, why, form))
    yield from (
        "",
        "After each merge Nightshift moves the next one to the default branch: merge it once that is its base.",
    )


def _part(part: StackPart, why_not: str, form: DigestForm) -> str:
    named = f"{form.link(part.pull_request, 'pull')} “{form.quote(part.title, _TITLE)}”"
    return f"{named} {why_not}" if part.review is None else f"{named}: {_about(part.review)}."


def first_lines(digest: Digest, form: DigestForm) -> list[str]:
    """At most five: how the night went, then what to do, in this order."""
    steps = list(_steps(digest, form))
    return [_headline(digest, form), *(f"{place}. {step}" for place, step in enumerate(steps, 1))]


def _headline(digest: Digest, form: DigestForm) -> str:
    """Bad news first, then how much there is to do."""
    minutes = total_minutes(digest.reviews)
    about = f" (about {count(minutes, 'minute')} to read)" if minutes else ""
    parts = [
        "a pause to end" if digest.holding is not None and not digest.bad else "",
        f"{count(len(digest.reviews), 'pull request')} to review{about}" if digest.reviews else "",
        count(len(digest.questions), "question") if digest.questions else "",
        f"{count(len(digest.to_start), 'issue')} to start" if digest.to_start else "",
        count(len(digest.failures), "failure") if digest.failures else "",
    ]
    is_said = digest.holding is not None and digest.bad
    to_do = ", ".join(filter(None, parts)) or ("" if is_said else "nothing to do")
    if digest.bad:
        bad = form.strong(form.own(f"A bad night: {digest.bad}."))
        return f"{bad} {to_do[:1].upper()}{to_do[1:]}." if to_do else bad
    return form.strong(f"{to_do[:1].upper()}{to_do[1:]}.")


def _steps(digest: Digest, form: DigestForm) -> Iterator[str]:
    if digest.holding is not None:
        lifts = _LIFTS.get(digest.holding.cause, "End the pause")
        yield f"{lifts}, nothing runs until then: {form.own(digest.holding.reason)}"
    starts = digest.to_start if digest.holding is None else ()
    yield from _review_steps(digest.reviews, form, most=1 if digest.holding is not None or starts else 2)
    if digest.questions:
        yield _question_step(digest.questions, form)
    if starts:
        yield f"Start by {form.own('`/go`')}, or improve the text of, {_listed(starts, form)}."
    if digest.failures:
        yield f"Decide on what failed: {_by_kind(digest.failures, form)}."


def _question_step(questions: Sequence[Failed], form: DigestForm) -> str:
    """Answers that are there first: they wait for one word."""
    answered = [each for each in questions if each.is_answered]
    still_open = [each for each in questions if not each.is_answered]
    retry = form.own("`/retry`")
    if not answered:
        return f"See that the questions are answered: {_listed(still_open, form)}, then comment {retry}."
    confirm = f"Confirm the answers by {retry}: {_listed(answered, form)}."
    return f"{confirm} See that these are answered: {_listed(still_open, form)}." if still_open else confirm


def _review_steps(reviews: Sequence[WaitingReview], form: DigestForm, *, most: int) -> Iterator[str]:
    if not reviews:
        return
    first, rest = reviews[0], reviews[1:]
    if most == 1 and rest:
        yield f"Review in this order: {_pulls([each.pull_request for each in reviews], form)}."
        return
    yield f"Review and merge {_review(first, form)}"
    if rest:
        yield f"Then, in this order, {_pulls([each.pull_request for each in rest], form)}."


def _review(review: WaitingReview, form: DigestForm) -> str:
    said = f"{form.link(review.pull_request, 'pull')} “{form.quote(review.title, _TITLE)}”: {_about(review)}."
    if review.merge_first:
        said += f" Merge {_pulls(review.merge_first, form)} first."
    if review.conflicts:
        said += f" It conflicts with {_pulls(review.conflicts, form)}: the one that is merged last needs a rebase."
    if review.unblocks:
        verb = "waits" if len(review.unblocks) == 1 else "wait"
        said += f" {count(len(review.unblocks), 'issue')} {verb} for it."
    return said if review.is_new else f"{said} It is from an earlier night."


def _about(review: WaitingReview) -> str:
    minutes = f"about {count(review.minutes, 'minute')}" if review.minutes else ""
    return ", ".join(filter(None, [_verdict(review), _size(review), minutes]))


def _verdict(review: WaitingReview) -> str:
    if review.verdict is None:
        return "of unknown verdict"
    said = str(review.verdict.standing)
    return f"{said}, look first at what its description names" if review.verdict.flagged else said


def _size(review: WaitingReview) -> str:
    size = review.verdict.size if review.verdict is not None else None
    return f"{count(size.files, 'file')}, +{size.added:,} −{size.removed:,}" if size is not None else ""


def _question(question: Failed, form: DigestForm) -> str:
    asked = form.quote(" ".join(question.detail.split()), _DETAIL)
    said = f"{asked} The author has replied." if question.is_answered else asked
    return f"{_name(question, form)}: {said} Next ({question.turn}): {form.own(question.next_step)}."


def _failures(failures: Sequence[Failed], form: DigestForm) -> list[str]:
    """One entry for each kind, with its line, and the issues below it."""
    lines = list[str]()
    for kind in dict.fromkeys(each.kind for each in failures):
        same = [each for each in failures if each.kind is kind]
        about = f"{form.own(f'`{kind}`')}: {form.own(policy(kind).sentence)} Next ({same[0].turn}): "
        lines.append(f"{about}{form.own(same[0].next_step)}.")
        lines += [f"  {_failed(each, form)}" for each in same]
    return lines


def _failed(failed: Failed, form: DigestForm) -> str:
    detail = form.quote(" ".join(failed.detail.split()), _DETAIL)
    draft = f" (draft {form.link(failed.draft, 'pull')})" if failed.draft is not None else ""
    return f"{_name(failed, form)}{draft}{f': {detail}' if detail else ''}"


def _waiting(waiting: Waiting, form: DigestForm) -> str:
    reasons = (
        [f"for a maintainer to review and merge {_pulls(waiting.pull_requests, form)}"] if waiting.pull_requests else []
    )
    if waiting.failed:
        reasons.append(f"for somebody to decide on {_issues(waiting.failed, form)}, which failed")
    named = [issue for issue in waiting.issues if not issue.is_hidden]
    if named:
        reasons.append(f"for {_issues(named, form)}")
    if len(named) < len(waiting.issues):
        reasons.append("for an issue that cannot be named here")
    return f"{_name(waiting, form)} waits {' and '.join(reasons)}."


def _not_run(not_run: Sequence[NotRun], form: DigestForm) -> list[str]:
    """One entry for each reason."""
    reasons = dict.fromkeys(each.why for each in not_run)
    return [f"{_listed([each for each in not_run if each.why == why], form)}: {form.own(why)}" for why in reasons]


def _also(digest: Digest, form: DigestForm) -> Iterator[str]:
    for said, named in (
        ("At work", digest.running),
        ("Merged", digest.merged),
        ("Nothing needed to change", digest.no_change),
        ("Stopped or closed by a person", digest.stopped),
    ):
        if named:
            yield f"{said}: {_listed(named, form)}."
    if digest.hidden:
        shows = f"{form.own('`nightshift digest`')} shows the operator which"
        yield f"{count(digest.hidden, 'issue')} of private repositories: {shows}."
    if digest.older:
        verb = "waits" if digest.older == 1 else "wait"
        shows = f"{form.own('`nightshift list`')} shows the operator which"
        yield f"From earlier nights {digest.older:,} more {verb} for a person: {shows}."


def _spent(spend: Spend, before: Spend) -> str:
    same = f"the night before: {_price(before)} in {count(before.attempts, 'attempt')}"
    return f"Spent: {_price(spend)} in {count(spend.attempts, 'attempt')} with {count(spend.turns, 'turn')}; {same}."


def _price(spend: Spend) -> str:
    """A subscription pays no dollars: its limits are what there is to spend."""
    shares = ((spend.five_hours, "a five-hour window"), (spend.week, "the week's"))
    said = " and ".join(f"{_percent(share)} of {window}" for share, window in shares if share is not None)
    return f"{said} (${spend.usd:,.2f} by the list price)" if said else f"${spend.usd:,.2f}"


def _percent(share: float) -> str:
    """`12 %`; a share that rounds to none of it is not called none."""
    return f"{100 * share:.0f} %" if share == 0 or share >= 0.005 else "less than 1 %"  # noqa: PLR2004 - half of 1 %


def _section(title: str, lines: Sequence[str], form: DigestForm, *, is_numbered: bool = False) -> Iterator[str]:
    if not lines:
        return
    yield from ("", form.heading(title), "")
    for place, line in enumerate(lines[:_MOST], 1):
        text = line.lstrip()
        yield f"{line[: len(line) - len(text)]}{f'{place}.' if is_numbered else '-'} {text}"
    if len(lines) > _MOST:
        yield f"- and {len(lines) - _MOST} more: {form.own('`nightshift digest`')} shows the operator all"


def _name(named: NamedIssue, form: DigestForm) -> str:
    return f"{form.link(named.issue, 'issues')} “{form.quote(named.title, _TITLE)}”"


def _listed(named: Sequence[NamedIssue], form: DigestForm) -> str:
    return _issues([each.issue for each in named], form)


def _issues(issues: Sequence[IssueRef], form: DigestForm) -> str:
    return _enough([form.link(each, "issues") for each in issues])


def _pulls(pulls: Sequence[IssueRef], form: DigestForm) -> str:
    return _enough([form.link(each, "pull") for each in pulls])


def _by_kind(failures: Sequence[Failed], form: DigestForm) -> str:
    return _enough([f"{form.link(each.issue, 'issues')} ({form.own(f'`{each.kind}`')})" for each in failures])


def _enough(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - _IN_A_LINE} more" if len(parts) > _IN_A_LINE else ""
    return f"{', '.join(parts[:_IN_A_LINE])}{more}"
