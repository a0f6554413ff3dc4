"""HTTPS_PROXY, NO_PROXY and CA_FILE hold for all that Nightshift asks of GitHub, by its API and by git."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.git import GitCredentials, Mirror
from bot.adapters.git.push_access import check_push
from bot.adapters.own_network import DIRECT, OwnNetwork, trust_also
from bot.core.failures import FailureKind, TaskFailed
from bot.rehearsal.github.server import SimulatedGitHub
from tests.stories.command_line import nightshift
from tests.stories.installation import add_people
from tests.stories.operators_network import HOST, OperatorsNetwork, an_operators_network
from tests.typed import Answer

REPOSITORY = "octo/clock"
TOKEN = "ghp_thetokenofthebot"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path / "github") as github:
        add_people(github, repository=REPOSITORY, bot="nightshift-bot")
        github.add_token("nightshift-bot", value=TOKEN)
        github.open_issue(REPOSITORY, title="Tell", author="ada")
        yield github


@pytest.fixture
def network(github: SimulatedGitHub, tmp_path: Path) -> Iterator[OperatorsNetwork]:
    with an_operators_network(github.web_url, tmp_path) as network:
        yield network


def add(network: OperatorsNetwork, folder: Path, **settings: str) -> Answer:
    """`nightshift add`, which asks the API and writes to it, with these settings in `.env`."""
    values = {
        "GITHUB_API_URL": f"{network.url}/api/v3",
        "GITHUB_TOKEN": TOKEN,
        "REPOSITORIES": REPOSITORY,
        "ANTHROPIC_API_KEY": "sk-x",
        "HTTPS_PROXY": network.proxy(),
        "CA_FILE": str(network.authority),
        **settings,
    }
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    (folder / ".env").chmod(0o600)
    return nightshift("add", f"{REPOSITORY}#1", cwd=folder, environment={})


def own(network: OperatorsNetwork, folder: Path) -> OwnNetwork:
    return OwnNetwork(proxy=network.proxy(), bundle=trust_also(network.authority, folder / "network"))


def credentials(network: OperatorsNetwork, way: OwnNetwork) -> GitCredentials:
    return GitCredentials(network.url, lambda: TOKEN, network=way)


def test_the_api_and_git_go_through_the_proxy_and_trust_the_authority(
    github: SimulatedGitHub, network: OperatorsNetwork, tmp_path: Path
) -> None:
    answer = add(network, tmp_path)

    assert answer.code == 0, answer.err
    assert "auto" in github.issue(REPOSITORY, 1).labels
    assert set(network.tunnels) == {f"{HOST}:{network.port}"}
    network.tunnels.clear()
    url, way = f"{network.url}/{REPOSITORY}.git", credentials(network, own(network, tmp_path))
    mirror = Mirror(tmp_path / "mirror.git", url, way)
    head = mirror.fetch("main")["main"]
    mirror.push(head, "auto/1", expected=None)
    check_push(url, way, "auto/2")
    assert github.branches(REPOSITORY)["auto/1"] == head
    assert set(network.tunnels) == {f"{HOST}:{network.port}"}


def test_without_the_authority_it_is_said_where_to_name_it(network: OperatorsNetwork, tmp_path: Path) -> None:
    answer = add(network, tmp_path, CA_FILE="")

    assert answer.code == 1
    assert f"the certificate of {HOST}:{network.port} is not trusted here: name your" in answer.err
    assert "CA_FILE" in answer.err
    failed = failure_of_git(network, OwnNetwork(proxy=network.proxy()), tmp_path)
    assert "CA_FILE" in failed.detail


def test_what_the_proxy_refuses_is_said_without_its_password(network: OperatorsNetwork, tmp_path: Path) -> None:
    wrong = network.proxy("autumn-word")

    answer = add(network, tmp_path, HTTPS_PROXY=wrong)

    assert answer.code == 1
    assert "the proxy does not connect" in answer.err
    failed = failure_of_git(network, OwnNetwork(proxy=wrong), tmp_path)
    assert "HTTPS_PROXY" in failed.detail
    assert "autumn-word" not in answer.err + failed.detail


def failure_of_git(network: OperatorsNetwork, way: OwnNetwork, folder: Path) -> TaskFailed:
    """What can only be corrected in the settings."""
    mirror = Mirror(folder / "mirror.git", f"{network.url}/{REPOSITORY}.git", credentials(network, way))
    with pytest.raises(TaskFailed) as failed:
        mirror.fetch("main")
    assert failed.value.kind is FailureKind.SETUP_FAILED
    return failed.value


@pytest.mark.parametrize(
    ("no_proxy", "is_direct"),
    [("", False), (HOST, True), ("octo.example", True), ("other.example, .octo.example", True), ("example.org", False)],
)
def test_hosts_of_no_proxy_are_asked_directly(no_proxy: str, is_direct: bool) -> None:
    way = OwnNetwork(proxy="http://proxy.example:3128", no_proxy=no_proxy)

    assert way.proxies_for(f"https://{HOST}/x") == ({} if is_direct else {"https": "http://proxy.example:3128"})
    assert way.variables_of_git().get("no_proxy") == no_proxy


def test_git_gets_nothing_of_it_where_nothing_is_set() -> None:
    assert DIRECT.variables_of_git() == {}
    assert DIRECT.secrets == ()
