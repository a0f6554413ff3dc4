"""PyGithub's client as Nightshift uses it: what it repeats, and how long it waits."""

from __future__ import annotations

import logging
from collections.abc import Callable

from github import Auth, Github
from urllib3 import Retry

from bot.adapters.github.conditional import PER_PAGE
from bot.adapters.github.redirects import follow_redirects

# PyGithub prints response bodies at DEBUG, the one with the installation token too (measured with 2.10.0).
logging.getLogger("github").setLevel(logging.WARNING)

TIMEOUT_SECONDS = 15
_API_VERSION = "2022-11-28"


def retry_reads() -> Retry:
    """Only reads are repeated, and only where GitHub itself failed: PyGithub's default repeats a POST after a timeout,
    which doubles a comment, and waits out a limit in the only thread that talks to GitHub (`pacing` does that); both
    were measured with PyGithub 2.10.0."""
    return Retry(
        total=3,
        backoff_factor=0.5,
        status_forcelist=(500, 502, 503, 504),
        allowed_methods={"GET", "HEAD"},
        respect_retry_after_header=False,
        raise_on_status=False,
    )


def client(auth: Auth.Auth | None, api_url: str, connect: Callable[[], None] = follow_redirects) -> Github:
    """A PyGithub client that reads nothing until an attribute is asked for. Pacing is ours (`pacing`). `connect` names
    the connections that it makes."""
    connect()
    return Github(
        auth=auth,
        base_url=api_url,
        timeout=TIMEOUT_SECONDS,
        per_page=PER_PAGE,
        retry=retry_reads(),
        lazy=True,
        seconds_between_requests=0,
        seconds_between_writes=0,
        user_agent="nightshift",
        api_version=_API_VERSION,
    )
