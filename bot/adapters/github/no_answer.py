"""Why no answer of GitHub came, in words for people: requests and urllib3 name their own classes, pools and retries."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from requests import exceptions as problems
from urllib3 import exceptions as causes

_USUAL = frozenset({None, 80, 443})


def why_no_answer(error: requests.exceptions.RequestException) -> str:
    """Without the address of the request, whose path says nothing of the fault."""
    cause = _cause(error)
    where = _host(error, cause)
    if isinstance(error, problems.ProxyError):
        return f"the proxy does not connect to {where}; see HTTPS_PROXY and NO_PROXY"
    if isinstance(error, problems.SSLError):
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return f"the certificate of {where} is not trusted here: name your certificate authority in CA_FILE"
        return f"no TLS with {where}"
    if isinstance(error, problems.ConnectionError | problems.Timeout | problems.ChunkedEncodingError):
        return _why_not_connected(error, cause, where)
    return f"the request to {where} could not be made ({type(error).__name__})"


def _why_not_connected(error: Exception, cause: object, where: str) -> str:
    if isinstance(cause, causes.NameResolutionError):
        return f"the name {where} is not known to this host's resolver"
    if isinstance(cause, causes.NewConnectionError):
        reason = getattr(cause.__cause__, "strerror", None) or "it cannot be reached"
        return f"no connection to {where} ({reason})"
    if isinstance(error, problems.Timeout) or isinstance(cause, causes.TimeoutError):
        return f"{where} does not answer in time"
    return f"the connection to {where} broke off"


def _cause(error: Exception) -> object:
    """What urllib3 gave up for, in the end."""
    first = error.args[0] if error.args else None
    return first.reason if isinstance(first, causes.MaxRetryError) else first


def _host(error: requests.exceptions.RequestException, cause: object) -> str:
    first = error.args[0] if error.args else None
    pool: Any = getattr(first, "pool", None) or getattr(cause, "pool", None)
    if pool is not None and getattr(pool, "host", None):
        return f"{pool.host}:{pool.port}" if pool.port not in _USUAL else str(pool.host)
    request = getattr(error, "request", None)
    return (urlsplit(request.url).netloc.rpartition("@")[2] if request is not None and request.url else "") or "GitHub"
