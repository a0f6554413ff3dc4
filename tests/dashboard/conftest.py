"""One site for the tests of a file; each has its own browsers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dashboard.site import Site, serve_site
from tests.stories.app_keys import a_key


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve_site(tmp_path_factory.mktemp("site"), a_key()) as site:
        yield site


@pytest.fixture(autouse=True)
def later(request: pytest.FixtureRequest) -> None:
    """The tries of the test before count no more, and GitHub does not ask to wait."""
    if "site" in request.fixturenames:
        site: Site = request.getfixturevalue("site")
        site.clock.later(300)
