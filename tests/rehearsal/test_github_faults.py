"""Faults: each happens to what it names, as often as it says, and then no more."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from bot.rehearsal.github.faults import (
    Answer,
    AnyFault,
    Delay,
    DelayWebhook,
    DoubleWebhook,
    FailWebhook,
    HalfAnswer,
    Hold,
    LoseAnswer,
    LoseWebhook,
    RejectPush,
    Reset,
    SlowAnswer,
    StaleAnswer,
    StaleReads,
)
from bot.rehearsal.github.server import SimulatedGitHub
from tests.patience import eventually, within

COMMENTS = r"POST /repos/[^/]+/[^/]+/issues/\d+/comments$"


@pytest.fixture
def comments(octo: SimulatedGitHub) -> str:
    """The address of an issue's comments."""
    number = octo.open_issue("octo/tools", title="x", author="maria").number
    return f"{octo.api_url}/repos/octo/tools/issues/{number}/comments"


def test_an_answer_in_place_of_the_deed(octo: SimulatedGitHub, http: requests.Session, comments: str) -> None:
    """Twice 502 and nothing done, then as if nothing had been."""
    octo.faults.add([Answer(on=COMMENTS, status=502, times=2)])
    assert [http.post(comments, json={"body": "x"}).status_code for _ in range(3)] == [502, 502, 201]
    assert len(octo.comments("octo/tools", 1)) == 1
    assert [item.status for item in octo.exchanges] == [502, 502, 201]
    assert octo.faults.left == ()


def test_limits_are_reported_in_headers(octo: SimulatedGitHub, http: requests.Session, comments: str) -> None:
    """The secondary limit says when to come again, the primary one that nothing remains."""
    secondary = Answer(on="POST", status=403, message="You have exceeded a secondary rate limit.", retry_after=7)
    primary = Answer(on="POST", status=403, message="API rate limit exceeded for user ID 1.")
    octo.faults.add([secondary, primary])
    answers = [http.post(comments, json={"body": "x"}) for _ in range(2)]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].json()["message"] == secondary.message
    assert answers[1].headers["X-RateLimit-Remaining"] == "0"


def test_a_lost_answer_hides_a_deed_that_was_done(octo: SimulatedGitHub, http: requests.Session, comments: str) -> None:
    """The connection drops, and the comment is there: a client that repeats it blindly posts it twice."""
    octo.faults.add([LoseAnswer(on=COMMENTS)])
    with pytest.raises(requests.ConnectionError):
        http.post(comments, json={"body": "once"})
    assert [comment.body for comment in octo.comments("octo/tools", 1)] == ["once"]


def test_a_reset_does_nothing(octo: SimulatedGitHub, http: requests.Session, comments: str) -> None:
    """To the client it looks like a lost answer."""
    octo.faults.add([Reset(on=COMMENTS)])
    with pytest.raises(requests.ConnectionError):
        http.post(comments, json={"body": "never"})
    assert octo.comments("octo/tools", 1) == ()


def test_half_an_answer_hides_a_deed_that_was_done(
    octo: SimulatedGitHub, http: requests.Session, comments: str
) -> None:
    """The status came, the body did not."""
    octo.faults.add([HalfAnswer(on=COMMENTS)])
    with http.post(comments, json={"body": "once"}, stream=True) as answer:
        assert answer.status_code == 201
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            answer.json()
    assert [comment.body for comment in octo.comments("octo/tools", 1)] == ["once"]


def test_a_slow_answer_is_whole_in_the_end(octo: SimulatedGitHub, http: requests.Session, comments: str) -> None:
    octo.faults.add([SlowAnswer(on=COMMENTS, seconds=0.4)])
    began = time.monotonic()
    assert http.post(comments, json={"body": "once"}).json()["body"] == "once"
    assert time.monotonic() - began >= 0.4


def test_a_redirect_says_where_to(octo: SimulatedGitHub, http: requests.Session, comments: str) -> None:
    octo.faults.add([Answer(on=COMMENTS, status=307, headers={"Location": f"{octo.api_url}/elsewhere"})])
    answer = http.post(comments, json={"body": "x"}, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (307, f"{octo.api_url}/elsewhere")


def test_a_delay_is_only_late(octo: SimulatedGitHub, http: requests.Session, comments: str) -> None:
    octo.faults.add([Delay(on="GET", seconds=0.3)])
    began = time.monotonic()
    assert http.get(comments).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_stopping_does_not_wait_for_a_delay(octo: SimulatedGitHub, http: requests.Session, comments: str) -> None:
    """A request that would take an hour ends with the server, within seconds."""
    octo.faults.add([Delay(on="GET", seconds=3600)])
    with pytest.raises(requests.Timeout):
        http.get(comments, timeout=0.2)
    began = time.monotonic()
    octo.stop()
    assert time.monotonic() - began < 5


def test_a_held_request_is_performed_once_it_is_released(
    octo: SimulatedGitHub, http: requests.Session, comments: str
) -> None:
    """Not before. What else is asked meanwhile is answered."""
    held = Hold(on="POST")
    octo.faults.add([held])
    with ThreadPoolExecutor() as pool:
        posted = pool.submit(requests.post, comments, headers=http.headers, json={"body": "once"}, timeout=within(20))
        eventually(lambda: held not in octo.faults.left)
        assert http.get(comments).json() == []
        octo.faults.release(held)
        assert posted.result().json()["body"] == "once"


def test_stopping_does_not_wait_for_a_held_request(
    octo: SimulatedGitHub, http: requests.Session, comments: str
) -> None:
    octo.faults.add([Hold(on="GET")])
    with pytest.raises(requests.Timeout):
        http.get(comments, timeout=0.2)
    octo.stop()


def test_what_was_just_made_is_not_listed_yet(octo: SimulatedGitHub, http: requests.Session, comments: str) -> None:
    """Two listings miss the new comment, the third has it; what comes after is listed at once."""
    octo.faults.add([StaleReads(of="comments", reads=2)])
    http.post(comments, json={"body": "hidden"})
    assert [len(http.get(comments).json()) for _ in range(3)] == [0, 0, 1]
    http.post(comments, json={"body": "seen"})
    assert len(http.get(comments).json()) == 2


def test_a_pull_request_that_is_not_listed_yet(octo: SimulatedGitHub, http: requests.Session) -> None:
    octo.push_commit("octo/tools", "auto/1", {"a": "1\n"}, by="bot")
    octo.faults.add([StaleReads(of="pull_requests", reads=1)])
    url = f"{octo.api_url}/repos/octo/tools/pulls"
    http.post(url, json={"title": "x", "head": "auto/1", "base": "main"})
    assert [len(http.get(url).json()) for _ in range(2)] == [0, 1]


@pytest.mark.parametrize(
    "fault",
    [
        Answer(on="DELETE /nothing", status=500),
        LoseAnswer(on="DELETE /nothing"),
        Delay(on="DELETE /nothing", seconds=3600),
        Hold(on="DELETE /nothing"),
        RejectPush(branch="nothing"),
        Reset(on="DELETE /nothing"),
        HalfAnswer(on="DELETE /nothing"),
        SlowAnswer(on="DELETE /nothing", seconds=3600),
        StaleAnswer(on="DELETE /nothing", seconds=3600),
        LoseWebhook(on="nothing"),
        FailWebhook(on="nothing"),
        DoubleWebhook(on="nothing"),
        DelayWebhook(on="nothing", seconds=3600),
    ],
)
def test_a_fault_leaves_the_rest_alone(
    octo: SimulatedGitHub, http: requests.Session, comments: str, fault: AnyFault
) -> None:
    """What never happened is still there to be asked for: a scenario can say that its fault missed."""
    octo.faults.add([fault])
    assert http.post(comments, json={"body": "x"}).status_code == 201
    assert octo.faults.left == (fault,)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def test_a_replica_that_is_behind_answers_as_it_was(tmp_path: Path) -> None:
    """Any read, of one issue or of a list, with the tag of then: a client that asks with it learns of no change. What
    is older than the replica's lag is shown, and the next read is as it should be."""
    clock = Clock()
    with SimulatedGitHub(tmp_path / "github", clock=clock) as github, requests.Session() as http:
        http.trust_env = False
        github.add_user("maria")
        github.add_repository("octo/tools", files={"README.md": "x"})
        url = f"{github.api_url}/repos/octo/tools/issues"
        github.open_issue("octo/tools", title="first", author="maria")
        clock.now += timedelta(seconds=60)
        tag = http.get(f"{url}/1").headers["ETag"]
        github.label_issue("octo/tools", 1, "auto", by="maria")
        github.open_issue("octo/tools", title="second", author="maria")
        github.faults.add([StaleAnswer(on="GET .*/issues", seconds=55, times=4)])

        assert http.get(f"{url}/1", headers={"If-None-Match": tag}).status_code == 304
        assert http.get(f"{url}/1").json()["labels"] == []
        assert [issue["title"] for issue in http.get(url).json()] == ["first"]
        assert http.get(f"{url}/2").status_code == 404

        assert http.get(f"{url}/1", headers={"If-None-Match": tag}).status_code == 200
        assert len(http.get(url).json()) == 2
        assert github.faults.left == ()
        assert github.violations == ()


def test_a_write_is_never_stale(octo: SimulatedGitHub, http: requests.Session, comments: str) -> None:
    stale = StaleAnswer(on="comments", seconds=3600)
    octo.faults.add([stale])
    assert http.post(comments, json={"body": "x"}).status_code == 201
    assert octo.faults.left == (stale,)
