"""A running simulated GitHub with a repository `octo/tools`, people in it, and the bot as PyGithub.

When a test ends, everything that crossed the API and every webhook must have been as GitHub's description says.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github import Auth, Github
from github.Repository import Repository

from bot.rehearsal.github.server import SimulatedGitHub


@pytest.fixture
def careless_github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    """For tests that do what the description does not allow."""
    with SimulatedGitHub(tmp_path / "github") as running:
        for login in ("maria", "bot", "stranger"):
            running.add_user(login)
        running.add_repository(
            "octo/tools", files={"README.md": "# Tools\n", "src/clock.py": "def now():\n    return 0\n"}
        )
        running.set_role("octo/tools", "maria", "maintain")
        running.set_role("octo/tools", "bot", "write")
        yield running


@pytest.fixture
def octo(careless_github: SimulatedGitHub) -> Iterator[SimulatedGitHub]:
    yield careless_github
    assert careless_github.violations == ()
    assert careless_github.unmodelled == ()


@pytest.fixture
def tools(octo: SimulatedGitHub) -> Repository:
    """`octo/tools` as the bot has it through PyGithub."""
    token = Auth.Token(octo.add_token("bot").value)
    client = Github(
        auth=token, base_url=octo.api_url, retry=None, seconds_between_requests=None, seconds_between_writes=None
    )
    return client.get_repo("octo/tools")


@pytest.fixture
def http(careless_github: SimulatedGitHub) -> Iterator[requests.Session]:
    """A plain session with the bot's token."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"token {careless_github.add_token('bot').value}"
        yield session


@pytest.fixture(scope="session")
def app_key() -> str:
    """The private key of an app, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()
