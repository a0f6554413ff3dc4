"""The pages for people: readable, escaped, and without anything that a browser would fetch from elsewhere."""

from __future__ import annotations

import re

import pytest
import requests

from bot.rehearsal.github import diffs, markdown
from bot.rehearsal.github.server import SimulatedGitHub

EVIL = '<script>alert(1)</script><img src="http://example.com/x.png" onerror="alert(1)">'


def page(octo: SimulatedGitHub, path: str) -> str:
    answer = requests.get(f"{octo.web_url}{path}", timeout=10)
    assert answer.status_code == 200, answer.text
    assert "script" not in answer.headers["Content-Security-Policy"]
    return answer.text


@pytest.fixture
def pull(octo: SimulatedGitHub) -> int:
    """A pull request for issue 1, with evil texts wherever somebody can write some."""
    octo.open_issue("octo/tools", title=EVIL, body=EVIL, author="stranger", labels=["<b>bold</b>"])
    octo.comment("octo/tools", 1, EVIL, by="maria")
    octo.edit_issue("octo/tools", 1, title=f"{EVIL} again", by="stranger")
    octo.push_commit("octo/tools", "auto/1", {"<b>.py": f"{EVIL}\n", "README.md": None}, message=EVIL, by="bot")
    body = f"Closes #1\n\n<details><summary>Commands</summary>\n\n- [x] `pytest`\n\n</details>\n\n<!-- tag -->\n{EVIL}"
    return octo.open_pull_request("octo/tools", title="Mend the clock", body=body, head="auto/1", by="bot").number


def test_nothing_that_a_person_wrote_becomes_markup(octo: SimulatedGitHub, pull: int) -> None:
    sha = octo.branches("octo/tools")["auto/1"]
    paths = ["/", "/octo/tools", "/octo/tools/issues?state=all", "/octo/tools/issues/1", "/octo/tools/pulls"]
    for path in [*paths, f"/octo/tools/pull/{pull}", f"/octo/tools/commit/{sha}"]:
        text = page(octo, path)
        assert "<script" not in text
        assert "<img" not in text
        assert "<b>bold" not in text
        assert re.findall(r"(?:src|href)=\"(?:https?:)?//[^\"]*", text) == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page(octo, "/octo/tools/issues/1")


def test_a_pull_request_shows_what_a_reviewer_needs(octo: SimulatedGitHub, pull: int) -> None:
    """Its description, the issue that it closes, its commits and its changes, line by line."""
    octo.comment("octo/tools", pull, "Thanks! See #1.", by="maria")
    text = page(octo, f"/octo/tools/pull/{pull}")
    assert "<details><summary>Commands</summary>" in text
    assert "☑ <code>pytest</code>" in text
    assert "tag --" not in text
    assert 'See <a href="/octo/tools/issues/1">#1</a>.' in text
    assert "wants to merge 1 commit into" in " ".join(text.split())
    assert '<tr class="removed"><td class="no">1</td>' in text
    assert '<tr class="added"><td class="no"></td><td class="no">1</td>' in text
    octo.merge_pull_request("octo/tools", pull, by="maria")
    assert '<span class="badge merged">Merged</span>' in page(octo, f"/octo/tools/pull/{pull}")


def test_an_issue_shows_its_story(octo: SimulatedGitHub, pull: int) -> None:
    octo.close_issue("octo/tools", 1, reason="not_planned", by="maria")
    text = page(octo, "/octo/tools/issues/1")
    assert "Closed as not planned" in text
    assert "closed this as not planned" in text
    assert f'<a href="/octo/tools/pull/{pull}">Mend the clock</a>' in text


def test_a_list_shows_open_ones_first(octo: SimulatedGitHub) -> None:
    octo.open_issue("octo/tools", title="Stays", author="maria")
    octo.close_issue("octo/tools", octo.open_issue("octo/tools", title="Goes", author="maria").number, by="maria")
    assert "Goes" not in page(octo, "/octo/tools/issues")
    assert "Goes" in page(octo, "/octo/tools/issues?state=closed")


@pytest.mark.parametrize(
    "path", ["/nobody", "/octo/none/issues", "/octo/tools/issues/99", "/octo/tools/commit/zz", "/a/b/c/d"]
)
def test_a_page_that_is_not_there_says_so(octo: SimulatedGitHub, path: str) -> None:
    answer = requests.get(f"{octo.web_url}{path}", timeout=10)
    assert answer.status_code == 404
    assert "has no page" in answer.text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<!-- hidden\n\nstill hidden -->after", ""),
        ("a <!-- hidden --> b", "a  b"),
        ("<details open>\n<summary>S</summary>\n\n**x**\n\n</details>", "<strong>x</strong>"),
        ('<details ontoggle="alert(1)">', "&lt;details ontoggle=&quot;alert(1)&quot;&gt;"),
        ("`<!-- code -->`", "<code>&lt;!-- code --&gt;</code>"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("<a href='javascript:x'>y</a>", "&lt;a href='javascript:x'&gt;y&lt;/a&gt;"),
        ('![p](http://example.com/x.png")', 'x.png%22"'),
        ("![p](http://example.com/x.png)", ">picture: p</a>"),
        ("[#3](http://example.com/)", ">#3</a>"),
        ("octo/other#3 and a#b", "octo/other#3 and a#b"),
    ],
)
def test_markdown_is_harmless(written: str, shown: str) -> None:
    html = markdown.rendered(written, issues="/octo/tools/issues")
    assert shown in html
    assert "hidden" not in html
    assert "<img" not in html
    assert re.search(r"<[^>]*(?:javascript:|on\w+=)", html) is None


def test_an_endless_diff_is_cut() -> None:
    patch = "@@ -0,0 +1,5000 @@\n" + "+x\n" * 5000
    shown = [*diffs.lines(patch)]
    assert len(shown) == diffs.SHOWN + 1
    assert shown[-1].kind == "note"
