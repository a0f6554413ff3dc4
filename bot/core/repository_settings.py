"""A repository's own `.github/nightshift.yml`, as it is on the base branch: what a session can never change.

It adds protections and refusals, and says which commands set up a checkout and which verify a change. What it names
under `flagged` is published though Nightshift protects it, and people are asked to look at it first; FIXED paths stay
protected whatever it says. All mistakes are reported together, each by its name.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.core.expected import say_expected
from bot.core.pressure import MAX_OPEN_PULL_REQUESTS
from bot.core.reviewers import PullRequestSettings
from bot.core.settings_document import Document, Mistake, NotRead, read_document
from bot.core.settings_values import (
    Age,
    Command,
    FirstWords,
    FlaggedGlob,
    Glob,
    Host,
    HostTag,
    LabelName,
    Login,
    Minutes,
    Program,
    Reviewer,
    Service,
    Words,
)
from bot.core.task_queues import MOST_TAGS
from bot.core.untrusted import one_line

FILE = ".github/nightshift.yml"
_MOST = 200  # entries of a list


class RepositorySettingsWrong(Exception):
    """Every mistake in the file, in the order of its lines: where it is, what is wrong, what was expected."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, mistakes)))


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class RepositoryLimits(_Part):
    """The largest change that is published: `bytes` counts what all of its commits add. And how long commands may take:
    one check, all checks on one commit, the whole set-up, and one command of a session."""

    files: int = Field(default=100, ge=1, le=3000)
    lines: int = Field(default=3000, ge=1, le=200_000)
    bytes: int = Field(default=2_000_000, ge=1, le=50_000_000)
    check_minutes: Minutes = 15
    checks_minutes: Minutes = 60
    setup_minutes: Minutes = 30
    command_minutes: Minutes = 10


class Refusal(_Part):
    """A command line that begins with these words is refused."""

    command: FirstWords
    reason: Words = ""
    instead: Words = ""


class GateAdditions(_Part):
    """What the gate refuses besides, and programs that it may let pass where its own rules can be lifted."""

    refuse: tuple[Refusal, ...] = Field(default=(), max_length=_MOST)
    allow: tuple[Program, ...] = Field(default=(), max_length=_MOST)


class RepositorySettings(_Part):
    """`verify` and `setup` None: they are detected. An empty list: there are none. `network`: hosts that may be reached
    while a checkout is set up, besides the registries of its languages. `packages_older_than`: younger versions are not
    installed, unless a lockfile pins them. `submodules`: paths of those that are checked out though another account
    owns them. `runs_on`: what a host of a fleet has to be. `claim_branch`: whether the branch is there from the start
    of an attempt.
    `dependencies`: whether tasks build on the open pull requests of their blockers, or wait for the merge.
    `mirror_dependencies`: whether `blocked by` in a text becomes GitHub's relation.
    `max_open_pull_requests`: how many of the bot's may wait for people before it starts no further task. `lint`:
    whether remarks on an issue are said before it runs; `strict`: whether it then waits. `assignees`, `reviewers`,
    `labels` and `draft`: of the bot's pull requests. `sign_off`: whether its commits are signed off."""

    protected: tuple[Glob, ...] = Field(default=(), max_length=_MOST)
    flagged: tuple[FlaggedGlob, ...] = Field(default=(), max_length=_MOST)
    setup: tuple[Command, ...] | None = Field(default=None, max_length=20)
    network: tuple[Host, ...] = Field(default=(), max_length=_MOST)
    packages_older_than: Age = timedelta(days=3)
    services: tuple[Service, ...] = Field(default=(), max_length=3)
    submodules: tuple[Glob, ...] = Field(default=(), max_length=_MOST)
    claim_branch: bool = False
    runs_on: tuple[HostTag, ...] = Field(default=(), max_length=MOST_TAGS)
    dependencies: Literal["stack", "merge"] = "stack"
    mirror_dependencies: bool = False
    max_open_pull_requests: int = Field(default=MAX_OPEN_PULL_REQUESTS, ge=1, le=1000)
    verify: tuple[Command, ...] | None = Field(default=None, max_length=20)
    limits: RepositoryLimits = RepositoryLimits()
    gate: GateAdditions = GateAdditions()
    lint: bool = True
    strict: bool = False
    assignees: tuple[Login, ...] = Field(default=(), max_length=10)
    reviewers: tuple[Reviewer, ...] = Field(default=(), max_length=15)
    labels: tuple[LabelName, ...] = Field(default=(), max_length=20)
    draft: bool = False
    sign_off: bool = False

    @model_validator(mode="after")
    def _is_strict_about_something(self) -> Self:
        if self.strict and not self.lint:
            raise ValueError("`strict: true` waits for what `lint: false` turns off; remove one of the two")
        return self

    @property
    def pull_requests(self) -> PullRequestSettings:
        return PullRequestSettings(
            assignees=self.assignees, reviewers=self.reviewers, labels=self.labels, draft=self.draft
        )

    @property
    def policy(self) -> dict[str, Any] | None:
        """The gate's additions as its server reads them; None where there are none."""
        if self.gate == GateAdditions():
            return None
        refuse = [refusal.model_dump(exclude_defaults=True) for refusal in self.gate.refuse]
        return {"refuse": refuse, "allow": list(self.gate.allow)}

    def policy_with(self, *, registries: Iterable[str], set_up: Iterable[str]) -> dict[str, Any] | None:
        """As `policy`, with the registries that the session reaches and the commands of the set-up."""
        more = {"registries": sorted(registries), "setup": sorted(set_up)}
        return {**(self.policy or {}), **{name: value for name, value in more.items() if value}} or None


def read_repository_settings(content: bytes | None) -> RepositorySettings:
    """The settings that a file's bytes hold; None is no file. Raises RepositorySettingsWrong."""
    if content is None:
        return RepositorySettings()
    try:
        document = read_document(content)
    except NotRead as error:
        raise RepositorySettingsWrong([error.mistake]) from None
    mistakes = list(document.doubled)
    try:
        settings = RepositorySettings.model_validate(_as_read({} if document.value is None else document.value))
    except ValidationError as error:
        mistakes += [_mistake(each, document) for each in error.errors()]
    if mistakes:
        raise RepositorySettingsWrong(sorted(mistakes, key=lambda each: each.line or 0))
    return settings


def _as_read(value: object, depth: int = 4) -> object:
    """YAML's lists as the tuples that a strict model takes; no deeper than the model is."""
    if isinstance(value, list) and depth:
        return tuple(_as_read(item, depth - 1) for item in value)
    if isinstance(value, dict) and depth:
        return {str(key): _as_read(item, depth - 1) for key, item in value.items()}
    return value


def _mistake(error: Any, document: Document) -> Mistake:
    place = error["loc"]
    key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{one_line(part)}" for part in place).lstrip(".")
    is_unknown = error["type"] == "extra_forbidden"
    says = f"there is no such key; {_suggestion(place)}" if is_unknown else say_expected(error)
    return Mistake(key=key or "the file", line=document.line_of(place), says=says)


def _suggestion(location: tuple[int | str, ...]) -> str:
    known = _keys(location[:-1])
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"expected one of {', '.join(f'`{key}`' for key in known)}"


def _keys(place: tuple[int | str, ...]) -> list[str]:
    """The keys that are known at a place in the file."""
    models: dict[str, type[_Part]] = {
        "": RepositorySettings,
        "limits": RepositoryLimits,
        "gate": GateAdditions,
        "refuse": Refusal,
    }
    names = [part for part in place if isinstance(part, str)]
    return list(models[names[-1] if names else ""].model_fields)
