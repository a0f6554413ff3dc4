"""Each sentence of the README is a promise with a planted bug, or stands among those that promise nothing."""

from __future__ import annotations

import pytest

from tests.planted.readme import ANSWERS, README, read_answers, sentences
from tests.planted.table import read_table

FOUND = list(sentences(README.read_text(encoding="utf-8")))
KNOWN = read_answers()
TABLE = read_table()


def test_each_sentence_says_what_it_promises() -> None:
    """So that a new promise, or one that says more than before, gets a bug."""
    new = [each for each in FOUND if each not in KNOWN.promises and each not in KNOWN.others]
    assert not new, f"put these sentences of README.md into {ANSWERS.name}, beside their promises"


def test_each_sentence_that_is_listed_is_there() -> None:
    gone = {*KNOWN.promises, *KNOWN.others} - set(FOUND)
    assert not gone, f"README.md does not say this any more: take it out of {ANSWERS.name}"
    assert not KNOWN.promises.keys() & KNOWN.others


@pytest.mark.parametrize(("sentence", "promises"), KNOWN.promises.items(), ids=[each[:40] for each in KNOWN.promises])
def test_each_promise_has_a_bug(sentence: str, promises: list[str]) -> None:
    """And is made in words of this sentence, or of one that says the same."""
    assert promises, sentence
    assert not set(promises) - {bug.promise for bug in TABLE.bugs}


def test_no_promise_is_left_out() -> None:
    named = {promise for promises in KNOWN.promises.values() for promise in promises}
    assert named == set(TABLE.promises)


TEXT = """\
# Title

One thing. **Another.** `Code` first:
it goes on
here.

```sh
make all
```

| you | we |
|---|---|
| ask | answer. And more |

1. First.
2. Second (e.g. this),
   and on.
<!-- failures -->
| a | b |
<!-- /failures -->
"""


def test_sentences_are_found_in_paragraphs_tables_and_lists() -> None:
    assert list(sentences(TEXT)) == [
        "One thing.",
        "**Another.**",
        "`Code` first: it goes on here.",
        "| you | we |",
        "| ask | answer.",
        "And more |",
        "First.",
        "Second (e.g. this), and on. <!-- failures -->",
    ]
