"""The documentation site is built without a warning, its links lead somewhere, and it loads nothing from elsewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.github.pacing import A_MINUTE, AN_HOUR
from bot.adapters.settings import Settings
from bot.cli import COMMANDS
from bot.core.lint import find_remarks
from bot.core.messages.remarks import remarks_section
from bot.core.pressure import MAX_OPEN_PULL_REQUESTS
from bot.core.repairs import MOST_REPAIRS
from bot.core.repository_settings import RepositoryLimits
from bot.core.tasks import Snapshot, State
from docs import site_build
from docs.site_links import find_faults

ROOT = Path(__file__).parents[1]
ISSUES = (ROOT / "docs/writing-issues.md").read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    assert site_build.build(folder) == []
    return folder / "site"


def test_each_page_is_also_there_as_markdown(site: Path) -> None:
    pages = {path.relative_to(site) for path in site.rglob("*.html")} - {Path("404.html")}

    assert len(pages) > 100
    assert {path.with_suffix(".md") for path in pages} == {path.relative_to(site) for path in site.rglob("*.md")}
    assert (site / "security.md").read_bytes() == (ROOT / "docs/security.md").read_bytes()


def test_programs_find_each_page_of_the_navigation(site: Path) -> None:
    """https://llmstxt.org: a title, a sentence, and links."""
    index, whole = (site / "llms.txt").read_text(), (site / "llms-full.txt").read_text()
    named = re.findall(r"^- \[.+\]\((.+\.md)\)$", index, re.MULTILINE)

    assert index.startswith("# Nightshift\n\n> ")
    assert not [each for each in named if not (site / each).is_file()]
    assert whole.count("<!-- ") >= len(named) == len(set(named))


def test_no_page_is_out_of_reach() -> None:
    """Each is in the navigation; decisions are behind their index."""
    listed = {page for _, page in site_build.listed()}

    assert {page for page in site_build.sources() if page.parent.name != "decisions"} == {
        page for page in listed if page.parent.name != "decisions"
    }
    assert Path("decisions/index.md") in listed


def test_diagrams_are_drawn_by_the_sites_own_program(site: Path) -> None:
    page = (site / "architecture.html").read_text()

    assert '<pre class="mermaid">' in page
    assert 'src="./assets/mermaid.js"' in page
    assert (site / "assets/mermaid.js").stat().st_size > 1_000_000


def test_the_search_knows_what_stands_on_the_pages(site: Path) -> None:
    assert "guards_unproven" in (site / "search.json").read_text()


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ('<a href="nowhere.html">x</a>', "leads nowhere: nowhere.html"),
        ('<a href="#nowhere">x</a>', "leads nowhere: #nowhere"),
        ('<a href="other.html#nowhere">x</a>', "leads nowhere: other.html#nowhere"),
        ('<img src="nowhere.png">', "leads nowhere: nowhere.png"),
        ('<script src="https://unpkg.com/x.js"></script>', "loads https://unpkg.com/x.js"),
        ("<p>text\n- an item that is none</p>", "was not read as Markdown: - "),
    ],
)
def test_a_fault_of_a_page_is_found(written: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "other.html").write_text('<h1 id="here">x</h1><a href="other.html#here">x</a>')
    (tmp_path / "index.html").write_text(written)

    assert find_faults(tmp_path) == [f"index.html: {fault}"]


def test_lists_and_blocks_are_written_for_python_markdown() -> None:
    assert site_build.adapt("Text:\n- one\n- two\n\n- ```text\n  a\n\n  b\n  ```\n- three\n") == (
        "Text:\n\n- one\n- two\n\n\n```text\na\n\nb\n```\n\n- three\n"
    )
    assert site_build.adapt("```text\na:\n- b\n```\n") == "```text\na:\n- b\n```\n"


def _examples() -> Iterator[tuple[str, str]]:
    table = ISSUES.split("## What Nightshift remarks")[1].split("\n## ")[0]
    yield from re.findall(r"^\| (?!title)([^|]+) \| (\*\*.+\*\*|) ?\|$", table, re.MULTILINE)


@pytest.mark.parametrize(("title", "remark"), list(_examples()))
def test_an_example_of_a_remark_gets_it(title: str, remark: str) -> None:
    shown = remarks_section(find_remarks(_issue(title)), state=State.QUEUED, waits=False)

    assert re.findall(r"^- (\*\*.+?\*\*)", shown, re.MULTILINE) == ([remark] if remark else [])


def test_the_issue_that_is_right_gets_no_remark() -> None:
    ((title, body),) = re.findall(r"^```markdown\nTitle: (.+)\n\n((?:.*\n)+?)```$", ISSUES, re.MULTILINE)

    assert find_remarks(_issue(title, body)) == ()


@pytest.mark.parametrize(
    "typed",
    re.findall(r"^\.venv/bin/nightshift ([^#\n]+)", (ROOT / "docs/start.md").read_text(), re.MULTILINE),
)
def test_each_line_of_the_start_can_be_typed(typed: str) -> None:
    """The command and its options are there; `make` and what only root can do are the reader's own."""
    name, *arguments = shlex.split(typed)
    options = {option for each in COMMANDS[name].load().params for option in each.opts}

    assert not [each for each in arguments if each.startswith("--") and each not in options]


def test_the_numbers_of_limits_are_the_defaults() -> None:
    """The rows of the page, in its words."""
    settings = {name: field.default for name, field in Settings.model_fields.items()}
    limits, page = RepositoryLimits(), (ROOT / "docs/limits.md").read_text()
    rows = {
        "`PER_REPOSITORY`)": [settings["workers"], settings["per_repository"]],
        "`SESSION_MINUTES`)": [settings["max_turns"], settings["budget_usd"], settings["session_minutes"]],
        "files, lines, bytes": [limits.files, limits.lines, f"{limits.bytes:,}"],
        "the set-up": [limits.check_minutes, limits.checks_minutes, f"{limits.setup_minutes} minutes"],
        "open pull requests in a repository": [MAX_OPEN_PULL_REQUESTS],
        "repairs of a pull request by itself": [MOST_REPAIRS],
    }
    for row, numbers in rows.items():
        shown = ", ".join(f"{each:g}" if isinstance(each, int | float) else each for each in numbers)
        assert f"{row} | {shown} |" in page
    assert f"| {A_MINUTE} a minute, {AN_HOUR} an hour" in page


def _issue(title: str, body: str = "") -> Snapshot:
    return Snapshot(title=title, body=body, approved_by="ada", approved_at=datetime(2026, 3, 1, tzinfo=UTC))
