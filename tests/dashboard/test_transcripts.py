"""The transcript of an attempt, as a page and as a folder: all that a session streamed is other people's text."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.store import Store
from bot.core.references import IssueRef
from bot.core.session_steps import MOST_STEPS, ShownRuling, SpokenBy, read_rulings, read_session
from bot.dashboard.transcript_files import write_folder
from bot.dashboard.viewer import Viewer
from tests.dashboard.elements import Elements
from tests.dashboard.sample import CLOCK, HOSTILE, sample
from tests.dashboard.served import NOW, serve
from tests.dashboard.streams import HOSTILE_EVENTS, answers, calls, refusal, says, write
from tests.stories.command_line import ENOUGH, nightshift

EVERYTHING = Viewer(name="ada", reads=None, writes=frozenset(), form_token="")
PAGE = f"/tasks/{CLOCK}/1/attempts/1"
SECRET = "ghp_" + "a1B2" * 9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with sample(tmp_path) as store:
        yield store


def text_of(store: Store, data: Path, path: str = PAGE) -> str:
    shown = serve(store, data, lambda: EVERYTHING).get(path)
    assert shown.status_code == 200
    return shown.text


def test_a_session_reads_as_a_conversation_with_the_rulings_beside_its_calls(store: Store, tmp_path: Path) -> None:
    edit = {"file_path": "/w/a.py", "old_string": "x = 1\ny = 2", "new_string": "x = 3\ny = 2"}
    write(
        tmp_path,
        {"type": "user", "isReplay": True, "message": {"content": "Do the work."}},
        says("I look first."),
        calls("Bash", {"command": "git push --force"}),
        answers("Not allowed.", is_error=True),
        calls("Edit", edit, call="c2", message="m2"),
        answers("Changed.", call="c2"),
        {"type": "result", "total_cost_usd": 0.5, "result": "All done."},
        rulings=(refusal("c1", "history is not rewritten"), {"tool_use_id": "c2", "granted": True}),
    )

    page = text_of(store, tmp_path)

    order = ["Nightshift&#39;s brief", "I look first.", "refused: force_push", "history is not rewritten", "All done."]
    assert sorted(order, key=page.index) == order
    assert '<span class="gd">-x = 1</span>\n<span class="gi">+x = 3</span>' in page
    assert "granted" in page
    found = text_of(store, tmp_path, f"{PAGE}?q=CHANGED")
    assert "1 steps with" in found
    assert "I look first." not in found
    assert "No step has these words." in text_of(store, tmp_path, f"{PAGE}?q=nowhere")


def test_a_hostile_transcript_stays_text(store: Store, tmp_path: Path) -> None:
    write(tmp_path, *HOSTILE_EVENTS, rulings=(refusal("c1", HOSTILE) | {"rule": HOSTILE},))
    until = NOW + timedelta(hours=1)
    write_folder(store, tmp_path, tmp_path / "out", NOW - timedelta(hours=1), until)
    pages = [text_of(store, tmp_path), text_of(store, tmp_path, f"{PAGE}?verify=1&q={HOSTILE}&page=0")]
    pages += [path.read_text() for path in (tmp_path / "out").glob("*.html")]

    assert len(pages) == 2 + 6
    for page in pages:
        elements = Elements()
        elements.feed(page)
        assert {each.get("src") for tag, each in elements.found if tag == "script"} <= {"/static/dashboard.js"}
        assert [tag for tag, each in elements.found if tag in {"img", "b", "style"} or "style" in each] == []
        assert [each for _, each in elements.found if any(name.startswith("on") for name in each)] == []
    assert "pwned" in pages[0]


def test_secrets_are_masked_in_every_part(store: Store, tmp_path: Path) -> None:
    write(
        tmp_path,
        says(f"It is {SECRET}."),
        calls("Bash", {"command": f"curl -H 'Authorization: token {SECRET}'"}),
        answers(f"{'x' * 3950} {SECRET} {'y' * 9000}"),
        calls("Write", {"file_path": "a.py", "content": f"TOKEN = '{SECRET}'"}, call="c2"),
        rulings=(refusal("c1", SECRET),),
    )
    write_folder(store, tmp_path, tmp_path / "out", NOW - timedelta(hours=1), NOW + timedelta(hours=1))

    shown = text_of(store, tmp_path) + "".join(path.read_text() for path in (tmp_path / "out").iterdir())

    assert SECRET[:12] not in shown
    assert "***" in shown
    assert "more characters" in shown


@pytest.mark.parametrize("damage", ["cut", "not packed", "empty", "a folder", "noise"])
def test_a_broken_transcript_is_a_sentence(store: Store, tmp_path: Path, damage: str) -> None:
    kept = write(tmp_path, says("Before the damage."), *[says("x" * 999, f"m{at}") for at in range(50)])
    path = kept / "transcript.jsonl.gz"
    packed = path.read_bytes()
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    else:
        noise = gzip.compress(b'\xff\x00{\n[1]\n"a"\n{}\n{"type": "assistant", "message": 7}\n')
        path.write_bytes({"cut": packed[:-20], "not packed": b"{}\n", "empty": b"", "noise": noise}[damage])

    page = text_of(store, tmp_path)

    said = {"empty": "There is no transcript of this attempt.", "noise": "3 lines could not be read."}
    assert said.get(damage, "cannot be read to its end") in page
    assert "does not hold" in text_of(store, tmp_path, f"{PAGE}?verify=1")


def test_without_evidence_the_page_says_so(store: Store, tmp_path: Path) -> None:
    assert "None is kept" in text_of(store, tmp_path)
    assert "There is no evidence of this attempt any more." in text_of(store, tmp_path, f"{PAGE}?verify=1")
    assert serve(store, tmp_path, lambda: EVERYTHING).get(f"/tasks/{CLOCK}/1/attempts/2").status_code == 404


def test_an_attempt_at_work_shows_what_it_has_streamed(store: Store, tmp_path: Path) -> None:
    with store.read() as ledger:
        task = ledger.tasks.find(IssueRef(CLOCK, 5))
    assert task is not None
    live = tmp_path / f"attempts/{task.id}-1/session-1"
    live.mkdir(parents=True)
    (live / "transcript.jsonl").write_text(json.dumps(says("I am at it.")) + '\n{"type": "assis')

    page = text_of(store, tmp_path, f"/tasks/{CLOCK}/5/attempts/1")

    assert "I am at it." in page
    assert "1 lines could not be read" in page


def test_a_viewer_downloads_only_what_that_person_may_read(store: Store, tmp_path: Path) -> None:
    def names(viewer: Viewer) -> set[str]:
        packed = serve(store, tmp_path, lambda: viewer).get("/transcripts.zip")
        assert packed.headers["Content-Disposition"] == 'attachment; filename="transcripts-2026-03-04.zip"'
        return set(zipfile.ZipFile(io.BytesIO(packed.data)).namelist())

    alone = Viewer(name="grace", reads=frozenset({CLOCK}), writes=frozenset(), form_token="")
    assert {name for name in names(EVERYTHING) if "private" in name} == {"transcripts/octo-private-2-attempt-1.html"}
    assert {name for name in names(alone) if "private" in name} == set()
    assert {"transcripts/index.html", "transcripts/dashboard.css"} <= names(alone)
    assert serve(store, tmp_path, lambda: alone).get("/tasks/octo/private/2/attempts/1").status_code == 404
    assert serve(store, tmp_path, lambda: None).get("/transcripts.zip").status_code == 404


def test_the_command_writes_the_folder_or_says_why_not(store: Store, tmp_path: Path) -> None:
    environment = {**ENOUGH, "DATA_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'ledger.db'}"}
    (tmp_path / "file").touch()

    done = nightshift("transcripts", "--output", "out", cwd=tmp_path, environment=environment)
    failed = nightshift("transcripts", "--output", "file/in", cwd=tmp_path, environment=environment)

    assert (done.code, done.out) == (0, "out/index.html lists 0 attempts.\n")
    assert "No attempt ended since then." in (tmp_path / "out/index.html").read_text()
    assert failed.code == 1
    assert "file/in cannot be written: Not a directory" in failed.err


def test_a_session_of_too_many_steps_is_cut() -> None:
    lines = [json.dumps(says("x", f"m{at}")).encode() for at in range(MOST_STEPS + 10)]

    found = read_session(lines, {})

    assert len(found.steps) == MOST_STEPS
    assert found.is_cut


def test_answers_belong_to_their_calls_and_words_of_people_to_them() -> None:
    events = [
        calls("Bash", {"command": "true"}),
        calls("Read", {"file_path": "a"}, call="c2"),
        answers("second", call="c2"),
        answers("first"),
        answers("of no call", call="c9"),
        {"type": "user", "isReplay": True, "message": {"content": [{"type": "text", "text": "Stop there."}]}},
        {"type": "system", "subtype": "api_retry", "error": "overloaded", "attempt": 2},
    ]
    rulings = read_rulings([b'{"tool_use_id": "c1", "granted": true}', b"{", b'{"tool_use_id": 4}'])

    found = read_session([json.dumps(each).encode() for each in events], rulings).steps

    assert [(step.tool, step.result) for step in found[:2]] == [("Bash", "first"), ("Read", "second")]
    assert (found[0].ruling, found[1].ruling) == (ShownRuling(granted=True), None)
    assert [(step.speaker, step.text) for step in found[2:]] == [
        (SpokenBy.PERSON, "Stop there."),
        (SpokenBy.RETRY, "overloaded: retry 2"),
    ]
