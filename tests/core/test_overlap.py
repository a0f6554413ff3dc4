"""Two issues that are likely to change one file, by their texts alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.overlap import shared_file

SHARE = [
    ("Fix the total in `shop/cart.py`", "Round prices in shop/cart.py."),
    ("Fix cart.py", "Tidy `shop/cart.py`"),
    ("cart.py:12 is wrong", "see shop/cart.py#L40"),
    ("`./shop/cart.py` fails", "**shop/cart.py**, please"),
    ('File "/home/me/shop/cart.py", line 3, in total', "Rework (shop/cart.py)"),
    ("https://github.com/octo/shop/blob/main/shop/cart.py#L3-L9", "Fix `cart.py`"),
    ("https://github.com/octo/shop/tree/main/docs/api/", "Fix docs/api/index.md"),
    (r"shop\cart.py", "shop/cart.py"),
    ("--- a/shop/cart.py\n+++ b/shop/cart.py", "shop/cart.py"),
    ("Add a test in tests/test_cart.py", "Fix shop/cart.py"),
    ("src/cart.test.ts is flaky", "Rewrite src/cart.ts"),
    ("spec/cart_spec.rb", "lib/cart.rb"),
    ("pkg/cart_test.go", "cart.go panics"),
    ("src/Button.jsx", "Convert src/button.tsx"),
    ("include/clock.h", "src/clock.c leaks"),
    ("Split `shop.cart`", "Fix shop/cart.py"),
    ("`shop.cart.total()` is wrong", "Fix shop/cart.py"),
    ("`com.example.Cart` throws", "src/main/java/com/example/Cart.java"),
    ("`Shop::Cart`", "lib/shop/cart.rb"),
    ("`shop.cart` is slow", "document `shop.cart`"),
    ("Document all routes in docs/", "Fix a typo in docs/api.md"),
    ("Move the `billing` package", "Fix billing/tax.py"),
    ("Bump flask to 3.1", "Upgrade pytest to v8"),
    ("Update the dependencies", "Add a field to package.json"),
    ("Add a dependency on httpx", "pyproject.toml lacks a license"),
    ("requirements-dev.txt is old", "Bump ruff to 0.6"),
    ("Write the changelog", "CHANGELOG.md has a typo"),
    ("Mention Windows in the README", "README.md: fix links"),
    ("Add a target to the Makefile", "`Makefile` uses tabs"),
    ("Create shop/vat.py", "Use shop/vat.py in the cart"),
    ("Ignore `.venv` in `.gitignore`", ".github/workflows is fine, but not `.gitignore`"),
    ("CONTRIBUTING.md is out of date", "CONTRIBUTING.md: name the branch"),
    ("Fix SHOP/CART.PY", "shop/cart.py"),
    ("```\nshop/cart.py\n```", "Fix 'shop/cart.py'"),
    ("web/[id]/page.tsx crashes", "Style web/[id]/page.tsx"),
    ("total() of an empty list should be 0", "Make `total()` faster"),
    ("Document `PriceList`", "Split the class `PriceList`"),
    ("`Cart.add` is slow", "`Cart.remove` raises KeyError"),
]
DO_NOT = [
    ("Fix shop/cart.py", "Fix shop/order.py"),
    ("docs/index.md", "api/index.md"),
    ("web/cart.js", "shop/cart.py"),
    ("It fails on Node.js 20", "Support Node.js 22"),
    ("See example.com/a.html", "See https://example.com/a.html"),
    ("Version 3.12 is slow", "Drop 3.12"),
    ("e.g. the clock", "i.e. the clock"),
    ("call `os.path.join`", "use `os.path.join`"),
    ("`self.total` is wrong", "`self.total` again"),
    ("Ask ada@example.md", "ada@example.md"),
    ("Fix tests/test_cart.py", "Fix tests/test_order.py"),
    ("Add tests in tests/", "Fix tests/test_order.py"),
    ("Please.\n\nRead CONTRIBUTING.md first.", "Fix it.\n\nRead CONTRIBUTING.md first."),
    ("Fix a.py\n\nDo not change shop/cart.py.", "Fix shop/cart.py"),
    ("Fix order.py without touching `shop/cart.py`", "Fix shop/cart.py"),
    ("x\n<!-- name files as in shop/cart.py -->", "y\n<!-- name files as in shop/cart.py -->"),
    ("/usr/lib/python3.11/json/decoder.py", "/usr/lib/python3.11/json/decoder.py"),
    ("node_modules/react/index.js", "node_modules/react/index.js"),
    ("Tell the time", "Tell the time"),
    ("Make total() faster", "Make average() faster"),
    ("Do not print() there", "Replace print() by logging"),
    ("It raises `KeyError`", "Catch the `KeyError`"),
    ("`Date.now` is local", "`Date.parse` is strict"),
    ("`Shop::Cart`", "`Shop::Order`"),
    ("GitHub is down", "GitHub is up"),
    ("", ""),
    ("Update the text to be friendly", "Update the text to be short"),
    ("the same folder", "the same folder"),
]


@pytest.mark.parametrize(("one", "other"), SHARE)
def test_texts_that_mean_one_file(one: str, other: str) -> None:
    assert shared_file(one, other)
    assert shared_file(other, one)


@pytest.mark.parametrize(("one", "other"), DO_NOT)
def test_texts_that_do_not(one: str, other: str) -> None:
    assert shared_file(one, other) == ""
    assert shared_file(other, one) == ""


def test_the_name_is_the_first_texts() -> None:
    assert shared_file("Fix `cart.py`", "Fix shop/cart.py") == "cart.py"


@given(st.text(), st.text())
def test_any_texts_are_compared_alike_from_both_sides(one: str, other: str) -> None:
    assert bool(shared_file(one, other)) == bool(shared_file(other, one))


@pytest.mark.parametrize("odd", ["/" * 60_000, "a/" * 30_000, "a." * 30_000, "`" * 60_000, "do not change " * 4_000])
def test_odd_texts_take_no_time(odd: str) -> None:
    """A text of 60,000 characters is compared at every claim."""
    shared_file(odd, odd)
