"""What people see of a night in a real browser."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.patience import within
from tests.stories.world import World, writes

CHROMIUM = (
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic", "--virtual-time-budget=2000"),
)


def page(url: str, profile: Path) -> str:
    """The page's DOM after it has been loaded and its scripts, if any, have run."""
    done = subprocess.run(
        [*CHROMIUM, f"--user-data-dir={profile}", "--dump-dom", url],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(profile)},
        capture_output=True,
        text=True,
        timeout=within(60),
        check=True,
    )
    return done.stdout


@pytest.mark.needs("chromium")
def test_an_issue_and_its_pull_request_can_be_looked_at(world: World, tmp_path: Path) -> None:
    """The status comment and the evidence are there to read, and the hidden record is not."""
    issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    (pull,) = world.pull_requests()

    issue_page = page(f"{world.github.web_url}/octo/clock/issues/{issue.number}", tmp_path)
    pull_page = page(f"{world.github.web_url}/octo/clock/pull/{pull.number}", tmp_path)

    assert "is ready for review" in issue_page
    assert "auto:review" in issue_page
    assert "approved_by" not in issue_page
    assert "git commit -qm" in pull_page
    assert "time.txt" in pull_page


@pytest.mark.needs("chromium")
def test_nothing_that_people_write_runs_in_a_browser(world: World, tmp_path: Path) -> None:
    """Titles, bodies, file names and what Claude says are other people's text."""
    hostile = "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
    issue = world.label_issue(hostile, hostile, sessions=[writes("time.txt", "<script>alert(1)</script>")])
    world.run_until_idle()

    for address in (f"issues/{issue.number}", f"pull/{world.pull_requests()[0].number}", "issues"):
        shown = page(f"{world.github.web_url}/octo/clock/{address}", tmp_path)
        assert "<title>pwned" not in shown
        assert "<script" not in shown
