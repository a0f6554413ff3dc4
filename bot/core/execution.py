"""Where an attempt runs: what a control plane asks of an executor, and what it hears back.

The ledger decides what may run, and an executor only where. An order names its input by reference and holds no secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bot.core.references import IssueRef

Detail: TypeAlias = str | int | float | bool | None
_MOST_OF_NAME = 60
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


class ExecutorUnreachable(Exception):
    """The executor did not answer. Nothing is known of what it runs, so nothing may be taken for lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One attempt to carry out.

    `name`: unique for repository, issue, attempt and fence (`name_attempt`). `fence`: of the claim that gave it.
    `tags`: a host has to carry all of them; empty: any host may take it. `reference`: of the input document in object
    storage. `page`: the address of the task's page, for an executor that has pages too.
    """

    name: str
    fence: int
    tags: frozenset[str] = frozenset()
    reference: str
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """An attempt runs. `details`: how far it is (`turns`, `note`, `usd`), where that is known."""

    name: str
    at: datetime
    details: Mapping[str, Detail] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An attempt is over. `result`: the reference of what it came to. Without one, `why` is a sentence that says what
    happened; `lost`: its host or its process was lost, so that the attempt may be carried out again."""

    name: str
    result: str | None = None
    why: str = ""
    lost: bool = False


def name_attempt(issue: IssueRef, *, attempt: int, fence: int) -> str:
    """Fits the name of a file, of a branch and of a workflow. Two repositories whose names are cut to the same
    beginning differ in the fence, which is given once."""
    repository = _NOT_IN_NAMES.sub("-", issue.repository.replace("/", "."))[:_MOST_OF_NAME]
    return f"{repository}-{issue.number}-{attempt}-{fence}"
