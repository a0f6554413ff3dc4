"""What an issue waits for, and issues that wait for each other."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.dependencies import blockers, find_cycle
from bot.core.references import IssueRef


def read(text: str) -> list[str]:
    return [str(issue) for issue in blockers(text, repository="octo/tools", web_url="https://github.com")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("blocked by #3", ["octo/tools#3"]),
        ("Blocked By: #3.", ["octo/tools#3"]),
        ("This depends on #3, please", ["octo/tools#3"]),
        ("depends upon #3", ["octo/tools#3"]),
        ("**Blocked by** #3", ["octo/tools#3"]),
        ("blocked by #1, #2 and #3", ["octo/tools#1", "octo/tools#2", "octo/tools#3"]),
        ("blocked by #1, #2, and #3 & #4", ["octo/tools#1", "octo/tools#2", "octo/tools#3", "octo/tools#4"]),
        ("blocked by issue #1 and PR #2", ["octo/tools#1", "octo/tools#2"]),
        ("blocked by #1,\n#2", ["octo/tools#1", "octo/tools#2"]),
        ("blocked by\r\n#1", ["octo/tools#1"]),
        ("blocked by https://github.com/octo/other/issues/7", ["octo/other#7"]),
        ("blocked by https://github.com/octo/other/pull/7/files.", ["octo/other#7"]),
        ("blocked by <https://github.com/octo/other/issues/7#issuecomment-1>", ["octo/other#7"]),
        ("blocked by octo/other#7 and #8", ["octo/other#7", "octo/tools#8"]),
        ("blocked by [#5](https://example.org)", ["octo/tools#5"]),
        ("- blocked by #1\n- see #2", ["octo/tools#1"]),
        ("Blocked by:\n- #1\n- [ ] #2 the parser\n\n#9", ["octo/tools#1", "octo/tools#2"]),
        ("| blocked by #1 | x |\n|---|---|\n| depends on #2 | y |", ["octo/tools#1", "octo/tools#2"]),
        ("<details>\n\nblocked by #1\n\n</details>", ["octo/tools#1"]),
        ("blocked by #3. Blocked by #2 and #3.", ["octo/tools#3", "octo/tools#2"]),
        ("blocked by OCTO/Tools#3 and #3", ["octo/tools#3"]),
        ("### Blocked by\n\n#12", ["octo/tools#12"]),
        (
            "### Blocked by\n\n12, #13 and octo/other#7\n\n### Notes\n\n14",
            ["octo/tools#12", "octo/tools#13", "octo/other#7"],
        ),
        ("### Dependencies\r\n\r\n12\r\n13\r\n", ["octo/tools#12", "octo/tools#13"]),
        ("## Depends on:\n\n- 12\n- https://github.com/octo/other/issues/7", ["octo/tools#12", "octo/other#7"]),
        ("### Dependencies\n\nblocked by #12", ["octo/tools#12"]),
    ],
)
def test_what_is_said_counts(text: str, expected: list[str]) -> None:
    """Each issue once, in the order of the text, in the spelling of the repository."""
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#3",
        "see #3",
        "unblocked by #3",
        "not blocked by #3",
        "This isn't blocked by #3",
        "no longer blocked by #3",
        "blocked by nothing, see #3",
        "blocked by #0",
        "blocked by #3a",
        "blocked by #99999999999",
        "blocked by ../..#3",
        "blocked by https://evil.example/octo/tools/issues/3",
        "blocked by https://github.com.evil.example/octo/tools/issues/3",
        "blocked by\n\n#3",
        "### Dependencies\n\n_No response_",
        "### Dependencies\n\n3 services, see #3",
        "### Dependencies\n\nrequests 2",
        "### Dependencies\n\n`3`, ~~#3~~",
        "### Dependencies\n\n> 3",
        "> ### Dependencies\n>\n> 3",
        "### Dependencies\n\n```\n3\n```",
        "### Not blocked by\n\n#3",
        "### Dependencies of others\n\n#3",
        "### Dependencies\n\n### Steps\n\n3",
        "### Dependencies\n\n0",
    ],
)
def test_what_only_looks_like_it_does_not(text: str) -> None:
    """A wrong blocker would hold a task back for no reason that anybody can see."""
    assert read(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "`blocked by #3`",
        "blocked by `#3`",
        "blocked by `x` #3",
        "``blocked ` by #3``",
        "```\nblocked by #3\n```",
        "~~~text\nblocked by #3\n```\n~~~",
        "- a\n  ```\n  blocked by #3\n  ```",
        "```\nblocked by #3",
        "    blocked by #3",
        "\tblocked by #3",
        "> blocked by #3",
        "> > a\nblocked by #3",
        "- > blocked by #3",
        "<!-- blocked by #3 -->",
        "<!--\n\nblocked by #3\n\n-->",
        "a <!-- b\nblocked by #3 --> c",
        "<!-- never closed\n\nblocked by #3",
        "~~blocked by #3~~",
        '![blocked by #3](x.png "blocked by #4")',
        "[//]: # (blocked by #3)",
    ],
)
def test_code_quotes_and_comments_say_nothing(text: str) -> None:
    """They are examples, somebody else's words, or not to be seen."""
    assert read(text) == []


def test_an_address_under_another_server_counts_there() -> None:
    """GitHub Enterprise Server has a separate address."""
    text = "blocked by https://git.example.org/a/b/issues/1 and https://github.com/a/b/issues/2"

    found = blockers(text, repository="a/b", web_url="https://git.example.org/")

    assert found == (IssueRef("a/b", 1),)


def test_a_body_as_long_as_github_allows_is_read_in_time() -> None:
    """No text of an issue can stop the bot."""
    started = time.thread_time()  # what other processes take does not count

    assert len(read("blocked by " + ", ".join(f"#{number}" for number in range(1, 9001)))) == 9000
    for hostile in ("blocked by " * 5900, "blocked by #1," * 4600, "`" * 65_536, "<!--" * 16_000, "> " * 32_000):
        read(hostile)

    assert time.thread_time() - started < 20


@given(st.text(alphabet="blocked by dependson#123,&/<>!-`~*>[]()\n\r\t and", max_size=200) | st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    """And whatever is found in it is an issue that can be named."""
    for issue in blockers(f"blocked by #7\n{text}", repository="octo/tools", web_url="https://github.com"):
        assert issue.number > 0


def ref(number: int) -> IssueRef:
    return IssueRef("octo/tools", number)


def edges(**waits: list[int]) -> dict[IssueRef, list[IssueRef]]:
    return {ref(int(name[1:])): [ref(number) for number in numbers] for name, numbers in waits.items()}


def test_issues_that_wait_in_a_row_are_no_cycle() -> None:
    """Neither are two ways to the same issue."""
    assert find_cycle(ref(1), edges(_1=[2, 3], _2=[4], _3=[4])) is None
    assert find_cycle(ref(1), {}) is None


def test_a_cycle_is_named_from_the_issue_back_to_itself() -> None:
    """By the shortest way, so that somebody can take one link out."""
    assert find_cycle(ref(1), edges(_1=[2], _2=[3], _3=[1])) == (ref(1), ref(2), ref(3), ref(1))
    assert find_cycle(ref(1), edges(_1=[2, 3], _2=[3], _3=[1])) == (ref(1), ref(3), ref(1))


def test_an_issue_that_waits_for_itself_is_a_cycle() -> None:
    """The shortest of all."""
    assert find_cycle(ref(1), edges(_1=[1])) == (ref(1), ref(1))


def test_a_cycle_further_on_is_not_the_issues_own() -> None:
    """It was refused when its last issue joined it."""
    assert find_cycle(ref(1), edges(_1=[2], _2=[3], _3=[2])) is None


def test_ten_thousand_issues_in_a_cycle() -> None:
    """Deeper than Python's own stack."""
    ring = {ref(number): [ref(number % 10_000 + 1)] for number in range(1, 10_001)}

    loop = find_cycle(ref(1), ring)

    assert loop is not None
    assert (len(loop), loop[0], loop[-1]) == (10_001, ref(1), ref(1))


@given(st.dictionaries(st.integers(1, 8), st.lists(st.integers(1, 8), max_size=4), max_size=8))
def test_every_loop_that_is_reported_exists(waits: dict[int, list[int]]) -> None:
    """Each step of it is one that an issue asked for."""
    graph = {ref(number): [ref(blocker) for blocker in found] for number, found in waits.items()}

    loop = find_cycle(ref(1), graph)

    if loop is not None:
        assert loop[0] == loop[-1] == ref(1)
        assert all(after in graph[before] for before, after in pairwise(loop))
