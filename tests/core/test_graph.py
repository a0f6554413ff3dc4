"""Which tasks wait for which: the order, the lines, and the drawing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.graph import Graph, graph_json, graph_lines, graph_mermaid, graph_of
from bot.core.tasks import MergedInto, MergeReach, State
from tests.core.graphs import HIDDEN, ref, task

CHAIN = [task(3, State.QUEUED, ref(2)), task(1, State.IN_REVIEW), task(2, State.RUNNING, ref(1)), task(9)]


def test_blockers_come_first_and_each_line_says_what_it_follows() -> None:
    assert list(graph_lines(graph_of(CHAIN))) == [
        "octo/clock#1  in review, pull request #101",
        "  octo/clock#2  running, after octo/clock#1",
        "    octo/clock#3  queued, after octo/clock#2",
    ]


def test_a_task_that_neither_waits_nor_is_waited_for_is_left_out() -> None:
    assert ref(9) not in [node.issue for node in graph_of(CHAIN).nodes]
    assert graph_of([task(9)]) == Graph()


def test_an_issue_that_is_no_task_is_shown_and_a_hidden_one_is_not() -> None:
    found = graph_of([task(2, State.QUEUED, ref(7, "octo/tools"), HIDDEN)])
    assert [(str(node.issue), node.state) for node in found.nodes] == [
        ("octo/tools#7", "no task"),
        ("octo/clock#2", "queued"),
    ]


@pytest.mark.parametrize(
    ("reached", "state"),
    [(MergeReach.BRANCH, "merged into #1"), (MergeReach.LATE, "merged into #1"), (MergeReach.DEFAULT, "done")],
)
def test_work_in_the_branch_of_another_part_alone_is_not_shown_as_done(reached: MergeReach, state: str) -> None:
    merged = replace(task(2, State.DONE, ref(1)), merged_into=MergedInto(ref(1), reached))
    found = graph_of([task(1, State.IN_REVIEW), merged])
    assert [node.state for node in found.nodes] == ["in review", state]
    assert (" done" in graph_mermaid(found, "https://github.com")) is (state == "done")


def test_a_cycle_has_an_end() -> None:
    found = graph_of([task(1, State.QUEUED, ref(2)), task(2, State.QUEUED, ref(1)), task(3, State.QUEUED, ref(2))])
    assert {node.issue.number for node in found.nodes} == {1, 2, 3}
    assert len(found.edges) == 3


def test_a_thousand_issues_that_all_wait_for_two_before_them() -> None:
    """The number of ways through it has two hundred digits: each issue is looked at once."""
    many = [task(1), *(task(each, State.QUEUED, *map(ref, {each - 1, max(1, each - 2)})) for each in range(2, 1001))]
    found = graph_of(many)
    assert [node.depth for node in found.nodes] == list(range(1000))


def test_the_drawing_names_states_and_links_and_no_title() -> None:
    drawn = graph_mermaid(graph_of([task(1, State.IN_REVIEW, title='"]; click'), CHAIN[2]]), "https://github.com/")
    assert drawn.splitlines() == [
        "flowchart LR",
        '  n0["#35;1 in review"]',
        '  click n0 href "https://github.com/octo/clock/issues/1"',
        '  n1["#35;2 running"]',
        '  click n1 href "https://github.com/octo/clock/issues/2"',
        "  classDef running stroke:#bf8700,stroke-width:2px",
        "  class n1 running",
        "  classDef in_review stroke:#0969da,stroke-width:2px",
        "  class n0 in_review",
        "  n0 --> n1",
    ]


def test_a_large_drawing_is_cut_and_says_so() -> None:
    many = graph_of([task(1), *(task(each, State.QUEUED, ref(each - 1)) for each in range(2, 31))])
    drawn = graph_mermaid(many, "https://github.com", most=20)
    assert drawn.count("click ") == 20
    assert drawn.endswith('more["and 10 more"]')


def test_programs_read_the_same() -> None:
    (first, second, _) = graph_json(graph_of(CHAIN))["issues"]
    assert (first["issue"], first["pull_request"], first["waits_for"]) == ("octo/clock#1", 101, [])
    assert (second["state"], second["waits_for"]) == ("running", ["octo/clock#1"])
