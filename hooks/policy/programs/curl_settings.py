"""Files of options of curl: `curl -K FILE`, and the `.curlrc` of a folder that `CURL_HOME` names."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE = re.compile(r"\s*(?P<name>-{0,2}[\w.-]+)(?:\s*[=:]\s*|\s+|$)(?P<value>.*?)\s*")
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\v": "\v"}
HARMLESS = frozenset({
    "silent", "show-error", "fail", "fail-early", "fail-with-body", "location", "compressed", "connect-timeout",
    "max-time", "retry", "retry-delay", "retry-max-time", "retry-connrefused", "user-agent", "ipv4", "ipv6",
    "progress-bar", "no-progress-meter", "http1.1", "http2", "tlsv1.2", "tlsv1.3", "globoff", "max-redirs", "no-buffer",
    "s", "S", "f", "L", "A", "4", "6", "g", "N",
})  # fmt: skip
"""Names of options that neither send nor write anything, nor run a program."""


def read_words(text: str) -> list[str]:
    """The options as they would stand on the command line; what curl reads as no option is one all the same."""
    words: list[str] = []
    for name, value in _read_options(text):
        words.append(name if name.startswith("-") else f"--{name}")
        words += [value] if value else []
    return words


def is_harmless(text: str) -> bool:
    """Whether all options of a file only say how curl talks to a server that the command names."""
    return all(name.lstrip("-") in HARMLESS for name, _ in _read_options(text))


def _read_options(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            found = _LINE.fullmatch(line)
            yield (found["name"], _unquote(found["value"])) if found else (line.strip(), "")


def _unquote(value: str) -> str:
    """Within double quotes a backslash escapes; without them a value ends at the first blank."""
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"?', value)
    if quoted is None:
        return value.partition(" ")[0]
    return re.sub(r"\\.", lambda found: _ESCAPES.get(found[0], found[0][1]), quoted[1])
