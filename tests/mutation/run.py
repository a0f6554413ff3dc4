"""Changes the code in small ways, one at a time, and counts how many changes the tests notice: `make mutation`.

mutmut makes the changes and runs, for each, the tests that reach its function. That is too much for one night, so a
sample is drawn: its seed is printed, and the same seed draws the same sample from the same code. Only tests that call
the code in their own process can notice anything, so each area names those.

The area `refusals` needs no mutmut: it changes only what refuses a call, and asks the lists of commands first.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.mutation.refusal_run import try_refusals
from tests.planted.tree import snapshot

ROOT = Path(__file__).parents[2]
_MUTMUT = [sys.executable, "-m", "mutmut"]
# Where mutmut runs tests in its own process, it takes a process that one of them left for one of its runs, and ends.
_ISOLATION = "process_isolation=forkserver"
_COPIED = ("tests", "docs", "README.md", "CHANGELOG.md", "pyproject.toml", "package.json", ".github", "Makefile")
_KILLED = frozenset({1, 3, 35, 36, 24, 152, 255, -9, -11, -24})  # exit codes of a failed test, a time limit, a crash


# The names of some of their cases are texts that pytest does not find again when they are named one by one.
_UNNAMEABLE = tuple(
    f"--deselect=tests/core/{name}"
    for name in (
        "test_messages_quoting.py::test_nothing_of_claudes_has_an_effect",
        "test_messages_quoting.py::test_a_text_that_is_made_to_grow_stays_in_its_bounds",
        "test_visible_page.py::test_a_text_that_is_made_to_be_slow_is_read_in_time",
        "test_visible.py::test_the_longest_text_is_read_in_time",
    )
)


@dataclass(frozen=True, slots=True)
class Area:
    """`code`: patterns of the files that are changed; `tests`: those that run; `least`: percent that they have to
    notice, a little under what was measured; 0 where nothing was yet."""

    code: tuple[str, ...]
    tests: tuple[str, ...]
    least: float = 0.0


AREAS = {
    "core": Area(("bot/core/*",), ("tests/core", *_UNNAMEABLE), least=76.0),
    "steps": Area(("bot/steps/*",), ("tests/core", "tests/stories/test_any_order.py", "tests/stories/test_pauses.py")),
    "hooks": Area(
        ("hooks/policy/*",),
        ("tests/hooks/test_attacks.py", "tests/hooks/test_examples.py", "tests/hooks/test_table_lists.py"),
    ),
    "refusals": Area(("hooks/policy/*",), ("tests/hooks",), least=98.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`drawn` of `all` changes were tried; `survivors` are those that no test noticed."""

    area: str
    all: int
    drawn: int
    survivors: tuple[str, ...]

    @property
    def percent(self) -> float:
        return 100 * (1 - len(self.survivors) / self.drawn) if self.drawn else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 if a score is below `--least`, or below that of its area."""
    given = _parse(arguments)
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1 << 32)
    sys.stderr.write(f"seed {seed}\n")
    scores = [_score(area, given.sample, seed) for area in given.area or AREAS]
    shown = json.dumps([asdict(score) for score in scores], indent=2) if given.json else "\n".join(_lines(scores))
    sys.stdout.write(f"{shown}\n")
    return int(any(is_too_low(score, given.least) for score in scores))


def is_too_low(score: Score, least: float | None) -> bool:
    """`least`: percent, instead of what the area has to reach."""
    return score.percent < (AREAS[score.area].least if least is None else least)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutation", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--area", action="append", choices=sorted(AREAS), help="one area; all if none is named")
    parser.add_argument("--sample", type=int, default=200, metavar="N", help="how many changes of each area to try")
    parser.add_argument("--seed", type=int, help="draws the same sample again")
    parser.add_argument("--least", type=float, metavar="PERCENT", help="fail below this score, not below the area's")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    return parser.parse_args(arguments)


def _score(area: str, sample: int, seed: int) -> Score:
    if area == "refusals":
        count, tried, left = try_refusals(sample, random.Random(f"{seed} {area}"))  # noqa: S311 - see below
        return Score(area=area, all=count, drawn=tried, survivors=left)
    with snapshot(ROOT) as tree:
        _configure(tree, AREAS[area])
        _run(tree, "run", "no.such.change")  # makes the changes, and learns which tests reach them
        every = sorted(_exit_codes(tree))
        chance = random.Random(f"{seed} {area}")  # noqa: S311 - a sample that can be drawn again, not a secret
        drawn = chance.sample(every, min(sample, len(every)))
        codes = _try_all(tree, drawn)
        return Score(area=area, all=len(every), drawn=len(drawn), survivors=find_survivors(drawn, codes))


def _try_all(tree: Path, drawn: Sequence[str]) -> dict[str, int | None]:
    """mutmut ends early where a process of a test outlives it, so what is left is tried in another round."""
    left = list(drawn)
    while left:
        _run(tree, "run", *left)
        codes = _exit_codes(tree)
        before, left = left, [name for name in drawn if codes[name] is None]
        if len(left) == len(before):
            raise SystemExit(f"{len(left)} changes were not tried, {left[0]} for one: see mutmut's output above")
    return _exit_codes(tree)


def _configure(tree: Path, area: Area) -> None:
    lists = {
        "source_paths": ("bot", "hooks"),
        "only_mutate": area.code,
        "pytest_add_cli_args_test_selection": area.tests,
        "pytest_add_cli_args": ("-p", "no:cacheprovider"),
        "also_copy": tuple(name for name in _COPIED if (tree / name).exists()),
    }
    text = "".join(f"{key}=\n" + "".join(f"    {value}\n" for value in values) for key, values in lists.items())
    (tree / "setup.cfg").write_text(f"[mutmut]\n{_ISOLATION}\n{text}")
    (tree / "mutants").mkdir()
    (tree / "mutants" / "node_modules").symlink_to(ROOT / "node_modules")


def find_survivors(drawn: Sequence[str], codes: Mapping[str, int | None]) -> tuple[str, ...]:
    """`codes`: how the tests ended with each change. One that no test reaches has survived, too."""
    return tuple(sorted(name for name in drawn if codes[name] not in _KILLED))


def _run(tree: Path, *arguments: str) -> None:
    """mutmut's exit code says nothing: what became of each change is read from its files."""
    subprocess.run([*_MUTMUT, *arguments], cwd=tree, stdout=sys.stderr, check=False)


def _exit_codes(tree: Path) -> dict[str, int | None]:
    """By the name of the change: how the tests ended with it; None if they have not run."""
    found: dict[str, int | None] = {}
    for path in (tree / "mutants").rglob("*.meta"):
        found |= json.loads(path.read_text())["exit_code_by_key"]
    if not found:
        raise SystemExit("mutmut made no change: see its output above")
    return found


def _lines(scores: Sequence[Score]) -> Iterator[str]:
    for score in scores:
        caught = score.drawn - len(score.survivors)
        yield f"{score.area}: {caught} of {score.drawn} noticed ({score.percent:.0f} %), drawn from {score.all:,}"
        yield from (f"  survived: {name}" for name in score.survivors)


if __name__ == "__main__":
    raise SystemExit(main())
