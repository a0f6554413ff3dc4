"""The graph as a picture: valid XML whatever people write, nothing that runs, and readable in light and dark."""

from __future__ import annotations

import re
import struct
import subprocess
import zlib
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.graph import graph_of
from bot.core.graph_layout import HEIGHT, WIDTH, lay_out
from bot.core.graph_svg import graph_svg
from bot.core.tasks import State, Task
from tests.core.graphs import HIDDEN, ref, task
from tests.patience import within

WEB = "https://github.com/"
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "</text><script>alert(1)</script>",
    "]]><!--",
    "<![CDATA[",
    "&amp; &#0; & \" ' &bogus;",
    "\x00\x08\ufffe\ud800\u202egnp.exe",
    "javascript:alert(1)",
    "x" * 100_000,
)
LOOK = [
    task(1, State.IN_REVIEW, title="Parse the clock's time zone"),
    task(2, State.RUNNING, ref(1), title="<b>Show</b> it & more"),
    task(3, State.QUEUED, ref(2), title="時計を表示する"),
    task(4, State.FAILED, ref(1)),
    task(5, State.QUEUED, ref(3), ref(4), ref(1), title="A diamond, and a line over two layers"),
    task(6, State.QUEUED, ref(7, "octo/a-repository-with-quite-a-long-name"), HIDDEN),
    task(8, State.DONE),
    task(9, State.QUEUED, ref(8)),
]


def tree_of(tasks: list[Task]) -> ElementTree.Element:
    return ElementTree.fromstring(graph_svg(graph_of(tasks), WEB))  # noqa: S314 - our own text


def test_each_issue_is_a_link_and_each_wait_a_line() -> None:
    drawn = tree_of(LOOK)
    links = [each.get("href") for each in drawn.iter(f"{SVG}a")]
    assert len(links) == 9
    assert "https://github.com/octo/clock/pull/101" in links  # what is in review is looked at there
    assert "https://github.com/octo/clock/issues/2" in links
    assert len([each for each in drawn.iter(f"{SVG}path") if each.get("class") == "line"]) == 8


def test_each_state_is_in_words() -> None:
    words = " ".join("".join(each.itertext()) for each in tree_of(LOOK).iter(f"{SVG}text"))
    assert "…-with-quite-a-long-name#7 no task" in words
    assert all(each in words for each in ("in review, #101", "running", "queued", "failed", "no task", "done"))


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_stays_text(title: str) -> None:
    drawn = tree_of([task(1, title=title), task(2, State.QUEUED, ref(1), title=title)])
    tags = {each.tag.removeprefix(SVG) for each in drawn.iter()}
    assert tags == {"svg", "title", "style", "defs", "marker", "path", "a", "rect", "text", "tspan"}
    assert all(each.get("href", WEB).startswith(WEB) for each in drawn.iter())
    assert not [name for each in drawn.iter() for name in each.attrib if name.startswith("on")]


@given(title=st.text())
def test_any_title_is_valid_xml(title: str) -> None:
    tree_of([task(1, title=title), task(2, State.QUEUED, ref(1), title=title)])


def test_nothing_is_loaded_from_elsewhere() -> None:
    drawn = graph_svg(graph_of(LOOK), WEB)
    assert not re.findall(r"<script|<foreignObject|<image|<use|@import|url\((?!#)|\bsrc=", drawn)


@pytest.mark.parametrize("number", [0, 1, 30, 3000])
def test_no_two_boxes_overlap_and_all_are_within(number: int) -> None:
    """Of a fork, whose arms are all in one layer."""
    fork = [task(1), *(task(each, State.QUEUED, ref(1)) for each in range(2, number + 2))]
    found = lay_out(graph_of(fork), most=1000)
    corners = sorted(corner for _, corner in found.boxes)
    for (x, y), (other_x, other_y) in pairwise(corners):
        assert x + WIDTH <= other_x or y + HEIGHT <= other_y
    assert all(x + WIDTH <= found.width and y + HEIGHT <= found.height for x, y in corners)


def test_a_long_wait_runs_past_the_issues_between() -> None:
    """No line goes behind an issue that it has nothing to do with."""
    chain = [task(1), *(task(each, State.QUEUED, ref(each - 1)) for each in range(2, 6))]
    chain.append(task(9, State.QUEUED, ref(5), ref(1)))
    found = lay_out(graph_of(chain), most=1000)
    boxes = [corner for node, corner in found.boxes if node.issue.number in {2, 3, 4, 5}]
    (longest,) = [line for line in found.lines if len(line) > 2]
    assert len(longest) == 2 + 2 * 4
    for x, y in longest[1:-1]:
        assert not [box for box in boxes if box[0] <= x <= box[0] + WIDTH and box[1] <= y <= box[1] + HEIGHT]


def test_a_large_graph_is_cut_and_says_so() -> None:
    many = [task(1), *(task(each, State.QUEUED, *map(ref, range(max(1, each - 9), each))) for each in range(2, 1500))]
    drawn = graph_svg(graph_of(many), WEB)
    assert "Not drawn: 499 more issues and " in drawn
    assert len(drawn) < 2_000_000


def test_a_cycle_is_drawn() -> None:
    drawn = tree_of([task(1, State.QUEUED, ref(2)), task(2, State.QUEUED, ref(1)), task(3, State.QUEUED, ref(3))])
    assert len([each for each in drawn.iter(f"{SVG}path") if each.get("class") == "line"]) == 3


def test_an_empty_graph_says_so() -> None:
    assert "No task waits for another issue." in graph_svg(graph_of([]), WEB)


def colour_of(picture: bytes) -> bytes:
    """Of the first pixel of a PNG, which no filter changes."""
    data, at = b"", 8
    while at < len(picture):
        (size,) = struct.unpack(">I", picture[at : at + 4])
        data += picture[at + 8 : at + 8 + size] if picture[at + 4 : at + 8] == b"IDAT" else b""
        at += size + 12
    return zlib.decompress(data)[1:4]


@pytest.mark.needs("chromium")
@pytest.mark.parametrize(("scheme", "page"), [("light", b"\xff\xff\xff"), ("dark", b"\x0d\x11\x17")])
def test_a_browser_shows_it_in_light_and_dark(tmp_path: Path, scheme: str, page: bytes) -> None:
    (tmp_path / "graph.svg").write_text(graph_svg(graph_of(LOOK), WEB), encoding="utf-8")
    shot = tmp_path / f"{scheme}.png"
    subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
            f"--blink-settings=preferredColorScheme={('dark', 'light').index(scheme)}",
            *(f"--user-data-dir={tmp_path}/profile", "--window-size=1300,560", f"--screenshot={shot}"),
            (tmp_path / "graph.svg").as_uri(),
        ],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        timeout=within(60),
        check=True,
    )
    assert colour_of(shot.read_bytes()) == page
