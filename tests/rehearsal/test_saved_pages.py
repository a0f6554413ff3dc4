"""The pages of a night can be looked at when the simulation is gone."""

from __future__ import annotations

import re
from pathlib import Path

from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.pages import local_addresses, save_pages
from bot.rehearsal.result import Address


def test_the_saved_pages_link_to_each_other(tmp_path: Path) -> None:
    """From the first page every issue and pull request can be reached, with nothing running."""
    with SimulatedGitHub(tmp_path / "github") as github:
        github.add_user("ada")
        github.add_repository("octo/clock", files={"a.py": "x = 1\n"})
        github.open_issue("octo/clock", title="Fix <b>it</b>", body="[out](https://example.org/)", author="ada")
        github.push_commit("octo/clock", "auto/1", {"a.py": "x = 2\n"}, by="ada")
        github.open_pull_request("octo/clock", title="Fix it", body="Closes #1", head="auto/1", by="ada")
        files = save_pages(github.web_url, tmp_path / "pages")
        issue = Address(what="issue octo/clock#1", url=f"{github.web_url}/octo/clock/issues/1")

    (saved,) = local_addresses([issue], files)
    assert saved.url == (tmp_path / "pages" / "octo-clock-issues-1.html").as_uri()
    text = (tmp_path / "pages" / "octo-clock-issues-1.html").read_text()
    assert "Fix &lt;b&gt;it&lt;/b&gt;" in text
    assert 'href="https://example.org/"' in text
    assert reachable(tmp_path / "pages") >= {"octo-clock-issues-1.html", "octo-clock-pull-2.html"}
    for page in (tmp_path / "pages").iterdir():
        assert github.web_url not in page.read_text()
        assert not re.search(r'href="/', page.read_text())


def reachable(folder: Path) -> set[str]:
    """The files that somebody gets to who opens index.html and follows every link."""
    found, waiting = {"index.html"}, ["index.html"]
    while waiting:
        links = re.findall(r'href="([^":#]+\.html)', (folder / waiting.pop()).read_text())
        waiting += sorted(set(links) - found)
        found |= set(links)
    return found
