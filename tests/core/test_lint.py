"""The lint speaks up where an issue's text gives a reason, and is silent for an issue that says what shall be."""

from __future__ import annotations

import pytest

from bot.core.lint import Remark, RemarkKind, find_remarks
from bot.core.tasks import Snapshot, SnapshotComment


def remarks(title: str, body: str = "", *comments: str) -> tuple[Remark, ...]:
    said = tuple(SnapshotComment(author="ada", body=comment) for comment in comments)
    return find_remarks(Snapshot(title=title, body=body, comments=said))


def kinds(title: str, body: str = "", *comments: str) -> set[RemarkKind]:
    return {remark.kind for remark in remarks(title, body, *comments)}


def tasks(title: str, body: str = "") -> tuple[str, ...]:
    return next((each.tasks for each in remarks(title, body) if each.kind is RemarkKind.SEVERAL), ())


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Improve performance", ""),
        ("Improve the performance of the search", "Please."),
        ("Make the UI nicer", "It looks old."),
        ("Make it work", ""),
        ("make search better", ""),
        ("Fix it", ""),
        ("Fix the bug", "There is a bug."),
        ("Fix login", ""),
        ("fix: tests", ""),
        ("[Bug] Login is broken", ""),
        ("The export doesn't work", "Please fix."),
        ("Search not working properly", ""),
        ("Refactor the parser", ""),
        ("Clean up the code", "It is a mess."),
        ("Rewrite it in Rust", ""),
        ("Optimise database queries", ""),
        ("Please look into the memory usage", ""),
        ("Could you speed up the build", ""),
        ("Modernize the front end", ""),
        ("Problems with dates", ""),
        ("Update docs", ""),
        ("Login", ""),
        ("Various improvements", ""),
        ("Cleanup", "<!-- Describe the change here. How can a maintainer tell that it is done? -->"),
        ("Improve error handling", "### Acceptance criteria\n\n_No response_\n"),
        ("Improve the docs", "> the docs are bad, they should be improved\n\nsee above"),
        ("Something is wrong with the cache", ""),
        ("Add tests", ""),
        ("Increase test coverage", ""),
        ("Code quality", ""),
        ("Support more formats", ""),
        ("Make the search smarter", ""),
        ("Broken on mobile", ""),
    ],
)
def test_an_issue_that_does_not_say_when_it_is_done_is_reported(title: str, body: str) -> None:
    """What would be an answer is left open, and the body adds nothing."""
    assert RemarkKind.CRITERIA in kinds(title, body)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Add a VAT calculation", "Add `shop/vat.py` with `with_vat(price, rate)`."),
        ("total() of an empty list should be 0", "Please make sure."),
        ("Spelling in the README", "`smal` -> `small`"),
        ("Show prices in the right currency", "Prices should be shown in the right currency."),
        ("Fix the flaky clock test", ""),
        ("Fix crash on empty input", ""),
        ("Fix the clock", "It is an hour late in summer."),
        ("Improve the parser", "It must accept dates such as 2024-02-30 and refuse them with a message."),
        ("Improve performance", "`load()` takes 4 s, it should take less than 1 s."),
        ("Refactor `Store` into two classes", ""),
        ("Refactor the parser into two modules", ""),
        ("Make `Config` frozen", ""),
        ("Make the header sticky", ""),
        ("Make the search case-insensitive", ""),
        ("Rename Foo to Bar", ""),
        ("Add a dark theme", ""),
        ("Document all routes", "- blocked by #2"),
        ("Remove the deprecated flag", ""),
        ("Update requests to 2.32", ""),
        ("Handle ConnectionError in the client", ""),
        ("Notes should come back in the order they were written", "I think `read` returns them in any order?"),
        ("Ignore the editor's backup files", "Backup files (`*~`) keep getting committed."),
        ("The export does not work", "Steps to reproduce:\n\n1. Open a report\n2. Choose CSV\n\nNothing happens."),
        ("Search is broken", "```\nTraceback (most recent call last):\n```"),
        (
            "Improve logging",
            "- [ ] each request has an id\n- [ ] the id is in every line\n\nExpected: one line per request.",
        ),
        ("Translate the page into German", ""),
        ("Accept crypto", "Please accept all coins."),
        ("Die Preise in Euro anzeigen", "Alle Preise in Euro."),
        ("コメントを追加", ""),
        ("Clean up temporary files when the worker stops", ""),
        ("Simplify the error message for a missing file so that it names the file", ""),
        ("Add tests for the parser", ""),
        ("Handle 401 with a retry", ""),
        ("Add validation to the email field", ""),
        ("More than 100 results are cut off", ""),
    ],
)
def test_an_issue_that_says_what_shall_be_needs_no_heading(title: str, body: str) -> None:
    """A name, an example, an outcome or a definite verb is enough."""
    assert RemarkKind.CRITERIA not in kinds(title, body)


def test_a_comment_of_a_writer_may_say_what_the_issue_leaves_open() -> None:
    assert kinds("Improve performance") == {RemarkKind.CRITERIA}
    assert not kinds("Improve performance", "", "`load()` should take less than a second.")


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Fix the clock and add a dark theme", ""),
        ("Add dark mode, fix the footer", ""),
        ("Rename the package; update the logo", ""),
        ("Remove Python 3.8 + add type hints", ""),
        ("Cleanups", "1. Fix the login page\n2. Add dark mode\n3. Upgrade Django\n"),
        ("Next release", "- Fix the footer\n- Add an RSS feed\n- Upgrade Django\n- Remove jQuery\n"),
        ("Todo", "- [ ] Fix the footer\n- [ ] Add an RSS feed\n- [ ] Upgrade Django\n"),
        ("Some work", "Fix the footer. Add an RSS feed. Upgrade Django."),
        ("Some work", "Please 1) fix the footer 2) add an RSS feed 3) upgrade Django"),
        ("Several fixes", "- Fix the footer\n- Add an RSS feed"),
        ("Various improvements", "* Speed up the search\n* Translate the emails"),
        ("Bugs", "## Bug 1\n\nThe footer is gone.\n\n## Bug 2\n\nThe feed is empty."),
        ("Work", "### Task A\n\nFooter\n\n### Task B\n\nFeed"),
        ("Work", "**Part 1**\n\nFooter\n\n**Part 2**\n\nFeed"),
        ("Fix the footer", "It overlaps.\n\nWhile you're at it, upgrade Django."),
        ("Fix the footer", "It overlaps.\n\nUnrelated: add an RSS feed."),
        ("Fix the footer", "It overlaps. On another note, please remove jQuery."),
        ("Replace jQuery and translate emails", ""),
        ("feat: add search and remove cookies banner", ""),
        ("Please fix the footer and then upgrade Django", ""),
        ("Fix the footer; upgrade Django; write a changelog", ""),
        ("Rename Foo to Bar, and separately upgrade Django", ""),
        ("Two things", "The header overlaps on mobile. Also, please add an export."),
        ("Bug and feature", "Bug 1: the clock is late.\nFeature 2: an export as CSV."),
        ("Bugs found in testing", "- The logo is blurry\n- The export is empty\n- Typing is slow"),
        ("Misc", "- [ ] add a favicon\n- [ ] rename the package\n- [ ] move docs to mkdocs"),
        ("Sprint 12", "- Export invoices as PDF\n- Rate-limit the API\n- Translate the landing page"),
    ],
)
def test_several_tasks_in_one_issue_are_distinguished(title: str, body: str) -> None:
    found = tasks(title, body)
    assert len(found) >= 2, found


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Add an export", "- Add an `export` command\n- Write the export as CSV\n- Document the export\n"),
        ("Add search and document it", ""),
        ("Add search and tests", ""),
        ("Add and test a CSV export", ""),
        ("Rename Foo to Bar and update its tests", ""),
        ("Import and export notes", ""),
        ("Add `a.py` with one and two", ""),
        ("The export is empty", "## Steps to reproduce\n\n1. Open a report\n2. Run the export\n3. Print the file\n"),
        (
            "Add a form",
            "## Acceptance criteria\n\n- Show an error for a wrong date\n- Send a mail\n- Log the address\n",
        ),
        ("Add a form", "Definition of done:\n\n- the page has a form\n- a wrong date shows an error\n- tests pass\n"),
        ("Read durations", "We write durations but cannot read them. Add `parse_duration`."),
        ("Read and write durations", ""),
        ("Add a cache", "Use Redis. Add a setting for the cache. Test it."),
        ("Fix typos", "- `smal`\n- `recieve`\n- `adress`\n"),
        ("Support Python 3.12, 3.13 and 3.14", ""),
        ("Show name, address and phone of a customer", ""),
        ("Drop and recreate the index", ""),
        ("Add a route for /health", "blocked by #2"),
        ("Fix the footer", "See also the unrelated discussion in #4."),
        ("Remove jQuery", "1. Replace `$.ajax` by `fetch`\n2. Remove jQuery from `package.json`\n3. Run the tests"),
        ("Mail the receipt", "Depends on #2"),
        ("Fix the crash on a missing file and log a warning", ""),
        ("Problems with dates", "It fails on leap days. It should not."),
    ],
)
def test_steps_of_one_task_are_one_task(title: str, body: str) -> None:
    assert tasks(title, body) == ()


def test_long_and_odd_texts_are_read_in_time() -> None:
    for body in (
        "- Fix a\n" * 20_000,
        "add " * 30_000,
        "delete users " * 10_000,
        "(" * 60_000,
        "`" * 60_000,
        "a\n\n" * 30_000,
    ):
        find_remarks(Snapshot(title="x" * 500, body=body))
