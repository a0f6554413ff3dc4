"""Nights with stacked pull requests: what is merged from the first to the last closes every issue, and loses none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.rehearsal.nights import rehearse

HERE = Path(__file__).parent
NIGHTLY = pytest.mark.nightly


def play(tmp_path: Path, name: str, **variant: str) -> None:
    night = (HERE / name).read_text()
    for word, text in variant.items():
        night = night.replace(word, text)
    code, out, err = rehearse(tmp_path, night, "--json")
    assert json.loads(out)["unexpected"] == [], err
    assert code == 0


@NIGHTLY
@pytest.mark.parametrize(("method", "deletes"), [("squash", "true"), ("rebase", "false"), ("merge", "true")])
def test_a_chain_of_five_is_stacked_and_merged(tmp_path: Path, method: str, deletes: str) -> None:
    """No comment says of a part that it follows what was merged below it."""
    play(tmp_path, "chain_night.yml", METHOD=method, DELETES=deletes)


@NIGHTLY
def test_every_shape_of_a_graph_comes_to_its_end(tmp_path: Path) -> None:
    """A diamond, two repositories, a closed arm, a blocker that is tried again, a person's commit, refused pushes."""
    play(tmp_path, "graph_night.yml")
