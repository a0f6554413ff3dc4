"""Names of things on GitHub."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.references import USUAL_BRANCHES, IssueRef, OwnBranches, is_repository, parse_issue


@pytest.mark.parametrize("text", ["octo/tools#12", " octo/tools#12\n", "o-c.t_o/to.ols-#9999999999"])
def test_an_issue_is_read_as_it_is_written(text: str) -> None:
    """There and back."""
    assert str(parse_issue(text)) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "12", "#12", "tools#12", "octo/tools", "octo/tools#0", "octo/tools#-1", "a/b/c#1", "octo/tools#1#2"]
)
def test_what_is_no_issue_is_refused_with_an_example(text: str) -> None:
    """So that the person knows what to type."""
    with pytest.raises(ValueError, match=r"expected OWNER/REPO#NUMBER, such as octo/tools#12"):
        parse_issue(text)


def test_the_branch_is_named_after_the_number() -> None:
    """One branch for each issue."""
    issue = IssueRef("octo/tools", 12)
    assert (USUAL_BRANCHES.of(issue), OwnBranches("bots/night/").of(issue)) == ("auto/12", "bots/night/12")


@pytest.mark.parametrize("text", ["octo/tools", "a/b", "o.c/t.s", "octo/.github"])
def test_a_repository_has_an_owner_and_a_name(text: str) -> None:
    """Dots are fine among other characters."""
    assert is_repository(text)


@pytest.mark.parametrize("text", ["", "octo", "/", "a/", "../x", "x/..", "./x", "a/b/c", "a b/c", "a/b\n", "a/$(id)"])
def test_a_repository_cannot_be_a_way_out_of_a_folder(text: str) -> None:
    """Folders are named after repositories."""
    assert not is_repository(text)


@given(st.text(max_size=40))
def test_any_text_is_an_issue_or_an_error_that_says_so(text: str) -> None:
    """And nothing between."""
    try:
        assert parse_issue(text).number > 0
    except ValueError as error:
        assert "is not an issue" in str(error)
