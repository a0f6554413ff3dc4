"""The values that `.github/nightshift.yml` may hold, each with what was expected and its pattern in JSON Schema."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from bot.core.globs import covers, is_glob
from bot.core.protected import FIXED, FIXED_EXAMPLES
from bot.core.registries import HOST, is_host
from bot.core.task_queues import TAG, is_tag
from bot.core.turns import LOGIN, is_login

_AGE = "([0-9]{1,4})([dh])"
_TEAM = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
_PROGRAM = "[A-Za-z0-9_.+-]{1,100}"
_TEAMS = "; a team can be a reviewer, and not be assigned"
_UNITS = {"d": "days", "h": "hours"}

# As far as a pattern can say what the functions below check; ECMA's and Python's dialects agree on these.
_CONTROL = r"\u0000-\u001f\u007f"
_OF_GLOB = rf"^(?!!)[^{_CONTROL}]*[^ /{_CONTROL}][^{_CONTROL}]*$"
_OF_COMMAND = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
_OF_LABEL = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"


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
    found = re.fullmatch(_AGE, value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("expected an age such as `3d` or `12h`; `0d` is none")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _login(value: str) -> str:
    if not is_login(value):
        raise ValueError(f"expected a login such as `octocat`, without `@`{_TEAMS if '/' in value else ''}")
    return value


def _reviewer(value: str) -> str:
    owner, slash, team = value.partition("/")
    if not (is_login(owner) and (re.fullmatch(_TEAM, team) if slash else True)):
        raise ValueError("expected a login such as `octocat`, or a team such as `octo-org/maintainers`, without `@`")
    return value


def _label(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("expected the name of a label")
    return value.strip()


def _program(value: str) -> str:
    if not re.fullmatch(_PROGRAM, value):
        raise ValueError("expected the name of a program or a package such as `docker`")
    return value


def _tag(value: str) -> str:
    if not is_tag(value):
        raise ValueError("expected what a host can be, such as `gpu`: small letters, digits, `-`, `_` and `.`")
    return value


def _in_schema(pattern: str) -> Any:
    return Field(json_schema_extra={"pattern": pattern})


Login = Annotated[str, StringConstraints(max_length=100), AfterValidator(_login), _in_schema(f"^{LOGIN}$")]
Reviewer = Annotated[
    str, StringConstraints(max_length=201), AfterValidator(_reviewer), _in_schema(f"^{LOGIN}(?:/{_TEAM})?$")
]
LabelName = Annotated[str, StringConstraints(max_length=50), AfterValidator(_label), _in_schema(_OF_LABEL)]
Glob = Annotated[str, StringConstraints(max_length=500), AfterValidator(_glob), _in_schema(_OF_GLOB)]
FlaggedGlob = Annotated[Glob, AfterValidator(_check_flagged)]
Command = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_command), _in_schema(_OF_COMMAND)]
Program = Annotated[str, AfterValidator(_program), _in_schema(f"^{_PROGRAM}$")]
HostTag = Annotated[str, StringConstraints(max_length=30), AfterValidator(_tag), _in_schema(f"^{TAG}$")]
Words = Annotated[str, StringConstraints(max_length=500)]
FirstWords = Annotated[Words, AfterValidator(_command), _in_schema(_OF_COMMAND)]
Host = Annotated[str, StringConstraints(max_length=260), AfterValidator(_host), _in_schema(f"^{HOST}$")]
Age = Annotated[timedelta, BeforeValidator(_age), WithJsonSchema({"type": "string", "pattern": f"^{_AGE}$"})]
Minutes = Annotated[float, Field(ge=0.05, le=1440)]
Service = Literal["postgresql", "redis", "mysql"]
