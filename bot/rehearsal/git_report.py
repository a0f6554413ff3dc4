"""The report of a push, in which git says of each ref what became of it: GitHub's reasons in the place of git's.

A ref that a hook refuses is always reported as "hook declined"; GitHub says which of its rules refused it.
https://git-scm.com/docs/pack-protocol#_report_status
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_REPORT = b"\x01"  # the channel of the report; 2 is for messages
_LARGEST = 65515  # bytes of one packet's content
_DECLINED = b"hook declined"


def with_reasons(answer: bytes, reasons: Mapping[str, str]) -> bytes:
    """`answer`: the whole body of an answer to a push. `reasons`: by ref."""
    packets = list(_packets(answer))
    report = b"".join(packet[1:] for packet in packets if packet[:1] == _REPORT)
    if not reasons or not report:
        return answer
    messages = b"".join(_packet(packet) for packet in packets if packet and packet[:1] != _REPORT)
    refused = b"".join(_packet(_with_reason(line, reasons)) for line in _packets(report) if line) + b"0000"
    pieces = (refused[start : start + _LARGEST] for start in range(0, len(refused), _LARGEST))
    return messages + b"".join(_packet(_REPORT + piece) for piece in pieces) + b"0000"


def _with_reason(line: bytes, reasons: Mapping[str, str]) -> bytes:
    """`ng refs/heads/auto/1 hook declined`."""
    words = line.rstrip(b"\n").split(b" ", 2)
    reason = reasons.get(words[1].decode(errors="replace")) if len(words) == 3 else None  # noqa: PLR2004
    if reason is None or words[0] != b"ng" or words[2] != _DECLINED:
        return line
    return b"ng %s %s\n" % (words[1], reason.encode())


def _packets(data: bytes) -> Iterator[bytes]:
    """The content of each packet line; empty for a flush packet."""
    at = 0
    while at < len(data):
        length = max(int(data[at : at + 4], 16), 4)
        yield data[at + 4 : at + length]
        at += length


def _packet(content: bytes) -> bytes:
    return b"%04x%s" % (len(content) + 4, content)
