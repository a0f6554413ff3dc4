"""The hidden tags by which the bot finds its own comments again, so that it never posts a message twice.

A tag is at the very end. Quoted words cannot contain one (`quoting`). A caller that reads a tag must check the author
of the comment too: any person can type a tag into a comment.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, unquote

from bot.core.references import IssueRef

STATUS_TAG = "<!-- nightshift:status "

_OURS = re.compile(r"<!-- nightshift:[a-z-]+ [^<>]* -->\s*\Z")
_REPLY = re.compile(r"<!-- nightshift:reply ([^<>\s]+) -->\s*\Z")
_RECORD = re.compile(rf"{re.escape(STATUS_TAG)}([^<>]*) -->\s*\Z")


def tagged(body: str, tag: str) -> str:
    """`body` with a hidden tag under it."""
    return f"{body.rstrip()}\n\n{tag}"


def is_ours(body: str) -> bool:
    """Whether a text ends in one of the bot's tags."""
    return _OURS.search(body[body.rfind("<!-- ") :] if "<!-- " in body else "") is not None


def reply_tag(key: str) -> str:
    """The tag of one answer; the same key means the same answer."""
    return f"<!-- nightshift:reply {_spelled(key)} -->"


def read_reply_key(body: str) -> str | None:
    """The key of the answer in this comment; None if it is no answer."""
    match = _REPLY.search(body, max(body.rfind("<!-- nightshift:reply "), 0))
    return unquote(match[1]) if match else None


def pull_request_tag(issue: IssueRef) -> str:
    """The tag of the pull request for an issue."""
    return f"<!-- nightshift:pull-request {_spelled(str(issue))} -->"


def status_tag(record: dict[str, Any]) -> str:
    """The hidden block of the status comment. Two dashes would end an HTML comment, so JSON spells the second out."""
    text = json.dumps(record, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    text = text.replace("--", "-\\u002d").replace("<", "\\u003c").replace(">", "\\u003e")
    return f"{STATUS_TAG}{text} -->"


def read_status(body: str) -> dict[str, Any] | None:
    """The record in the status comment's hidden block; None if there is none or it was damaged."""
    match = _RECORD.search(body, max(body.rfind(STATUS_TAG), 0))
    if match is None:
        return None
    try:
        record = json.loads(match[1])
    except (ValueError, RecursionError):  # nested brackets, as deep as a comment is long
        return None
    return record if isinstance(record, dict) else None


def _spelled(key: str) -> str:
    return quote(key, safe=":/#").replace("--", "-%2D")
