"""The comments that notify a person: the only sentences of the bot that mention an account.

GitHub sends a mail for a new comment and for a mention in it, and none for an edit. So each rest of a task gets one
short comment, which is edited once the task goes on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.counted import join_words
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind, Turn
from bot.core.final_failures import CONFIRM_ANSWERS, sentence_of_failed
from bot.core.messages.markers import add_marker, notice_marker
from bot.core.messages.quoting import code
from bot.core.messages.remarks import remarks_clause
from bot.core.messages.reviewers import FOR_CHANGES
from bot.core.references import IssueRef
from bot.core.turns import Addressee, Rest, RestKind, kind_of, word_of

_ALLOW = re.compile(r"\(a false alarm: /allow ([\w-]+)\)")  # as the search for secrets writes it
_MOST = 5  # lines to type
_WHO = {Turn.AUTHOR: "the issue's author", Turn.MAINTAINER: "a maintainer", Turn.OPERATOR: "the operator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """The input of a notice. `pull_request`: of the task, None if it has none. `web_url`: GitHub's, for links.
    `draft`: the pull request that shows the work of the failure. `detail`: the failure's."""

    issue: IssueRef
    rest: Rest
    addressee: Addressee
    pull_request: int | None = None
    web_url: str = ""
    draft: int | None = None
    detail: str = ""


def notice(view: NoticeView) -> str:
    """The new comment, its marker at its end."""
    return add_marker(
        f"{_address(view)}: {next_step(view)}{_unmentioned(view)}", notice_marker(view.issue, view.rest.key)
    )


def notice_done(issue: IssueRef, key: str, pull_request: int | None = None, web_url: str = "") -> str:
    """What the comment of that rest says once the task went on. It mentions no account."""
    word = word_of(key)
    match kind_of(word):
        case RestKind.REVIEW:
            what = f"{_pull(issue, pull_request, web_url)} waited for a review"
        case RestKind.GO:
            what = "this issue waited for `/go`"
        case RestKind.MERGE:
            what = "this issue waited for a merge"
        case RestKind.SETTINGS:
            what = "this issue waited for `.github/nightshift.yml` to be fixed"
        case RestKind.QUESTION:
            what = "Claude had questions about this issue"
        case RestKind.ANSWERED:
            what = "the answers to Claude's questions waited to be confirmed"
        case RestKind.FAILURE:
            what = f"this had failed with {code(word)}"
    return add_marker(f"No action is needed any more: {what}.", notice_marker(issue, key))


def next_step(view: NoticeView) -> str:
    """What the person can do, as a sentence with the line to type."""
    rest = view.rest
    match rest.kind:
        case RestKind.REVIEW:
            pull = _pull(view.issue, view.pull_request, view.web_url)
            return f"review {pull}. {FOR_CHANGES}"
        case RestKind.GO:
            why = remarks_clause(rest.remarks)
            step = "edit it so that this no longer holds, or comment `/go` to run it as it was approved"
            return f"this issue waits, because {why}. Next: {step}."
        case RestKind.MERGE:
            pulls = " and ".join(_link(view.issue, each, view.web_url) for each in rest.waits_for)
            return f"review and merge {pulls}. This issue waits for that."
        case RestKind.SETTINGS:
            named = "; ".join(code(each) for each in rest.mistakes)
            return (
                f"`.github/nightshift.yml` has mistakes, and no issue of this repository runs before they are fixed: "
                f"{named}. Next: fix it on the default branch; all issues then run without further commands."
            )
        case RestKind.QUESTION | RestKind.ANSWERED:
            return _questions(rest)
        case RestKind.FAILURE:
            kind = FailureKind(rest.word)
            what = f"this failed with {code(rest.word)}. {sentence_of_failed(kind)}"
            return f"{what} Next: {policy(kind).next_step}.{_fingerprints(view)}{_draft(view)}"


def _questions(rest: Rest) -> str:
    if rest.kind is RestKind.ANSWERED:
        return f"the questions about this issue are answered. Next: {CONFIRM_ANSWERS}."
    return f"Claude has questions about this issue. Next: {policy(FailureKind(rest.word)).next_step}."


def _fingerprints(view: NoticeView) -> str:
    """The lines to type after a false alarm. The details of other failures may be words of a session."""
    lines = [code(f"/allow {each}") for each in dict.fromkeys(_ALLOW.findall(view.detail))]
    is_offered = "/allow" in policy(FailureKind(view.rest.word)).next_step
    return f" Here that is {join_words(lines[:_MOST])}." if lines and is_offered else ""


def _draft(view: NoticeView) -> str:
    return f" What it made is in the draft {_pull(view.issue, view.draft, view.web_url)}." if view.draft else ""


def _address(view: NoticeView) -> str:
    if not view.addressee.login:
        return f"It is the turn of {_WHO[view.rest.turn]}"
    also = ", or the operator's" if view.rest.turn is Turn.OPERATOR else ""
    return f"@{view.addressee.login}, it is your turn{also}"


def _unmentioned(view: NoticeView) -> str:
    return f" No person is mentioned, because {view.addressee.why}." if not view.addressee.login else ""


def _pull(issue: IssueRef, number: int | None, web_url: str) -> str:
    return "the pull request" if number is None else _link(issue, IssueRef(issue.repository, number), web_url)


def _link(issue: IssueRef, pull: IssueRef, web_url: str) -> str:
    """A link to a pull request, short for one of the same repository. Without `web_url`, GitHub makes the link."""
    name = f"#{pull.number}" if pull.repository == issue.repository else str(pull)
    return f"[{name}]({web_url.rstrip('/')}/{pull.repository}/pull/{pull.number})" if web_url else name
