"""What a child prints becomes the details of heartbeats; nonsense says nothing and is never long."""

from __future__ import annotations

import pytest

from bot.adapters.executors.host import read_details


@pytest.mark.parametrize(
    ("line", "details"),
    [
        (b'{"turns": 3, "note": "reads", "usd": 0.5}', {"turns": 3, "note": "reads", "usd": 0.5}),
        (b'{"turns": 3, "host": "mine", "run": 9, "token": "x"}', {"turns": 3}),
        (b'{"note": ["a"], "turns": {"a": 1}, "usd": null}', {}),
        (b'{"usd": NaN, "turns": Infinity}', {}),
        (b'{"note": "' + b"x" * 9000 + b'"}', {"note": "x" * 200}),
        (b"[" * 60_000, {}),
        (b'{"a":' * 20_000, {}),
        (b"Traceback (most recent call last):", {}),
        (b"\xff\xfe\x00", {}),
        (b"[1]", {}),
        (b"", {}),
    ],
)
def test_only_three_values_are_taken(line: bytes, details: dict[str, object]) -> None:
    assert read_details(line) == details
