"""The order in which a night's pull requests are reviewed can be merged in, and says how long reading takes."""

from __future__ import annotations

from itertools import islice, permutations
from random import Random

import pytest

from bot.core.change_size import ChangeSize
from bot.core.checks import CheckStanding
from bot.core.references import IssueRef
from bot.core.review_order import WaitingReview, conflicts_of, order_reviews, reading_minutes, total_minutes
from bot.core.short_verdict import ShortVerdict


def pull(number: int, repository: str = "octo/shop") -> IssueRef:
    return IssueRef(repository, number)


def a_review(
    number: int, *first: int, standing: CheckStanding | None = CheckStanding.VERIFIED, **more: object
) -> WaitingReview:
    lines = more.pop("lines", 10)
    assert isinstance(lines, int)
    size = ChangeSize(files=1, added=lines)
    unblocks = more.pop("unblocks", 0)
    assert isinstance(unblocks, int)
    return WaitingReview(
        issue=pull(number + 1000),
        pull_request=pull(number),
        title="",
        verdict=None if standing is None else ShortVerdict(standing=standing, size=size, flagged=bool(more)),
        merge_first=tuple(map(pull, first)),
        unblocks=tuple(pull(2000 + each) for each in range(unblocks)),
    )


def order(*reviews: WaitingReview) -> list[int]:
    return [each.pull_request.number for each in order_reviews(reviews)]


def test_what_others_build_on_comes_first_whatever_else_is_said_for_it() -> None:
    """A chain and a diamond, given in any order."""
    reviews = [
        a_review(4, 2, 3, lines=1),
        a_review(2, 1, lines=1),
        a_review(3, 1, lines=2),
        a_review(1, standing=CheckStanding.NOT_VERIFIED, lines=500),
    ]

    assert {tuple(order(*each)) for each in permutations(reviews)} == {(1, 2, 3, 4)}


def test_every_order_can_be_merged() -> None:
    """For any graph without a circle."""
    chance = Random(13)  # noqa: S311 - a seed gives the same graphs each time
    for _ in range(200):
        numbers = range(1, chance.randint(2, 12))
        reviews = [
            a_review(each, *chance.sample(range(1, each), chance.randint(0, min(3, each - 1)))) for each in numbers
        ]
        chance.shuffle(reviews)
        merged = set[IssueRef]()
        for review in order_reviews(reviews):
            assert merged.issuperset(review.merge_first)
            merged.add(review.pull_request)
        assert len(merged) == len(reviews)


def test_those_that_build_on_each_other_in_a_circle_are_all_shown() -> None:
    assert order(a_review(1, 2), a_review(2, 1), a_review(3)) == [3, 1, 2]


def test_one_that_was_merged_meanwhile_holds_no_other_back() -> None:
    assert order(a_review(2, 1), a_review(3)) == [2, 3]


def test_what_most_wait_for_comes_first_then_the_best_verdict_then_the_shortest() -> None:
    reviews = [
        a_review(1, lines=400),
        a_review(2, lines=5),
        a_review(3, standing=CheckStanding.FAILS_AS_BEFORE, lines=1),
        a_review(4, standing=CheckStanding.NOT_VERIFIED, lines=1),
        a_review(5, standing=None),
        a_review(6, standing=CheckStanding.NOT_VERIFIED, lines=900, unblocks=1),
        a_review(7, standing=CheckStanding.NOT_VERIFIED, lines=900, unblocks=2),
    ]

    assert {tuple(order(*each)) for each in islice(permutations(reviews), 0, None, 97)} == {(7, 6, 2, 1, 3, 4, 5)}


@pytest.mark.parametrize(
    ("size", "standing", "flagged", "minutes"),
    [
        (ChangeSize(files=1, added=1), CheckStanding.VERIFIED, False, 2),
        (ChangeSize(files=2, added=20), CheckStanding.VERIFIED, False, 4),
        (ChangeSize(files=2, added=20), CheckStanding.VERIFIED, True, 7),
        (ChangeSize(files=2, added=20), CheckStanding.NOT_VERIFIED, False, 7),
        (ChangeSize(files=0), CheckStanding.VERIFIED, False, 1),
        (ChangeSize(files=10, added=300, removed=100), CheckStanding.VERIFIED, False, 39),
        (None, CheckStanding.VERIFIED, False, None),
    ],
)
def test_reading_takes_longer_for_more_lines_more_files_and_less_proof(
    size: ChangeSize | None, standing: CheckStanding, flagged: bool, minutes: int | None
) -> None:
    verdict = ShortVerdict(standing=standing, size=size, flagged=flagged)

    assert reading_minutes(verdict) == minutes
    assert reading_minutes(None) is None


def test_minutes_of_a_size_that_is_not_known_count_as_none() -> None:
    assert total_minutes([a_review(1, lines=10), a_review(2, standing=None)]) == 3


def test_both_of_a_pair_name_the_other() -> None:
    """Whichever way round it is given, and each once."""
    pairs = [(pull(1), pull(2)), (pull(3), pull(1)), (pull(2), pull(1)), (pull(1), pull(1))]

    assert conflicts_of(pull(1), pairs) == (pull(2), pull(3))
    assert conflicts_of(pull(2), pairs) == (pull(1),)
    assert conflicts_of(pull(1, "octo/api"), pairs) == ()
