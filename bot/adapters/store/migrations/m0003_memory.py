"""Moves each row of `memory` into the table that was made for its family of keys. Released: never changed.

A key of no known family, a value that is not of its family's form, and what belongs to a task that is not there go to
`leftovers`. An empty value meant "nothing" in most families, and makes no row there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, text

from bot.adapters.store.migrations.m0003_values import JSON_COLUMNS, fields, maybe_moment, moment, whole

Row = tuple[str, dict[str, Any]]
"""A table, and the columns of one row."""
_Read = Callable[["_Old", re.Match[str], str], Row | None]

_ISSUE = r"(?P<repository>[^#]+)#(?P<number>[0-9]+)"


class _Old:
    """The rows of before, and what they are compared with. `now`: the latest moment that the ledger knows."""

    def __init__(self, connection: Connection) -> None:
        self.rows: Mapping[str, str] = {row.key: row.value for row in connection.execute(text("SELECT * FROM memory"))}
        asked = "SELECT repository, number, id FROM tasks"
        self._tasks = {(repository, number): task for repository, number, task in connection.execute(text(asked))}
        self.task_ids = frozenset(self._tasks.values())
        self.now = connection.scalar(text("SELECT max(updated_at) FROM tasks")) or 0

    def task(self, match: re.Match[str]) -> int:
        """Raises KeyError where the issue has no task."""
        return int(self._tasks[match["repository"], int(match["number"])])

    def bookmark(self, key: str) -> dict[str, Any]:
        """Three rows made one bookmark. Raises KeyError or ValueError where they do not."""
        since = self.rows[key]
        newest = self.rows.get(f"newest of {key}") or since
        return {"since": moment(since), "etag": self.rows.get(f"tag of {key}", ""), "newest": moment(newest)}


def move_memory(connection: Connection) -> None:
    old = _Old(connection)
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for key, value in old.rows.items():
        for table, row in _rows(old, key, value):
            identity = json.dumps({name: row[name] for name in row if name in _KEYS[table]}, sort_keys=True)
            merged.setdefault((table, identity), {}).update(row)
    for (table, _), row in merged.items():
        _insert(connection, table, _DEFAULTS.get(table, {}) | row)


def _rows(old: _Old, key: str, value: str) -> list[Row]:
    for pattern, read in _FAMILIES.items():
        match = re.fullmatch(pattern, key)
        if match is None:
            continue
        try:
            row = read(old, match, value)
        except (ValueError, KeyError, TypeError, AttributeError):
            break
        rows = row if isinstance(row, list) else [row]
        return [each for each in rows if each is not None]
    return [("leftovers", {"key": key, "value": value})]


def _insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    columns, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    values = {name: json.dumps(value) if name in JSON_COLUMNS else value for name, value in row.items()}
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({marks})"), values)  # noqa: S608 - names from this module


def _issue(match: re.Match[str]) -> dict[str, Any]:
    return {"repository": match["repository"], "number": whole(match["number"])}


# -- families: what belongs to a task


def _status_comment(old: _Old, match: re.Match[str], value: str) -> Row | None:
    if not value:
        return None
    comment, digest = value.split(" ", 1)
    return "status_comments", {"task_id": old.task(match), "comment": whole(comment), "digest": digest}


def _publication(old: _Old, match: re.Match[str], value: str) -> Row | None:
    if not value:
        return None
    names = ("head", "replaces", "base", "title", "body", "summary", "approved")
    return "publications", {"task_id": old.task(match)} | fields(value, names)


def _push(old: _Old, match: re.Match[str], value: str) -> Row | None:
    return ("pushes", {"task_id": old.task(match), "head": value}) if value else None


def _kept_work(old: _Old, match: re.Match[str], value: str) -> Row | None:
    if not value:
        return None
    names = ("attempt", "base", "head", "session_id", "cost_usd")
    return "kept_work", {"task_id": old.task(match)} | fields(value, names, nullable={"head"})


def _patch(old: _Old, match: re.Match[str], value: str) -> Row | None:
    return "refused_patches", {"task_id": old.task(match), "attempt": whole(match["attempt"]), "patch": value}


# -- families: what was seen and said on GitHub


def _begun(_old: _Old, match: re.Match[str], value: str) -> Row | None:
    if not value:
        return None
    return "comments_begun", _issue(match) | {"marker": match["marker"], "begun_at": moment(value)}


def _labels(_old: _Old, match: re.Match[str], value: str) -> Row:
    shown = {"labels": None, "is_adding": True} if value == "?" else {"labels": value.split(), "is_adding": False}
    return "issues_shown", _issue(match) | shown


def _uncommented(_old: _Old, match: re.Match[str], value: str) -> Row:
    return "issues_shown", _issue(match) | {"is_uncommented": bool(value)}


def _edited(_old: _Old, match: re.Match[str], value: str) -> Row | None:
    return "issue_order", _issue(match) | {"edited_at": moment(value)}


def _stopped(_old: _Old, match: re.Match[str], value: str) -> Row | None:
    return "issue_order", _issue(match) | {"stopped_at": moment(value)}


def _commanded(_old: _Old, match: re.Match[str], value: str) -> Row | None:
    command, _, cancelled = value.partition(" ")
    return "issue_order", _issue(match) | {"command": whole(command), "cancelled_at": maybe_moment(cancelled)}


def _read_at(_old: _Old, match: re.Match[str], value: str) -> Row | None:
    return "issues_read", _issue(match) | {"updated_at": moment(value)}


def _bookmark(old: _Old, match: re.Match[str], _value: str) -> Row | None:
    place = {"repository": match["repository"], "listing": match["listing"]}
    return "bookmarks", place | old.bookmark(match[0])


def _of_bookmark(old: _Old, match: re.Match[str], _value: str) -> Row | None:
    old.bookmark(match["bookmark"])
    return None  # moved with its bookmark


def _pages(old: _Old, match: re.Match[str], value: str) -> Row | None:
    return "http_cache", {"url": match[0], "etag": "", "value": value, "at": old.now}


def _blocker(old: _Old, match: re.Match[str], value: str) -> Row | None:
    seen = {"etag": "", "value": value} if value == "unseen" else {"etag": value, "value": ""}
    return "http_cache", {"url": match[0], "at": old.now} | seen


def _command(old: _Old, match: re.Match[str], value: str) -> Row | None:
    return "commands_seen", {"comment": whole(match["comment"]), "repository": value, "at": old.now}


def _reply(old: _Old, match: re.Match[str], value: str) -> Row | None:
    return "replies", {"key": match["key"], "issue": value, "at": old.now}


def _label_made(_old: _Old, match: re.Match[str], _value: str) -> Row | None:
    return "labels_made", {"repository": match["repository"], "label": match["label"]}


def _baseline(_old: _Old, match: re.Match[str], value: str) -> Row | None:
    place = {"repository": match["repository"], "commands": match["commands"]}
    return "baselines", place | fields(value, ("base", "ran"))


def _hook(_old: _Old, match: re.Match[str], value: str) -> Row | None:
    return "hooks", {"repository": match["repository"], "number": whole(value)}


def _delivery_log(_old: _Old, match: re.Match[str], value: str) -> Row | None:
    read = fields(value, ("since", "tag", "asked"))
    columns = {"since": maybe_moment(read["since"]), "etag": read["tag"], "asked": read["asked"]}
    return "delivery_logs", {"path": match["path"]} | columns


# -- families: the queue


def _holding(old: _Old, _match: re.Match[str], value: str) -> Any:
    read = json.loads(value or "{}")
    state = {"served_at": maybe_moment(read.get("served")), "good_at": maybe_moment(read.get("good"))}
    held = [
        ("held_tasks", {"task_id": int(task), "at": moment(each["at"])} | _counts(each))
        for task, each in read.get("held", {}).items()
        if int(task) in old.task_ids  # one that is gone holds nothing up
    ]
    return [("queue_state", {"id": 1, "last_paused": whole(read.get("last") or 0)} | state), *held]


def _counts(held: Mapping[str, Any]) -> dict[str, int]:
    return {name: whole(held[name]) for name in ("streak", "counted")}


def _queue_shown(_old: _Old, _match: re.Match[str], value: str) -> Row | None:
    read = json.loads(value or "{}")
    after = read.get("after")
    shown = {"shown_reason": str(read.get("told") or ""), "shown_after": None if after is None else whole(after)}
    return "queue_state", {"id": 1} | shown


_FAMILIES: dict[str, Any] = {
    rf"comment:{_ISSUE}": _status_comment,
    rf"saying:{_ISSUE} (?P<marker>.+)": _begun,
    rf"label:{_ISSUE}": _labels,
    rf"uncommented:{_ISSUE}": _uncommented,
    rf"edited:{_ISSUE}": _edited,
    rf"stopped:{_ISSUE}": _stopped,
    rf"commanded:{_ISSUE}": _commanded,
    rf"looked:{_ISSUE}": _read_at,
    r"(?P<listing>issues|comments):(?P<repository>.+)": _bookmark,
    r"(?:tag|newest) of (?P<bookmark>(?:issues|comments):.+)": _of_bookmark,
    r"(?:labelled|pulls):.+": _pages,
    rf"blocker:{_ISSUE}": _blocker,
    r"command:(?P<comment>[0-9]+)": _command,
    r"(?s:reply:(?P<key>.+))": _reply,
    r"made:(?P<repository>[^ ]+) (?P<label>.+)": _label_made,
    rf"publication:{_ISSUE}": _publication,
    rf"pushing:{_ISSUE}": _push,
    rf"kept-work:{_ISSUE}": _kept_work,
    rf"patch:{_ISSUE}:(?P<attempt>[0-9]+)": _patch,
    r"baseline:(?P<repository>[^:]+):(?P<commands>[0-9a-f]+)": _baseline,
    r"queue:holding": _holding,
    r"queue:shown": _queue_shown,
    r"hook:(?P<repository>.+)": _hook,
    r"log:(?P<path>.+)": _delivery_log,
}

_KEYS = {
    **dict.fromkeys(("status_comments", "publications", "pushes", "kept_work", "held_tasks"), ("task_id",)),
    **dict.fromkeys(("issues_shown", "issue_order", "issues_read"), ("repository", "number")),
    "refused_patches": ("task_id", "attempt"),
    "comments_begun": ("repository", "number", "marker"),
    "bookmarks": ("repository", "listing"),
    "http_cache": ("url",),
    "commands_seen": ("comment",),
    "replies": ("key",),
    "labels_made": ("repository", "label"),
    "baselines": ("repository", "commands"),
    "hooks": ("repository",),
    "delivery_logs": ("path",),
    "queue_state": ("id",),
    "leftovers": ("key",),
}

# Two families meet in each of these tables, and either may be missing.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "issues_shown": {"labels": None, "is_adding": False, "is_uncommented": False},
    "issue_order": {"edited_at": None, "stopped_at": None, "command": 0, "cancelled_at": None},
    "queue_state": {"served_at": None, "good_at": None, "last_paused": 0, "shown_reason": "", "shown_after": None},
}
