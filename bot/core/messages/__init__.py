"""Every sentence that the bot writes on GitHub, each a function that returns Markdown. `docs/messages.md` shows them.

By the hidden tags under them the bot recognizes its comments (`tags`). Other people's words in them are made inert
first (`quoting`).
"""

from __future__ import annotations

from bot.core.messages.check_run import pressed, pressed_in_vain, pressed_late
from bot.core.messages.key_facts import KeyFacts
from bot.core.messages.notices import NoticeView, next_step, notice, notice_done
from bot.core.messages.pressure import conflict_line, with_conflicts
from bot.core.messages.pull_request import (
    PullRequestView,
    leftovers_commit,
    pull_request_body,
    pull_request_title,
)
from bot.core.messages.repaired import conflict_remains, rebased, repair_failed, repaired, repairs_are_used_up
from bot.core.messages.replies import (
    budget_is_spent,
    cannot_retry,
    cannot_revise,
    edited_since,
    help_text,
    mistyped,
    needs_confirmation,
    no_pull_request,
    not_our_pull_request,
    not_permitted,
    not_permitted_here,
    not_read,
    nothing_at_work,
    nothing_said,
    nothing_to_cancel,
    nothing_to_go,
    outside_window,
    paused,
    paused_by_label,
    paused_by_person,
    repository_budget_is_spent,
    revising,
    said_too_much,
    said_too_often,
    status_reply,
    token_refused,
)
from bot.core.messages.revised import revised, revision_failed, revision_stopped, thread_answer
from bot.core.messages.status import StatusView, fetching, headline, status_comment
from bot.core.messages.status_record import status_record
from bot.core.messages.tags import (
    STATUS_TAG,
    add_tag,
    is_ours,
    notice_tag,
    pull_request_tag,
    read_notice,
    read_reply_key,
    read_status,
    read_verdict,
    reply_tag,
)
from bot.core.messages.verdict import add_no_drafts, add_still_draft, add_wanted_draft, add_was_open

__all__ = [
    "STATUS_TAG",
    "KeyFacts",
    "NoticeView",
    "PullRequestView",
    "StatusView",
    "add_no_drafts",
    "add_still_draft",
    "add_tag",
    "add_wanted_draft",
    "add_was_open",
    "budget_is_spent",
    "cannot_retry",
    "cannot_revise",
    "conflict_line",
    "conflict_remains",
    "edited_since",
    "fetching",
    "headline",
    "help_text",
    "is_ours",
    "leftovers_commit",
    "mistyped",
    "needs_confirmation",
    "next_step",
    "no_pull_request",
    "not_our_pull_request",
    "not_permitted",
    "not_permitted_here",
    "not_read",
    "nothing_at_work",
    "nothing_said",
    "nothing_to_cancel",
    "nothing_to_go",
    "notice",
    "notice_done",
    "notice_tag",
    "outside_window",
    "paused",
    "paused_by_label",
    "paused_by_person",
    "pressed",
    "pressed_in_vain",
    "pressed_late",
    "pull_request_body",
    "pull_request_tag",
    "pull_request_title",
    "read_notice",
    "read_reply_key",
    "read_status",
    "read_verdict",
    "rebased",
    "repair_failed",
    "repaired",
    "repairs_are_used_up",
    "reply_tag",
    "repository_budget_is_spent",
    "revised",
    "revising",
    "revision_failed",
    "revision_stopped",
    "said_too_much",
    "said_too_often",
    "status_comment",
    "status_record",
    "status_reply",
    "thread_answer",
    "token_refused",
    "with_conflicts",
]
