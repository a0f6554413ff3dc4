"""Ruby in a file that ERB expands: `<% code %>` and `<%= code %>`. `<%# %>` is a comment, `<%%` and `%%>` are text.

Read from the front to the end once: the gate reads texts that somebody made to be slow.
"""

from __future__ import annotations

from collections.abc import Iterator

LIMIT = 64_000
"""Characters of code in a file of settings; ordinary ones have some hundred."""


def read_ruby(text: str) -> str:
    """The code of all tags, one line for each."""
    return "\n".join(_tags(text))


def _tags(text: str) -> Iterator[str]:
    place = text.find("<%")
    while place >= 0:
        if text.startswith("<%%", place):
            end = place + 1
        else:
            end = _find_end(text, place + 2)
            if end < 0:
                return
            if text[place + 2] != "#":
                yield text[place + 2 : end].lstrip("=-").rstrip("-")
        place = text.find("<%", end + 2)


def _find_end(text: str, place: int) -> int:
    """The place of the next `%>` that is no `%%>`, or -1."""
    end = text.find("%>", place)
    while end > 0 and text[end - 1] == "%" and end > place:
        end = text.find("%>", end + 2)
    return end
