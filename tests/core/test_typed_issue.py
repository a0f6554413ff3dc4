"""Which issue a person means on the command line, and what they are answered if it is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.references import IssueRef
from bot.core.typed_issue import read_typed_issue

WEB, ONE, TWO = "https://github.com", ("octo/clock",), ("octo/clock", "octo/shop")
CLOCK = IssueRef("octo/clock", 12)


def read(text: str, *, web_url: str = WEB, repositories: tuple[str, ...] = ONE) -> IssueRef:
    return read_typed_issue(text, web_url=web_url, repositories=repositories)


@pytest.mark.parametrize(
    "text",
    [
        "12",
        "#12",
        " #12\n",
        "octo/clock#12",
        "Octo/Clock#12",
        "https://github.com/octo/clock/issues/12",
        "https://github.com/octo/clock/issues/12/",
        "https://github.com/octo/clock/issues/12#issuecomment-3141592653",
        "https://github.com/octo/clock/issues/12#issue-99",
        "https://github.com/octo/clock/issues/12?notification_referrer_id=NT_kw&x=1#event-7",
        "https://github.com/octo/clock/issues/12?issue=octo%7Cclock%7C12",
        "https://github.com/octo/clock/pull/12",
        "https://github.com/octo/clock/pull/12/files",
        "https://github.com/octo/clock/pull/12/commits/0123abcd",
        "https://github.com/octo/clock/pull/12/files/0123..4567#diff-89R3",
        "https://github.com/octo/clock/pull/12#discussion_r271828",
        "https://github.com/octo/clock/pull/12#pullrequestreview-1",
        "HTTPS://GitHub.com/OCTO/clock/issues/12",
        "github.com/octo/clock/issues/12",
        "GITHUB.COM/octo/clock/pull/12/checks",
        "http://github.com/octo/clock/issues/12",
        "www.github.com/octo/clock/issues/12",
        "<https://github.com/octo/clock/issues/12>",
    ],
)
def test_what_a_person_copies_or_types(text: str) -> None:
    assert read(text) == CLOCK


@pytest.mark.parametrize("web_url", ["https://git.example.org", "http://127.0.0.1:8080", "https://example.org/github"])
def test_an_enterprise_server_has_another_address(web_url: str) -> None:
    assert read(f"{web_url}/octo/clock/issues/12", web_url=web_url) == CLOCK
    with pytest.raises(ValueError, match=r"is not on .*expected OWNER/REPO#NUMBER"):
        read("https://github.com/octo/clock/issues/12", web_url=web_url)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "0",
        "#0",
        "-1",
        "12a",
        "١٢",
        "99999999999",
        "octo/clock",
        "clock#12",
        "octo/clock#",
        "octo/clock/12",
        "a/b/c#1",
        "https://github.com",
        "https://github.com/octo/clock",
        "https://github.com/octo/clock/issues",
        "https://github.com/octo/clock/issues/0",
        "https://github.com/octo/clock/issues/12a",
        "https://github.com/octo/clock/milestone/12",
        "https://github.com/octo/clock/discussions/12",
        "https://github.com/octo/../issues/12",
        "https://github.com.evil.example/octo/clock/issues/12",
        "https://github.com@evil.example/octo/clock/issues/12",
        "https://ada@github.com/octo/clock/issues/12",
        "https://evil.example/github.com/octo/clock/issues/12",
        "https://gist.github.com/octo/clock/issues/12",
        "https://api.github.com/repos/octo/clock/issues/12",
        "ftp://github.com/octo/clock/issues/12",
        "https://[",
        "git@github.com:octo/clock.git",
    ],
)
def test_what_is_no_issue_is_answered_with_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected OWNER/REPO#NUMBER, https://github.com/OWNER/REPO/issues/NUMBER"):
        read(text)


@pytest.mark.parametrize(("repositories", "names"), [(TWO, "octo/clock, octo/shop"), ((), "none")])
@pytest.mark.parametrize("text", ["12", "#12"])
def test_a_number_alone_needs_one_repository(text: str, repositories: tuple[str, ...], names: str) -> None:
    with pytest.raises(ValueError, match=rf"it names {names}\); expected OWNER/REPO#12"):
        read(text, repositories=repositories)


def test_a_repository_that_is_not_in_the_settings_is_read_too() -> None:
    """An App's installation may have more of them; what works there, the command decides."""
    assert read("octo/other#3", repositories=TWO) == IssueRef("octo/other", 3)
    assert read("https://github.com/octo/other/issues/3", repositories=()) == IssueRef("octo/other", 3)


@given(st.text(max_size=60) | st.from_regex(r"https?://github.com/[a-z/]*[0-9#?]*", fullmatch=True))
def test_any_text_is_an_issue_or_an_answer(text: str) -> None:
    try:
        assert read(text).number > 0
    except ValueError as error:
        assert "expected OWNER/REPO#" in str(error)
