"""A graph of many waiting issues: searched for a cycle, ordered, and drawn."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import timedelta

from bot.adapters.store import Store
from bot.bench.ledger import fill_ledger, graphs
from bot.core.dependencies import find_cycle
from bot.core.graph import graph_mermaid
from bot.core.graph_svg import graph_svg
from bot.core.references import IssueRef
from bot.task_list import read_graph
from bot.wiring import utc_now

_AIMS = ((1000, 1), (10_000, 2))  # seconds, for so many issues at most
_REPOSITORY, _WEB = "octo/clock", "https://github.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphTiming:
    """Seconds, each for the whole graph. `ordered`: the first claim after a change, which computes all critical
    paths. `drawn`: read from the ledger, as SVG and in Mermaid's language."""

    graph: str
    size: int
    checked: float
    ordered: float
    drawn: float
    megabytes: float

    @property
    def total(self) -> float:
        return self.checked + self.ordered + self.drawn

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"total": self.total}

    def line(self) -> str:
        parts = f"checked {self.checked:6.3f} s  ordered {self.ordered:6.3f} s  drawn {self.drawn:6.3f} s"
        seconds = next(aim for most, aim in _AIMS if self.size <= most)
        aim = "met" if self.total < seconds else "missed"
        return (
            f"{self.graph:17} {parts}  together {self.total:6.3f} s (aim: {seconds} s, {aim})"
            f"  {self.megabytes:.1f} MB of SVG"
        )


def graph_figures(size: int) -> list[GraphTiming]:
    return [_measure(name, graph, size) for name, graph in graphs().items() if name != "no dependencies"]


def _measure(name: str, graph: Callable[[int], tuple[int, ...]], size: int) -> GraphTiming:
    with (
        tempfile.TemporaryDirectory(prefix="nightshift-bench-") as folder,
        closing(Store.open(f"sqlite:///{folder}/graph.sqlite")) as store,
    ):
        fill_ledger(store, size, graph)
        checked, ordered = _time(lambda: _check(store, size)), _time(lambda: _claim(store))
        drawn = list[str]()
        took = _time(lambda: drawn.append(_draw(store)))
        return GraphTiming(
            graph=name, size=size, checked=checked, ordered=ordered, drawn=took, megabytes=len(drawn[0]) / 1e6
        )


def _check(store: Store, size: int) -> None:
    """The first issue is edited and waits for the last one, which leads to all."""
    first, last = IssueRef(_REPOSITORY, 1), IssueRef(_REPOSITORY, size)
    with store.read() as ledger:
        find_cycle(first, {**ledger.blockers.edges_beyond([last]), first: (last,)})


def _claim(store: Store) -> None:
    with store.transaction() as ledger:
        if not ledger.claims.claim(worker="bench", now=utc_now(), lease=timedelta(minutes=1), per_repository=1):
            raise RuntimeError("nothing was ready: the graph has no beginning")


def _draw(store: Store) -> str:
    found = read_graph(store)
    graph_mermaid(found, _WEB)
    return graph_svg(found, _WEB)


def _time(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
