"""Files outside of the registries: a set-up reads what a registry leads to or a lockfile pins, and nothing else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.authority import authority_of_this_process
from bot.adapters.download_gateway import Downloads
from bot.adapters.egress import Egress, proxy_variables
from bot.adapters.git import Mirror
from bot.adapters.outside import Outside, Proxy, write_bundle
from bot.core.ecosystem_table import Ecosystem
from bot.core.environment.download import Download
from bot.core.environment.downloads import find_downloads
from bot.core.registries import Destination
from tests.adapters.operator_proxy import a_proxy_to
from tests.adapters.public_registries import PublicRegistries, public_registries
from tests.adapters.services import served
from tests.adapters.set_ups import SetUps
from tests.git_host import GitHost

SHA = "0123456789abcdef0123456789abcdef01234567"
GRADLE = "/gradle/gradle-distributions/releases/download/v8.5.0/gradle-8.5-bin.zip"
ASSET = "/github-production-release-asset-2e65be/696192900/0aa-1"
WRAPPER = "gradle/wrapper/gradle-wrapper.properties"
NPM_LOCK = json.dumps(
    {
        "packages": {
            "node_modules/a": {"resolved": f"https://codeload.github.com/own/a/tar.gz/{SHA}"},
            "node_modules/b": {"resolved": f"git+ssh://git@github.com/own/b.git#{SHA}"},
            "node_modules/c": {"resolved": "https://github.com/own/c/archive/refs/tags/v1.2.tar.gz"},
            "node_modules/d": {"resolved": "https://github.com/own/d/releases/download/v1/d-1.0.tgz"},
        }
    }
)
COMPOSER_LOCK = f'{{"dist": {{"url": "https:\\/\\/api.github.com\\/repos\\/own\\/p\\/zipball\\/{SHA}"}}}}'

ELECTRON = '{"devDependencies": {"electron": "^30"}}'
ELECTRONS = "/electron/electron/releases/download/v30.0.1/electron-v30.0.1-linux-x64.zip"
CHROME = "/chrome-for-testing-public/120.0.1/linux64/chrome-linux64.zip"
REQUIREMENT = "x @ https://github.com/own/e/archive/main.zip#egg=x\n"


def downloads(paths: list[str], *used: Ecosystem, **contents: str) -> set[Download]:
    return set(find_downloads(used, paths, {name: text.encode() for name, text in contents.items()}))


BY_BRANCH = downloads([], **{"package.json": '{"dependencies": {"g": "own/g#main"}}'})


def permits(found: set[Download], host: str, path: str) -> bool:
    made = Downloads(files=tuple(found), authority=authority_of_this_process(), bundle=Path("x"))
    return made.permit(host, path)


@pytest.mark.parametrize(
    ("found", "host", "path", "expected"),
    [
        (downloads([WRAPPER]), "github.com", GRADLE, True),
        (downloads([WRAPPER]), "github.com", f"{GRADLE}.sha256", True),
        (downloads([WRAPPER]), "objects.githubusercontent.com", ASSET, True),
        (downloads([WRAPPER]), "release-assets.githubusercontent.com", ASSET, True),
        (downloads([WRAPPER]), "github.com", "/own/a/releases/download/v1/x.zip", False),
        (downloads([WRAPPER]), "github.com", "/gradle/gradle-distributions/issues/new", False),
        (downloads([WRAPPER]), "api.github.com", "/gists", False),
        (downloads(["build.gradle"], Ecosystem.MAVEN), "github.com", GRADLE, False),
        (downloads([], Ecosystem.GO), "storage.googleapis.com", "/proxy-golang-org-prod/ab12-x.zip", True),
        (downloads([], Ecosystem.GO), "storage.googleapis.com", "/my-bucket/x", False),
        (downloads([], Ecosystem.GO), "storage.googleapis.com", "/upload/storage/v1/b/x", False),
        (downloads([], Ecosystem.PYPI), "storage.googleapis.com", "/proxy-golang-org-prod/ab12-x.zip", False),
        (downloads([], Ecosystem.PACKAGIST), "api.github.com", f"/repos/any/p/zipball/{SHA}", True),
        (downloads([], Ecosystem.PACKAGIST), "codeload.github.com", f"/any/p/legacy.zip/{SHA}", True),
        (downloads([], Ecosystem.PACKAGIST), "codeload.github.com", "/any/p/legacy.zip/main", False),
        (downloads([], Ecosystem.PACKAGIST), "api.github.com", "/repos/any/p/contents/x", False),
        (downloads(["composer.lock"], Ecosystem.PACKAGIST, l=COMPOSER_LOCK), "api.github.com",
         f"/repos/own/p/zipball/{SHA}", True),
        (downloads(["composer.lock"], Ecosystem.PACKAGIST, l=COMPOSER_LOCK), "codeload.github.com",
         f"/own/p/legacy.zip/{SHA}", True),
        (downloads(["composer.lock"], Ecosystem.PACKAGIST, l=COMPOSER_LOCK), "api.github.com",
         f"/repos/other/p/zipball/{SHA}", False),
        (downloads([], l=NPM_LOCK), "codeload.github.com", f"/own/a/tar.gz/{SHA}", True),
        (downloads([], l=NPM_LOCK), "codeload.github.com", f"/own/b/tar.gz/{SHA}", True),
        (downloads([], l=NPM_LOCK), "codeload.github.com", f"/own/b/tar.gz/{SHA[:-1]}0", False),
        (downloads([], l=NPM_LOCK), "codeload.github.com", f"/other/a/tar.gz/{SHA}", False),
        (downloads([], l=NPM_LOCK), "github.com", "/own/c/archive/refs/tags/v1.2.tar.gz", True),
        (downloads([], l=NPM_LOCK), "codeload.github.com", "/own/c/tar.gz/refs/tags/v1.2", True),
        (downloads([], l=NPM_LOCK), "github.com", "/own/d/releases/download/v1/d-1.0.tgz", True),
        (downloads([], l=NPM_LOCK), "release-assets.githubusercontent.com", ASSET, True),
        (downloads([], l=REQUIREMENT), "github.com", "/own/e/archive/main.zip", True),
        (downloads([], l=REQUIREMENT), "codeload.github.com", "/own/e/zip/refs/heads/main", True),
        (downloads([], l=f"tarball: https://codeload.github.com/own/f/tar.gz/{SHA}}}"), "codeload.github.com",
         f"/own/f/tar.gz/{SHA}", True),
        (downloads([], l="see https://github.com/own/a"), "github.com", "/own/a", False),
        (BY_BRANCH, "codeload.github.com", f"/own/g/tar.gz/{SHA}", True),
        (BY_BRANCH, "codeload.github.com", "/own/g/tar.gz/main", False),
        (BY_BRANCH, "github.com", "/own/g", False),
        (BY_BRANCH, "api.github.com", "/repos/own/g/commits/main", True),
        (BY_BRANCH, "api.github.com", "/repos/own/g/issues", False),
        (downloads([], l="x @ git+https://github.com/own/g@v1"), "codeload.github.com", f"/own/g/tar.gz/{SHA}", False),
        (downloads([], Ecosystem.NPM), "nodejs.org", "/dist/v22.1.0/node-v22.1.0-headers.tar.gz", True),
        (downloads([], Ecosystem.NPM), "nodejs.org", "/dist/v22.1.0/node-v22.1.0-linux-x64.tar.gz", False),
        (downloads([], Ecosystem.NPM, l=ELECTRON), "github.com", ELECTRONS, True),
        (downloads([], Ecosystem.NPM, l=ELECTRON), "release-assets.githubusercontent.com", ASSET, True),
        (downloads([], Ecosystem.NPM, l=ELECTRON), "github.com", ELECTRONS.replace("/electron/", "/own/", 1), False),
        (downloads([], Ecosystem.PYPI, l=ELECTRON), "github.com", ELECTRONS, False),
        (downloads([], Ecosystem.NPM, l="{}"), "github.com", ELECTRONS, False),
        (downloads([], Ecosystem.NPM, l='"node_modules/puppeteer": {'), "storage.googleapis.com", CHROME, True),
        (downloads([], Ecosystem.NPM, l='"node_modules/puppeteer": {'), "storage.googleapis.com", "/own/x", False),
        (downloads([], Ecosystem.NPM, l="  cypress@13.1.0:"), "download.cypress.io", "/desktop/13.1.0", True),
    ],
)  # fmt: skip
def test_only_what_the_base_commit_needs_is_open(found: set[Download], host: str, path: str, expected: bool) -> None:
    assert permits(found, host, path) is expected


@pytest.fixture(scope="module")
def registries() -> Iterator[PublicRegistries]:
    with public_registries() as served:
        yield served


def opened(registries: PublicRegistries, folder: Path) -> Egress:
    egress = registries.egress(folder)
    found = find_downloads({Ecosystem.GO}, [WRAPPER], {"l": NPM_LOCK.encode()})
    outside = egress.outside.with_downloads(found, {Ecosystem.MAVEN})
    assert outside.downloads is not None
    more = frozenset(Destination(host, registries.port) for host in outside.downloads.hosts)
    return replace(egress, outside=outside, own=egress.own | more)


@pytest.mark.parametrize(
    ("asking", "status"),
    [
        (("GET", "github.com", GRADLE), 200),
        (("HEAD", "github.com", GRADLE), 200),
        (("GET", "objects.githubusercontent.com", f"{ASSET}?X-Amz-Signature=00&sp=r"), 200),
        (("GET", "storage.googleapis.com", "/proxy-golang-org-prod/x.zip?Expires=1"), 200),
        (("GET", "codeload.github.com", f"/own/a/tar.gz/{SHA}"), 200),
        (("GET", "github.com", "/own/b.git/info/refs?service=git-upload-pack"), 200),
        (("GET", "github.com", "/own/b/info/refs?service=git-upload-pack"), 200),
        (("GET", "github.com", "/own/a.git/info/refs?service=git-upload-pack"), 403),
        (("GET", "github.com", "/own/b.git/info/refs?service=git-receive-pack"), 403),
        (("GET", "github.com", "/own/b.git/info/refs"), 403),
        (("POST", "github.com", "/own/b.git/git-upload-pack"), 405),  # not in the form in which git asks
        (("POST", "github.com", "/own/b.git/git-receive-pack"), 405),
        (("POST", "github.com", GRADLE), 405),
        (("PUT", "storage.googleapis.com", "/proxy-golang-org-prod/x.zip"), 405),
        (("POST", "github.com", "/own/a.git/git-receive-pack"), 405),
        (("GET", "github.com", "/own/a.git/info/refs?service=git-receive-pack"), 403),
        (("GET", "github.com", f"{GRADLE}/../../../../../own/a"), 400),
        (("GET", "github.com", GRADLE.replace("v8", "%2e%2e/v8")), 400),
        (("GET", "github.com", f"{GRADLE}#/../../../../../own/a"), 400),
        (("GET", "codeload.github.com", f"/other/a/tar.gz/{SHA}"), 403),
    ],
)
def test_nothing_can_be_published_there(
    registries: PublicRegistries, tmp_path: Path, asking: tuple[str, str, str], status: int
) -> None:
    """By any method, and by no path but those: what is refused is never asked for."""
    method, host, path = asking
    registries.asked.clear()
    with opened(registries, tmp_path) as egress:
        answer, _, body = registries.get(egress, host, path, method)

        assert answer == status, body
        assert [asked[0] for asked in registries.asked] == ([host] if status == 200 else [])
        if status == 403:
            assert any(host in each for each in egress.refused)


def test_without_the_means_to_look_into_connections_the_hosts_stay_closed(tmp_path: Path) -> None:
    """They are no destinations then: a filter that cannot see paths would open all of GitHub."""
    closed = Outside(bundle=tmp_path / "x.pem").with_downloads((Download("github.com", "/x"),), ())

    assert (closed.downloads, closed.destinations) == (None, frozenset())


@pytest.mark.needs("keytool")
def test_java_trusts_the_authorities_of_a_bundle(tmp_path: Path, registries: PublicRegistries) -> None:
    """It reads neither the bundle nor a variable: a store in Java's form lies beside, and the options name it."""
    operator = tmp_path / "operator.pem"
    operator.write_bytes(registries.authority.certificate)
    bundle = write_bundle(operator, tmp_path / "folder")
    options = proxy_variables(Outside(bundle=bundle))["MAVEN_OPTS"].split()

    store = next(each.partition("=")[2] for each in options if each.startswith("-Djavax.net.ssl.trustStore="))
    assert "-Djavax.net.ssl.trustStorePassword=changeit" in options
    listed = subprocess.run(
        ["keytool", "-list", "-v", "-keystore", store, "-storepass", "changeit"],
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip
    assert "Nightshift, an authority of one process" in listed
    assert Path(store).stat().st_mode & 0o777 == 0o644


JAVA = """
import java.net.*;
public class Ask {
  public static void main(String[] given) throws Exception {
    HttpURLConnection made = (HttpURLConnection) new URL(given[0]).openConnection();
    System.out.println(made.getResponseCode());
  }
}
"""


@pytest.mark.needs("java")
def test_a_program_of_java_reaches_what_the_filter_looks_into(tmp_path: Path, registries: PublicRegistries) -> None:
    """As Gradle's wrapper does when it is led to GitHub."""
    (tmp_path / "Ask.java").write_text(JAVA)
    with opened(registries, tmp_path) as egress:
        port = served(egress)[1]
        options = proxy_variables(egress.outside)["GRADLE_OPTS"].split()
        trusted = [each for each in options if "trustStore" in each]
        proxy = ["-Dhttps.proxyHost=127.0.0.1", f"-Dhttps.proxyPort={port}"]
        command = ["java", *trusted, *proxy, str(tmp_path / "Ask.java")]
        address = f"https://github.com:{registries.port}"

        for path, code in ((GRADLE, "200"), ("/own/a", "403")):
            done = subprocess.run(
                [*command, f"{address}{path}"], capture_output=True, text=True, check=False, timeout=200
            )
            assert done.stdout.strip() == code, done.stderr


ASK = """import sys, urllib.error, urllib.request
for url in sys.argv[1:]:
    try:
        print(urllib.request.urlopen(url, timeout=60).status)
    except OSError as error:
        print(getattr(error, "code", error))
"""


@pytest.mark.needs("bwrap")
@pytest.mark.parametrize(("settings", "expected"), [("", ["200", "403"]), ("network: [github.com]\n", ["200", "200"])])
def test_a_set_up_reads_what_a_lockfile_names_unless_the_whole_host_is_listed(
    git_host: GitHost, mirror: Mirror, registries: PublicRegistries, settings: str, expected: list[str]
) -> None:
    """In the cell, by the variables that it has."""
    tmp_path = git_host.root.parent
    operator = tmp_path / "operator.pem"
    operator.write_bytes(registries.authority.certificate)
    bundle = write_bundle(operator, tmp_path / "outside")
    allowed, other = "https://github.com/own/d/releases/download/v1/d-1.0.tgz", "https://github.com/own/other"
    with a_proxy_to(registries.port) as port:
        outside = Outside(proxy=Proxy.of(f"http://127.0.0.1:{port}"), bundle=bundle, folder=tmp_path / "outside")
        set_ups = SetUps(git_host, mirror, tmp_path, outside)
        commit = set_ups.commit({"package-lock.json": NPM_LOCK, "ask.py": ASK})
        says = f"{settings}setup: ['python3 ask.py {allowed} {other} > seen']\n"

        environment = set_ups.provide(commit, says)

    assert environment.failure is None, environment.failure
    assert environment.layer is not None
    assert (environment.layer / "tree/seen").read_text().split() == expected
    assert bool(environment.refused_hosts) is (expected[1] == "403")
