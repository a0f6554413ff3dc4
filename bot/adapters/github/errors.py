"""One error for everything that GitHub or the way to it can do to us."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus

import requests
from github import BadAttributeException, GithubException, RateLimitExceededException

from bot.adapters.github.no_answer import why_no_answer

_UNPROCESSABLE = 422
_GONE = frozenset({404, 410, 451})
_LIMITED = frozenset({403, 429})
_PASSING = frozenset({307, 401})
_DEFAULT_WAIT = 60.0
UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    AssertionError,
)  # PyGithub asserts types


class Barrier(Enum):
    """What closes an account or an organization to a token that is good. The values are GitHub's words for it."""

    SINGLE_SIGN_ON = "saml"
    ALLOW_LIST = "ip allow list"
    SUSPENDED = "account was suspended"


@dataclass(eq=False)
class GitHubFailed(Exception):
    """`status` is None if no answer came: a write may or may not have happened.

    `retry_after`: seconds that GitHub asks us to wait, where it does. `message` is GitHub's own, without tokens.
    `at`: GitHub's clock with the answer, as far as it said so.
    `early`: the token was made a moment ago, and GitHub may not know it everywhere yet.
    """

    status: int | None
    message: str
    retry_after: float | None = None
    early: bool = False
    at: datetime | None = None

    def __str__(self) -> str:
        return f"GitHub answered {self.status}: {self.message}" if self.status else f"no answer: {self.message}"

    @property
    def gone(self) -> bool:
        return self.status in _GONE

    @property
    def barrier(self) -> Barrier | None:
        words = self.message.lower() if self.status == HTTPStatus.FORBIDDEN else ""
        return next((each for each in Barrier if each.value in words), None)

    @property
    def refuses_drafts(self) -> bool:
        """Whether the repository has no draft pull requests, as private ones of free accounts (SWE-agent#179)."""
        return self.status == _UNPROCESSABLE and "draft pull requests are not supported" in self.message.lower()

    @property
    def refuses_base(self) -> bool:
        """Whether a pull request names a base branch that is not there."""
        return self.status == _UNPROCESSABLE and "'field': 'base'" in self.message

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed later: the token is renewed, or the new name of a repository is used."""
        again = self.status is None or self.status >= 500 or self.status in _PASSING  # noqa: PLR2004
        return again or self.early or self.retry_after is not None


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn PyGithub's and requests' exceptions into GitHubFailed."""
    try:
        yield
    except GithubException as error:
        raise refusal_of(error) from None
    except requests.exceptions.RequestException as error:
        raise GitHubFailed(None, why_no_answer(error)) from None
    except (BadAttributeException, RuntimeError, *UNREADABLE) as error:  # PyGithub's for a redirect to another host
        raise unreadable(error) from error


def refusal_of(error: GithubException, *, early: bool = False) -> GitHubFailed:
    return GitHubFailed(error.status, _message(error), _wait(error), early=early, at=_date(error))


def unreadable(error: Exception) -> GitHubFailed:
    """Cut short, a proxy's page, or not what GitHub describes."""
    return GitHubFailed(None, f"an answer that cannot be read ({type(error).__name__}: {error})"[:300])


def _message(error: GithubException) -> str:
    data = error.data
    if not isinstance(data, Mapping):
        return str(data or error.message or "")[:500]
    parts = [str(data.get("message", ""))]
    details = data.get("errors")
    for detail in details if isinstance(details, list) else ():
        parts.append(str(detail.get("message", detail)) if isinstance(detail, Mapping) else str(detail))
    return "; ".join(part for part in parts if part)[:500]


def _wait(error: GithubException) -> float | None:
    """Seconds to wait: what `Retry-After` says, else until the limit's reset, else a minute for any other limit.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
    """
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    named = headers.get("retry-after", "")
    if _is_number(named):
        return float(named)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and _is_number(reset) and error.status in _LIMITED:
        return max(float(reset) - _its_time(headers.get("date", "")) + 1, 1.0)  # it is not said when within that second
    limited = error.status == 429 or isinstance(error, RateLimitExceededException)  # noqa: PLR2004
    return _DEFAULT_WAIT if limited else None


def _date(error: GithubException) -> datetime | None:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    try:
        return parsedate_to_datetime(headers["date"]).replace(tzinfo=UTC)  # HTTP dates are always in GMT
    except (KeyError, ValueError):
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _its_time(date: str) -> float:
    """GitHub's clock, by which it tells the reset: ours may be wrong."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return time.time()
