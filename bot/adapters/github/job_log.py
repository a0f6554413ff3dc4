"""Fetches the log of a job of GitHub Actions from where GitHub refers to: storage that takes no token of GitHub's.

No further redirect is followed, and of a long log the end alone is kept.
https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
"""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import requests

from bot.adapters.github.errors import GitHubFailed

_SECONDS = 15.0  # without an answer
_MOST_SECONDS = 60.0  # in all
_MOST_READ = 64 << 20  # bytes: a longer log is given up
_PIECE = 1 << 16
_FOUND = 200


def fetch_log(address: str, *, api_host: str, most: int) -> str:
    """The last `most` bytes of the log. `api_host`: GitHub's own, the one host that is asked without TLS if the API is.
    Raises GitHubFailed and requests' own errors."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.netloc != api_host:
        raise GitHubFailed(None, "the log of a job is at an address without TLS")
    # With an `auth`, requests looks for none in .netrc.
    with requests.get(address, auth=_send_nothing, stream=True, timeout=_SECONDS, allow_redirects=False) as answer:
        if answer.status_code != _FOUND:
            raise GitHubFailed(answer.status_code, "the log of a job is not there")
        return _end_of(answer, most)


def _send_nothing(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _end_of(answer: requests.Response, most: int) -> str:
    kept, read, until = b"", 0, time.monotonic() + _MOST_SECONDS
    for piece in answer.iter_content(_PIECE):
        kept = (kept + piece)[-most:]
        read += len(piece)
        if read > _MOST_READ or time.monotonic() > until:
            raise GitHubFailed(None, "the log of a job is too long")
    return kept.decode("utf-8", errors="replace")
