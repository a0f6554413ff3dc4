"""Three accounts of a session: what the relay saw, what Claude Code streamed, what the gate signed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.core.proof import LoggedRuling
from bot.core.witness import AskedCall, Exchange, ShownResult, Streamed, StreamedCall, Witness, differences

RUN = AskedCall(id="toolu_1", name="Bash", form="f1")
END = AskedCall(id="toolu_2", name="StructuredOutput", form="f2")
FIRST = Exchange(number=1, status=200, message_id="msg_1", whole=True, calls=(RUN,), texts=("t1",), cost_usd=0.5)
LAST = Exchange(
    number=2,
    status=200,
    message_id="msg_2",
    whole=True,
    calls=(END,),
    results=(ShownResult(id="toolu_1", form="r1"),),
    cost_usd=0.25,
)
WITNESS = Witness(exchanges=(FIRST, LAST))
RAN = StreamedCall(id="toolu_1", name="Bash", form="f1", executed=True)
ENDED = StreamedCall(id="toolu_2", name="StructuredOutput", form="f2", executed=True)
STREAM = Streamed(
    calls=(RAN, ENDED),
    results=(ShownResult(id="toolu_1", form="r1"), ShownResult(id="toolu_2", form="r2")),
    texts=("t1",),
    structured="f2",
    completed=True,
)
GRANT = LoggedRuling(tool_use_id="toolu_1", tool="Bash", digest="d", granted=True, subject="make")
GRANTS = (GRANT, replace(GRANT, tool_use_id="toolu_2", tool="StructuredOutput"))


def test_a_session_of_which_all_three_say_the_same() -> None:
    assert differences(WITNESS, STREAM, GRANTS) == []
    assert (WITNESS.turns, WITNESS.cost_usd) == (2, 0.75)


def test_nothing_at_all_is_no_end() -> None:
    """A stream that says that it is done, of a session that never asked the model."""
    assert differences(Witness(), Streamed(), ()) == []
    assert "not whole" in differences(Witness(), Streamed(completed=True), ())[0]


FORGED = StreamedCall(id="toolu_9", name="Bash", form="f9", executed=True)


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (replace(STREAM, calls=(RAN, FORGED, ENDED)), r"Bash \(toolu_9\), which no answer of the API"),
        (replace(STREAM, calls=(replace(RAN, form="other"), ENDED)), "with another input than the API asked for"),
        (replace(STREAM, calls=(replace(RAN, name="Write"), ENDED)), "where the API asked for Bash"),
        (replace(STREAM, calls=(ENDED, RAN)), "their order differs"),
        (replace(STREAM, calls=(ENDED,)), r"asked for Bash \(toolu_1\), which the session's stream does not show"),
        (replace(STREAM, results=(ShownResult(id="toolu_1", form="other"),)), "shown another result of Bash"),
        (replace(STREAM, results=(*STREAM.results, ShownResult(id="toolu_9", form="r9"))), "never shown"),
        (replace(STREAM, texts=("t1", "t9")), "shows 1 texts of the model that no answer of the API holds"),
        (replace(STREAM, structured="other"), "delivered another result"),
        (replace(STREAM, calls=(RAN, replace(ENDED, executed=False))), "delivered another result"),
    ],
)
def test_a_stream_that_tells_something_else_is_named(stream: Streamed, said: str) -> None:
    """Each in a sentence for a person."""
    found = differences(WITNESS, stream, GRANTS)

    assert any(re.search(said, each) for each in found), found


@pytest.mark.parametrize("granted", [True, False])
def test_what_the_gate_was_asked_the_api_asked_for(granted: bool) -> None:
    """Also where it refused: code in the cell that asks the gate itself is named, and cannot flood a pull request."""
    spam = replace(GRANT, tool_use_id="toolu_9", granted=granted)

    (found,) = differences(WITNESS, STREAM, (*GRANTS, spam))

    assert found.startswith(f"the gate {'granted' if granted else 'refused'} Bash (toolu_9), which no answer")
    assert differences(WITNESS, STREAM, (replace(GRANT, tool="Write"), GRANTS[1]))


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (replace(LAST, whole=False), "not whole"),
        (replace(LAST, status=500, error_type="api_error"), "not whole"),
        (replace(LAST, calls=(replace(END, form="other"),)), "another"),
        (replace(LAST, calls=()), "no answer of the API that passed the relay asked for"),
    ],
)
def test_an_end_that_the_api_did_not_give_is_none(last: Exchange, said: str) -> None:
    found = differences(Witness(exchanges=(FIRST, last)), STREAM, GRANTS)

    assert any(said in each for each in found), found


def test_an_end_in_words_needs_an_answer_that_asks_for_nothing_more() -> None:
    """Code that stops Claude Code between a call and its result cannot pass that off as the end."""
    stream = replace(STREAM, calls=(RAN,), results=(), structured=None)

    found = differences(Witness(exchanges=(FIRST,)), stream, (GRANT,))

    assert found == ["the session says that it came to its end, but the API's last answer asked for more"]


def test_a_session_that_was_stopped_has_not_begun_all_that_it_was_asked_for() -> None:
    assert differences(WITNESS, Streamed(calls=(RAN,), texts=("t1",), results=STREAM.results[:1]), (GRANT,)) == []


def test_a_call_that_broke_off_never_ran() -> None:
    """The next answer asks for it anew. Where a stream tells all the same that it ran, somebody else wrote that."""
    half = replace(FIRST, whole=False, calls=(replace(RUN, id="toolu_0", form="", whole=False),))
    witness = Witness(exchanges=(half, FIRST, LAST))
    assert differences(witness, STREAM, GRANTS) == []

    told = replace(STREAM, calls=(StreamedCall(id="toolu_0", name="Bash", form="x", executed=True), *STREAM.calls))
    assert "broke off" in differences(witness, told, GRANTS)[0]


def test_one_id_stands_for_one_call() -> None:
    twice = replace(FIRST, number=3, calls=(replace(RUN, form="other"),))

    found = differences(Witness(exchanges=(FIRST, twice, LAST)), STREAM, GRANTS)

    assert found == ["the API asked for two different calls under one id: Bash (toolu_1)"]


def test_what_was_refused_and_what_is_wrong_with_the_record_stand_first() -> None:
    found = differences(replace(WITNESS, refusals=("it asks for 'x'",), flaws=("line 2 is cut",)), STREAM, GRANTS)

    refused = "the relay refused a request that the session's plan does not explain: it asks for 'x'"
    assert found == ["line 2 is cut", refused]


def test_a_flood_of_differences_is_bounded() -> None:
    spam = [replace(GRANT, tool_use_id=f"toolu_{number}", granted=False) for number in range(100, 4000)]

    found = differences(WITNESS, STREAM, (*GRANTS, *spam))

    assert (len(found), found[-1]) == (21, "and 3880 more differences between relay, stream and gate")
