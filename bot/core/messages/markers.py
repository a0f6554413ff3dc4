"""The hidden markers by which the bot finds its own comments again, so that it never posts a message twice.

A marker is at the very end. Quoted words cannot contain one (`quoting`). A caller that reads a marker must check the
author of the comment too: any person can type a marker into a comment.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from bot.core.references import IssueRef

STATUS_MARKER = "<!-- nightshift:status "
_VERDICT_MARKER = "<!-- nightshift:verdict "

_OURS = re.compile(r"<!-- nightshift:[a-z-]+ [^<>]* -->\s*\Z")
_REPLY = re.compile(r"<!-- nightshift:reply ([^<>\s]+) -->\s*\Z")
_NOTICE = re.compile(r"<!-- nightshift:notice ([^<>\s]+) -->\s*\Z")
_DIGEST = re.compile(r"<!-- nightshift:digest ([^<>\s]+) -->\s*\Z")
_VERDICT = re.compile(rf"{re.escape(_VERDICT_MARKER)}([^<>]*) -->\s*<!-- nightshift:pull-request [^<>]* -->\s*\Z")
_RECORD = re.compile(rf"{re.escape(STATUS_MARKER)}([^<>]*) -->\s*\Z")


def add_marker(body: str, marker: str) -> str:
    """`body` with a hidden marker under it."""
    return f"{body.rstrip()}\n\n{marker}"


def text_digest(body: str) -> str:
    """By which is known, without its text, what a comment or an issue shows."""
    return hashlib.sha256(body.encode()).hexdigest()


def is_ours(body: str) -> bool:
    """Whether a text ends in one of the bot's markers."""
    return _OURS.search(body[body.rfind("<!-- ") :] if "<!-- " in body else "") is not None


def reply_marker(key: str) -> str:
    """The marker of one answer; the same key means the same answer."""
    return f"<!-- nightshift:reply {_spelled(key)} -->"


def read_reply_key(body: str) -> str | None:
    """The key of the answer in this comment; None if it is no answer."""
    match = _REPLY.search(body, max(body.rfind("<!-- nightshift:reply "), 0))
    return unquote(match[1]) if match else None


def notice_marker(issue: IssueRef, rest: str) -> str:
    """The marker of the comment that notifies a person of this rest of the issue's task."""
    return f"<!-- nightshift:notice {_spelled(f'{issue}/{rest}')} -->"


def read_notice(body: str, issue: IssueRef) -> str | None:
    """The rest of which this comment notifies; None if it is no notice of this issue."""
    match = _NOTICE.search(body, max(body.rfind("<!-- nightshift:notice "), 0))
    key = unquote(match[1]) if match else ""
    return key.removeprefix(f"{issue}/") if key.startswith(f"{issue}/") else None


def digest_marker(begins: datetime) -> str:
    """The marker of the issue about the night that began then."""
    return f"<!-- nightshift:digest {_spelled(begins.astimezone(UTC).isoformat())} -->"


def read_digest_night(body: str) -> datetime | None:
    """When the night began that this issue is about; None if it is no digest."""
    match = _DIGEST.search(body, max(body.rfind("<!-- nightshift:digest "), 0))
    try:
        night = datetime.fromisoformat(unquote(match[1])) if match else None
    except ValueError:
        return None
    return night if night is not None and night.tzinfo is not None else None


def pull_request_marker(issue: IssueRef) -> str:
    """The marker of the pull request for an issue."""
    return f"<!-- nightshift:pull-request {_spelled(str(issue))} -->"


def verdict_marker(verdict: dict[str, Any]) -> str:
    """The hidden block above a pull request's marker."""
    return f"{_VERDICT_MARKER}{_hidden_json(verdict)} -->"


def read_verdict(body: str) -> dict[str, Any] | None:
    """The verdict in a pull request's hidden block; None if there is none or it was damaged."""
    match = _VERDICT.search(body, max(body.rfind(_VERDICT_MARKER), 0))
    return None if match is None else _object(match[1])


def status_marker(record: dict[str, Any]) -> str:
    """The hidden block of the status comment."""
    return f"{STATUS_MARKER}{_hidden_json(record)} -->"


def _hidden_json(record: dict[str, Any]) -> str:
    """Two dashes would end an HTML comment, so JSON spells the second out."""
    text = json.dumps(record, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return text.replace("--", "-\\u002d").replace("<", "\\u003c").replace(">", "\\u003e")


def read_status(body: str) -> dict[str, Any] | None:
    """The record in the status comment's hidden block; None if there is none or it was damaged."""
    match = _RECORD.search(body, max(body.rfind(STATUS_MARKER), 0))
    return None if match is None else _object(match[1])


def _object(text: str) -> dict[str, Any] | None:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):  # nested brackets, as deep as a comment is long
        return None
    return record if isinstance(record, dict) else None


def _spelled(key: str) -> str:
    return quote(key, safe=":/#").replace("--", "-%2D")
