"""Before a sign-in is set up, the pages are for this host alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.store import Store
from tests.dashboard.served import serve

LOCAL = {"Host": "localhost:8000"}
STRANGERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "from another host": ("192.0.2.7", LOCAL),
    "from another host, IPv6": ("2001:db8::1", LOCAL),
    "from no address": ("", LOCAL),
    "by a name that was made to point here": ("127.0.0.1", {"Host": "evil.example"}),
    "by a name that begins as this host's": ("127.0.0.1", {"Host": "localhost.evil.example"}),
    "through a proxy": ("127.0.0.1", {**LOCAL, "X-Forwarded-For": "127.0.0.1"}),
    "through a proxy that tells the host alone": ("127.0.0.1", {**LOCAL, "x-forwarded-host": "localhost"}),
    "through a proxy, standardized": ("::1", {**LOCAL, "Forwarded": "for=127.0.0.1"}),
    "through nginx": ("127.0.0.1", {**LOCAL, "X-Real-IP": "127.0.0.1"}),
    "through a proxy that only says so": ("127.0.0.1", {**LOCAL, "Via": "1.1 front"}),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        yield store


@pytest.mark.parametrize(("address", "headers"), STRANGERS.values(), ids=STRANGERS)
def test_strangers_see_the_public_page_alone(
    store: Store, tmp_path: Path, address: str, headers: Mapping[str, str]
) -> None:
    shown = serve(store, tmp_path).get("/", headers=dict(headers), environ_base={"REMOTE_ADDR": address})

    assert shown.status_code == 200
    assert "<nav" not in shown.text


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_this_host_sees_the_pages(store: Store, tmp_path: Path, address: str, host: str) -> None:
    shown = serve(store, tmp_path).get("/", headers={"Host": host}, environ_base={"REMOTE_ADDR": address})

    assert '<nav aria-label="Pages">' in shown.text
    policy = shown.headers["Content-Security-Policy"]
    assert "script-src 'self'; " in policy
    assert "unsafe" not in policy
    assert shown.headers["Cache-Control"] == "no-store"
