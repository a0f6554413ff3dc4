"""What a request costs: by the list for models that are known, by the dearest for the others."""

from __future__ import annotations

import pytest

from bot.core.prices import Usage, cost_of, price_of, tokens_in

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-opus-5-5", 4),
        ("claude-sonnet-5-5", 2),
        ("claude-sonnet-5-5[1m]", 2),
        ("claude-sonnet-4-5-20250929", 3),
        ("claude-sonnet-4-20250514", 3),
        ("claude-haiku-4-5-20251001", 1),
        ("claude-opus-4-1-20250805", 15),
        ("claude-opus-4-8", 5),
        ("claude-3-5-haiku-20241022", 0.8),
        ("somebody/elses-model", 15),
        ("claude-opus-9", 15),
        ("", 15),
    ],
)
def test_a_million_tokens_cost_what_the_list_says(model: str, dollars: float) -> None:
    assert cost_of(model, Usage(input=MILLION)) == pytest.approx(dollars)


def test_each_kind_of_token_has_its_price() -> None:
    usage = Usage(input=MILLION, output=MILLION, read=MILLION, write=2 * MILLION, write_hour=MILLION)

    assert cost_of("claude-sonnet-4-6", usage) == pytest.approx(3 + 15 + 0.3 + 3.75 + 6)
    assert cost_of("claude-sonnet-4-6", Usage(input=MILLION, within_us=True)) == pytest.approx(3.3)


def test_a_long_prompt_can_cost_more() -> None:
    assert price_of("claude-haiku-5-5", 100_000).input == 0.1
    assert price_of("claude-haiku-5-5", 100_001).input == 0.5


def test_what_was_not_told_is_reckoned_from_its_size() -> None:
    assert (tokens_in(0), tokens_in(1), tokens_in(300)) == (0, 1, 100)
