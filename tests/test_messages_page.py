"""The pages of every sentence are the code's. `test_every_sentence.py` compares them with the code without them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from bot.core import messages
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from tests.avoided_words import AVOIDED

ROOT = Path(__file__).parents[1]
PAGES = {path: path.read_text() for path in [ROOT / "docs/messages.md", *(ROOT / "docs/messages").iterdir()]}
PAGE = "\n".join(PAGES.values())


def test_the_pages_are_current() -> None:
    """`make docs` writes them again. A page that is not among them any more is deleted by hand."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    made = {ROOT / path: text for path, text in generate.messages_pages().items()}
    assert [path.name for path in PAGES if made.get(path) != PAGES[path]] == [], "not current: run `make docs`"
    assert made.keys() == PAGES.keys()
    tables = generate.reference_pages()
    assert [path.name for path in tables if (ROOT / path).read_text() != tables[path]] == [], "run `make docs`"


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_is_on_it(kind: FailureKind) -> None:
    assert policy(kind).sentence in PAGE


def test_every_message_is_on_it() -> None:
    """A new function of `bot.core.messages` has to be shown: each that makes a sentence is called by the generator."""
    pages = [ROOT / "docs/generate.py", *(ROOT / "docs").glob("*_examples.py")]
    source = "".join(page.read_text() for page in pages)
    makes_none = {
        "commit_link",
        "headline",
        "is_ours",
        "pull_request_marker",
        "read_reply_key",
        "read_status",
        "read_verdict",
    }
    makes_none |= {
        "next_step",
        "notice_marker",
        "read_notice",
        "reply_marker",
        "status_record",
        "add_marker",
        "keep_base_moved",
        "keep_edits",
        "shows_base_moved",
        "text_digest",
    }
    sentences = {name for name in messages.__all__ if name.islower()} - makes_none
    assert not [name for name in sentences if f"messages.{name}(" not in source]


def test_every_reason_of_the_gate_is_on_it() -> None:
    reasons = re.findall(r'^reason = "(.*)"$', (ROOT / "hooks/policy/rules.toml").read_text(), re.MULTILINE)
    reasons.remove("no rule refuses it")
    assert len(reasons) > 30
    assert not [reason for reason in reasons if reason not in PAGE]


def test_every_line_of_the_log_says_what_happened() -> None:
    """Also to a reader who does not know the values in it: two words at least."""
    lines = re.findall(r"^- `bot/\S+\.py` (?:info|warning|error|exception): (.+)$", PAGE, re.MULTILINE)

    assert len(lines) > 60
    assert not [line for line in lines if len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{.*?\}", "", line))) < 2]


def test_the_pages_are_in_plain_english() -> None:
    """`is no X` is `is not an X`, but for `there is no X`. What people write in a rehearsal is theirs."""
    texts = {path.name: text for path, text in PAGES.items() if path.name != "rehearsal.md"}
    dialect = re.compile(rf"{AVOIDED.pattern}|(?<!there )\b(?:is|was|are) no (?!longer)\w+", re.IGNORECASE)

    assert [(name, found[0]) for name, text in texts.items() for found in dialect.finditer(text)] == []


def test_a_finding_of_the_doctor_says_more_than_what_was_looked_at() -> None:
    """Texts that a function puts together first are on the page, too."""
    section = PAGE.partition("\n## Doctor\n")[2].partition("\n## ")[0]
    findings = [re.sub(r"\{.*?\}", "", each) for each in re.findall(r"^- \*\*.+?\*\*: (.+)$", section, re.MULTILINE)]

    assert len(findings) > 30
    assert not [each for each in findings if not re.search(r"[A-Za-z]{2,}", each)]
