"""Every sentence that the bot says on GitHub, each a function that returns Markdown.

The hidden tags under the sentences let the bot find its own words again (`tags`); other people's words inside of them
are made inert first (`quoting`).
"""

from __future__ import annotations

from bot.core.messages.pull_request import PullRequestView, pull_request_body, pull_request_title
from bot.core.messages.replies import (
    cannot_retry,
    help_text,
    mistyped,
    night_is_paid,
    not_permitted,
    nothing_to_cancel,
    outside_window,
    paused,
    paused_by_label,
    paused_by_person,
    status_reply,
    token_refused,
)
from bot.core.messages.status import StatusView, headline, snapshot_digest, status_comment, status_record
from bot.core.messages.tags import (
    STATUS_TAG,
    has_reply_tag,
    is_ours,
    pull_request_tag,
    read_reply_key,
    read_status,
    reply_tag,
    tagged,
)

__all__ = [
    "STATUS_TAG",
    "PullRequestView",
    "StatusView",
    "cannot_retry",
    "has_reply_tag",
    "headline",
    "help_text",
    "is_ours",
    "mistyped",
    "night_is_paid",
    "not_permitted",
    "nothing_to_cancel",
    "outside_window",
    "paused",
    "paused_by_label",
    "paused_by_person",
    "pull_request_body",
    "pull_request_tag",
    "pull_request_title",
    "read_reply_key",
    "read_status",
    "reply_tag",
    "snapshot_digest",
    "status_comment",
    "status_record",
    "status_reply",
    "tagged",
    "token_refused",
]
