"""A secret of the settings is recognised by its value, in each form in which a program prints it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bot.adapters.known_secrets import KnownSecrets
from bot.adapters.masking import mask, shown_end
from bot.adapters.settings import read_settings
from bot.core.changes import FileChange
from bot.steps.limits import known_secrets_of

PASSWORD = "blue %/whales at dawn"
KNOWN = KnownSecrets.of((f"bot:{PASSWORD}", "token-of-the-hook", "short", ""))


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD,
        f"bot:{PASSWORD}",
        "blue%20%25%2Fwhales%20at%20dawn",
        base64.b64encode(f"bot:{PASSWORD}".encode()).decode(),
        base64.b64encode(PASSWORD.encode()).decode(),
        "token-of-the-hook",
    ],
)
def test_each_form_is_hidden(form: str) -> None:
    assert mask(f"denied: {form}!", KNOWN) == "denied: ***!"
    assert shown_end(f"denied: {form}!", 100, KNOWN) == "denied: ***!"
    change = FileChange(path="notes.txt", old_path="notes.txt", before=b"", after=f"one\n{form}\n".encode())
    assert list(KNOWN.places([change])) == ["notes.txt, line 2: a secret of Nightshift's own settings"]


def test_a_part_of_a_longer_secret_leaves_no_rest() -> None:
    known = KnownSecrets.of(("a-longer-word", "a-longer-word-still"))

    assert known.hide("it is a-longer-word-still") == "it is ***"


def test_a_name_of_a_file_counts_and_is_hidden() -> None:
    change = FileChange(path="token-of-the-hook.txt", old_path="", before=None, after=b"")

    assert list(KNOWN.places([change])) == ["***.txt, line 0: a secret of Nightshift's own settings"]


def test_short_values_and_the_representation_show_nothing() -> None:
    assert mask("a short word", KNOWN) == "a short word"
    assert "token" not in repr(KNOWN)


def test_a_header_of_traces_is_a_secret_without_its_name() -> None:
    given = {
        **{"GITHUB_TOKEN": "ghp_x", "REPOSITORIES": "octo/clock", "ANTHROPIC_API_KEY": "sk-x"},
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic%20d2ludGVyLXN1bg%3D%3D,x-tenant=octo",
    }
    known = known_secrets_of(read_settings(given, Path("/none")))
    assert known.hide("Basic d2ludGVyLXN1bg== of x-tenant") == "*** of x-tenant"
