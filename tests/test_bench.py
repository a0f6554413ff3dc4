"""Figures are measured, not asserted: a benchmark runs, and says what it compared with."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.bench.attempt import AttemptFigures, attempt_figures
from bot.bench.executor import executor_figures
from bot.bench.gate import NOOP, ORDINARY, gate_figures
from bot.bench.graph import graph_figures
from bot.bench.ledger import graphs, ledger_figures
from bot.bench.pages import EMPTY, page_figures
from bot.bench.plot import write_plot
from bot.bench.queue import STEPS, queue_figures
from bot.bench.session import session_figures
from bot.bench.start import start_figures
from bot.bench.web_server import web_server_under_load
from bot.bench.whole_night import night_figures
from hooks.static_client import find_client


@pytest.mark.needs("jq")
def test_the_gate_is_measured_beside_what_it_is_compared_with() -> None:
    """Without a static client the other hooks are measured all the same."""
    measured = gate_figures(10)
    figures = {figure.name: figure for figure in measured.hooks}

    assert figures[NOOP].over_noop_ms == 0
    expected = 6 if find_client().binary is not None else 5
    assert len(figures) == expected
    assert all(0 < figure.median_ms <= figure.p90_ms <= figure.p99_ms for figure in figures.values())
    judged = measured.judgement
    assert judged.commands == len(ORDINARY)
    assert judged.slowest in ORDINARY
    assert 0 < judged.p50_ms <= judged.p90_ms <= judged.p99_ms <= judged.max_ms


def test_the_web_server_is_measured_beside_a_bare_endpoint() -> None:
    """Few deliveries, for a short time: whatever it takes, each that was accepted is in the ledger."""
    figures = web_server_under_load(rate=20, seconds=2)

    assert figures.nightshift.sent == figures.nightshift.accepted == figures.stored == 40
    assert figures.lost == figures.waiting == 0
    assert figures.bare.sent == figures.bare.accepted > 0
    assert 8_000 < figures.payload_bytes < 20_000
    assert figures.used.as_json()["memory_mb_end"] > 0
    assert list(figures.lines())


def test_the_ledger_is_measured_on_every_graph() -> None:
    steps = ledger_figures(60, 5)

    assert {step.graph for step in steps} == {"none", *graphs(), "a long history"}
    assert all(0 < step.p50_ms <= step.p99_ms <= step.max_ms for step in steps)
    assert steps[0].over_bare == 1


def test_the_pages_are_measured_beside_an_empty_one() -> None:
    """For who reads everything and for who does not; each list has something to show."""
    pages = {(each.page, each.who): each for each in page_figures(2000, 3)}

    empty = pages.pop((EMPTY, ""))
    assert 0 < empty.median_ms <= empty.p90_ms
    assert {who for _, who in pages} == {"the operator", "ada"}
    assert len(pages) == 2 * 14
    for page in ("/tasks?state=done", "/outbox?show=failed", "/figures", "/graph", "/queue"):
        assert pages[page, "the operator"].kilobytes > 5
    assert all("aim" in each.line() for each in pages.values())


def test_a_queue_is_measured_at_each_size_with_one_process_and_with_more() -> None:
    figures = list(queue_figures((0, 300), (1, 2), 20, ()))

    steps = {(each.size, each.workers, each.what): each for each in figures}
    assert steps.keys() == {
        *((size, workers, what) for size in (0, 300) for workers in (1, 2) for what in STEPS),
        (300, 1, "claim after a change"),
    }
    assert all(0 < each.p50_ms <= each.p99_ms and each.a_second > 0 for each in figures)
    assert steps[0, 1, "claim"].times >= 20


def test_an_executor_is_measured_beside_the_child_alone() -> None:
    figures = executor_figures(2)

    assert 0 < figures.child < figures.temporal <= figures.slowest
    assert figures.as_json()["added"] == figures.added > 0
    assert any("aim" in line for line in figures.lines())


def test_figures_are_drawn_as_bars(tmp_path: Path) -> None:
    """The longest bar is the largest value, and a name is text, whatever is in it."""
    write_plot(tmp_path / "bars.svg", "Claims", "ms", {"one": 1.0, "<two>": 2.0, "none": 0.0})

    drawn = ElementTree.fromstring((tmp_path / "bars.svg").read_text())  # noqa: S314 - what was just written
    widths = [float(each.attrib["width"]) for each in drawn.iter("{http://www.w3.org/2000/svg}rect")]
    assert widths == [210.0, 420.0, 0.0]
    assert {"one", "<two>", "2 ms"} <= {each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")}


def test_a_graph_is_checked_ordered_and_drawn() -> None:
    figures = graph_figures(30)

    assert [each.graph for each in figures] == [name for name in graphs() if name != "no dependencies"]
    assert all(min(each.checked, each.ordered, each.drawn, each.megabytes) > 0 for each in figures)
    assert all("aim: 1 s" in each.line() for each in figures)
    assert "total" in figures[0].as_json()


@pytest.mark.needs("bwrap")
def test_a_session_is_measured_beside_claude_code_alone() -> None:
    figures = {figure.name: figure for figure in session_figures(1, 1)}

    assert figures["Claude Code alone"].ratio == 1
    assert len(figures) == 3
    assert all(figure.median_ms > 0 for figure in figures.values())


@pytest.mark.needs("bwrap")
def test_an_attempt_is_measured_beside_a_clone_and_claudes_own_time() -> None:
    """One at first contact and one warm, of a small repository."""
    figures = attempt_figures(files=20, commits=3, rounds=1)

    assert (figures.files, figures.commits) == (20, 3)
    assert min(figures.clone, figures.fetch, figures.canary) > 0
    assert figures.overhead > 0
    assert figures.first_request > 0 < figures.warm_request
    assert set(figures.as_json()) >= {"clone", "fetch", "first_request", "warm_request", "overhead", "canary", "load"}
    assert len(list(figures.lines())) == 7


def test_starts_are_measured_beside_python_that_does_nothing() -> None:
    figures = start_figures(1)

    assert figures[0].over_python == figures[1].over_click == 1
    assert len(figures) == 6
    assert all(figure.seconds > 0 and figure.peak_mb > 1 for figure in figures)


@pytest.mark.parametrize(
    ("files", "warm", "aims"),
    [
        (50, 1.9, ["1.5 times, missed", "2 s, met", "0.7 s, met"]),
        (50, 2.1, ["1.5 times, missed", "2 s, missed", "0.7 s, met"]),
        (5000, 4.9, ["1.5 times, missed", "5 s, met"]),
    ],
)
def test_an_attempt_says_beside_each_figure_whether_its_aim_is_met(files: int, warm: float, aims: list[str]) -> None:
    figures = AttemptFigures(
        files=files,
        commits=20,
        megabytes=1.0,
        clone=0.1,
        fetch=0.16,
        first_request=1.0,
        warm_request=warm,
        overhead=0.7,
        canary=1.0,
        load=1.0,
    )

    found = [line.partition("aim: at most ")[2].rstrip(")") for line in figures.lines() if "aim" in line]

    assert found == aims


@pytest.mark.needs("bwrap")
def test_a_night_is_measured_beside_claudes_own_share() -> None:
    figures = night_figures(2, 2, 2)

    assert figures.unexpected == ()
    assert (figures.tasks, figures.repositories) == (2, 2)
    assert 0 < figures.claude_share < 1
    assert min(figures.requests, figures.memory_mb, figures.disk_mb, figures.cpu_seconds) > 0
    assert any("100,000 tasks a day" in line for line in figures.lines())
