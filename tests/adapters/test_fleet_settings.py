"""The settings of a fleet: a mistake is named before anything starts, and keys are never shown."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from bot.adapters.executors.connection import place_of
from bot.adapters.settings import Settings, SettingsWrong, read_settings
from bot.core.execution import ExecutorUnreachable

KEY = base64.b64encode(b"k" * 32).decode()
FLEET = {"TEMPORAL_ADDRESS": "temporal.example.com:7233", "PAYLOAD_KEY": KEY}


def read(tmp_path: Path, **settings: str) -> Settings:
    return read_settings({**FLEET, **settings}, tmp_path / ".env", needs_accounts=False)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"TEMPORAL_ADDRESS": "https://temporal.example.com"}, "TEMPORAL_ADDRESS: expected HOST:PORT"),
        ({"PAYLOAD_KEY": ""}, "PAYLOAD_KEY: expected a key beside TEMPORAL_ADDRESS"),
        ({"PAYLOAD_KEY": "short"}, "PAYLOAD_KEY: expected 32 bytes in base64"),
        ({"PAYLOAD_KEY": f"{KEY},{KEY[:-8]}"}, "PAYLOAD_KEY: expected 32 bytes in base64"),
        ({"TEMPORAL_TLS": "off", "TEMPORAL_API_KEY": "x"}, "TEMPORAL_TLS: expected `on` beside TEMPORAL_API_KEY"),
        ({"TEMPORAL_TLS_CA_FILE": "/nowhere.pem"}, "TEMPORAL_TLS_CA_FILE: it cannot be read"),
        ({"TEMPORAL_TLS_CERT_FILE": __file__}, "TEMPORAL_TLS_CERT_FILE and TEMPORAL_TLS_KEY_FILE: expected both"),
        ({"TEMPORAL_QUEUE": "a b"}, "TEMPORAL_QUEUE: expected letters"),
        ({"TEMPORAL_NAMESPACE": "' OR 1"}, "TEMPORAL_NAMESPACE: expected the name"),
        ({"HOST_TAGS": "gpu,a+b"}, "HOST_TAGS: 'a+b' is not a tag"),
        ({"HOST_TAGS": "a,b,c,d,e"}, "HOST_TAGS: expected at most 4 tags"),
        ({"ATTEMPT_COMMAND": "run 'x"}, "ATTEMPT_COMMAND: expected a command"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, settings: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsWrong, match=re.escape(says)):
        read(tmp_path, **settings)


def test_a_connection_to_another_host_is_encrypted_unless_that_is_switched_off(tmp_path: Path) -> None:
    assert place_of(read(tmp_path)).tls is not None
    assert place_of(read(tmp_path, TEMPORAL_TLS="off")).tls is None
    assert place_of(read(tmp_path, TEMPORAL_ADDRESS="127.0.0.1:7233")).tls is None
    assert place_of(read(tmp_path, TEMPORAL_ADDRESS="[::1]:7233", TEMPORAL_TLS="on")).tls is not None


def test_neither_key_is_in_what_is_printed_of_them(tmp_path: Path) -> None:
    settings = read(tmp_path, TEMPORAL_API_KEY="sk-temporal")
    said = f"{settings!r} {place_of(settings)!r}"

    assert KEY not in said
    assert "kkkk" not in said
    assert "sk-temporal" not in said


def test_without_an_address_there_is_no_place(tmp_path: Path) -> None:
    with pytest.raises(ExecutorUnreachable, match="TEMPORAL_ADDRESS is not set"):
        place_of(read(tmp_path, TEMPORAL_ADDRESS=""))


def test_tags_and_command_are_read_as_they_are_typed(tmp_path: Path) -> None:
    settings = read(tmp_path, HOST_TAGS="GPU, big,gpu", ATTEMPT_COMMAND="podman run 'an image' nightshift attempt")

    assert settings.host_tags == ("big", "gpu")
    assert settings.attempt_command == ("podman", "run", "an image", "nightshift", "attempt")
