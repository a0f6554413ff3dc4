"""A repository's own `.github/nightshift.yml`, as it is on the base branch: what a session can never change.

It adds protections and refusals, and says which commands set up a checkout and which verify a change. What it names
under `flagged` is published though Nightshift protects it, and people are asked to look at it first; FIXED paths stay
protected whatever it says. All mistakes are reported together, each by its name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Iterable
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from bot.core.globs import covers, is_glob
from bot.core.pressure import MAX_OPEN_PULL_REQUESTS
from bot.core.protected import FIXED, FIXED_EXAMPLES
from bot.core.registries import is_host
from bot.core.reviewers import PullRequestSettings
from bot.core.turns import is_login

FILE = ".github/nightshift.yml"
LARGEST = 65536  # bytes
_MOST = 200  # entries of a list
_AGE = re.compile(r"(\d{1,4})([dh])")
_TEAM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_TEAMS = "; a team can be a reviewer, and not be assigned"
_UNITS = {"d": "days", "h": "hours"}

_TYPES = {
    "model_type": "expected a mapping of names to values",
    "tuple_type": "expected a list",
    "string_type": "expected text (put it in quotes)",
    "int_type": "expected a whole number",
    "bool_type": "expected true or false",
    "missing": "is missing",
}


class RepositorySettingsWrong(Exception):
    """Every mistake in the file, one to a line: where it is, what is wrong, what was expected."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


def _glob(value: str) -> str:
    if not is_glob(value):
        raise ValueError("expected a path or a glob such as `deploy/**`; nothing can be unprotected with `!`")
    return value


def _check_flagged(value: str) -> str:
    """A glob that names nothing FIXED, neither one of its files nor a folder around it."""
    plain = value.strip("/")
    fixed = next((path for path in FIXED_EXAMPLES if covers(value, path)), None)
    fixed = fixed or next((pattern for pattern in FIXED if covers(pattern, plain, may_be_link=False)), None)
    if fixed is not None:
        raise ValueError(f"`{value}` covers `{fixed.strip('/')}`, which cannot be downgraded; name single paths")
    return value


def _command(value: str) -> str:
    if not value.strip() or "\0" in value:
        raise ValueError("expected a shell command such as `npm test`")
    return value.strip()


def _host(value: str) -> str:
    if not is_host(value):
        raise ValueError("expected the name of a host such as `maven.example.org`, or `maven.example.org:8443`")
    return value.lower()


def _age(value: object) -> timedelta:
    found = _AGE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("expected an age such as `3d` or `12h`; `0d` is none")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _login(value: str) -> str:
    if not is_login(value):
        raise ValueError(f"expected a login such as `octocat`, without `@`{_TEAMS if '/' in value else ''}")
    return value


def _reviewer(value: str) -> str:
    owner, slash, team = value.partition("/")
    if not (is_login(owner) and (_TEAM.fullmatch(team) if slash else True)):
        raise ValueError("expected a login such as `octocat`, or a team such as `octo-org/maintainers`, without `@`")
    return value


def _label(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("expected the name of a label")
    return value.strip()


Login = Annotated[str, StringConstraints(max_length=100), AfterValidator(_login)]
Reviewer = Annotated[str, StringConstraints(max_length=201), AfterValidator(_reviewer)]
LabelName = Annotated[str, StringConstraints(max_length=50), AfterValidator(_label)]
Glob = Annotated[str, StringConstraints(max_length=500), AfterValidator(_glob)]
FlaggedGlob = Annotated[Glob, AfterValidator(_check_flagged)]
Command = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_command)]
Program = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.+-]{1,100}$")]
Words = Annotated[str, StringConstraints(max_length=500)]
Host = Annotated[str, StringConstraints(max_length=260), AfterValidator(_host)]
Age = Annotated[timedelta, BeforeValidator(_age)]
Minutes = Annotated[float, Field(ge=0.05, le=1440, strict=False)]
Service = Literal["postgresql", "redis", "mysql"]


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

    command: Annotated[Words, AfterValidator(_command)]
    reason: Words = ""
    instead: Words = ""


class GateAdditions(_Part):
    """What the gate refuses besides, and programs that it may let pass where its own rules can be lifted."""

    refuse: tuple[Refusal, ...] = Field(default=(), max_length=_MOST)
    allow: tuple[Program, ...] = Field(default=(), max_length=_MOST)


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: the last one would silently replace the first, and what it protects."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"`{key.value}` stands there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class RepositorySettings(_Part):
    """`verify` and `setup` None: they are detected. An empty list: there are none. `network`: hosts that may be reached
    while a checkout is set up, besides the registries of its languages. `packages_older_than`: younger versions are not
    installed, unless a lockfile pins them. `submodules`: paths of those that are checked out though another account
    owns them. `mirror_dependencies`: whether `blocked by` in a text becomes GitHub's relation.
    `max_open_pull_requests`: how many of the bot's may wait for people before it starts no further task. `lint`:
    whether remarks on an issue are said before it runs; `strict`: whether it then waits. `assignees`, `reviewers`,
    `labels` and `draft`: of the bot's pull requests."""

    protected: tuple[Glob, ...] = Field(default=(), max_length=_MOST)
    flagged: tuple[FlaggedGlob, ...] = Field(default=(), max_length=_MOST)
    setup: tuple[Command, ...] | None = Field(default=None, max_length=20)
    network: tuple[Host, ...] = Field(default=(), max_length=_MOST)
    packages_older_than: Age = timedelta(days=3)
    services: tuple[Service, ...] = Field(default=(), max_length=3)
    submodules: tuple[Glob, ...] = Field(default=(), max_length=_MOST)
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
    if len(content) > LARGEST:
        raise RepositorySettingsWrong([f"it is larger than {LARGEST:,} bytes"])
    try:
        document = yaml.load(content, _Loader)  # noqa: S506 - it is a safe loader
        return RepositorySettings.model_validate(_as_read({} if document is None else document))
    except ValidationError as error:
        raise RepositorySettingsWrong([_sentence(each) for each in error.errors()]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RepositorySettingsWrong([f"it is no valid YAML: {_where(error)}"]) from None


def _as_read(value: object, depth: int = 4) -> object:
    """YAML's lists as the tuples that a strict model takes; no deeper than the model is."""
    if isinstance(value, list) and depth:
        return tuple(_as_read(item, depth - 1) for item in value)
    if isinstance(value, dict) and depth:
        return {str(key): _as_read(item, depth - 1) for key, item in value.items()}
    return value


def _sentence(error: Any) -> str:
    location = error["loc"]
    name = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    if error["type"] == "extra_forbidden":
        return f"{name}: there is no such key; {_suggestion(location)}"
    message = _TYPES.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    return f"{name or 'the file'}: {message[0].lower()}{message[1:]}"


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


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    return f"line {mark.line + 1}: {problem}" if mark is not None else str(problem)
