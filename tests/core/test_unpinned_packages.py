"""The versions that a set-up installed without a lockfile, as each ecosystem's package manager lists them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.core.checks import Verdict
from bot.core.ecosystem_table import Ecosystem
from bot.core.environment.packages import LISTINGS, find_listings, parse_listing
from bot.core.environment.values import Command, Origin, SetUp
from bot.core.messages import pull_request_body
from bot.core.public_verdict import make_public
from tests.core.pull_request_texts import VIEW

PIP = "pip==24.0\nclick==8.1.7\nmy.pkg-x==1.0+local\nWarning: x\n-e git+https://x\n"
NPM = """/x:n@1.0.0
/x/node_modules/@a/b:@a/b@1.2.3
/x/node_modules/c:c@2.0.0-rc.1:INVALID
/x/node_modules/c:c@2.0.0-rc.1
"""
GO = "github.com/spf13/pflag v1.0.5\ngolang.org/x/sys v0.0.0-20230101-abcdef\nexample.org/own\n"
CARGO = """rg v14.1.0 (/run/nightshift/checkout)
aho-corasick v1.1.3
memchr v2.7.4
serde_derive v1.0.219 (proc-macro)
memchr v2.7.4
memchr v2.7.4 (*)
"""
MAVEN = """[INFO] --- dependency:3.6.0:list (default-cli) @ app ---
[INFO] The following files have been resolved:
[INFO]    junit:junit:jar:4.13.2:test -- module junit [auto]
[INFO]    org.slf4j:slf4j-api:jar:tests:2.0.9:compile
[INFO] BUILD SUCCESS
"""
GRADLE = """testRuntimeClasspath - Runtime classpath of source set 'test'.
+--- com.google.guava:guava:33.0.0-jre
|    +--- com.google.guava:failureaccess:1.0.2
|    \\--- org.checkerframework:checker-qual:3.41.0 -> 3.42.0
\\--- junit:junit:4.13.2 (*)
+--- org.springframework:spring-core -> 6.1.3
+--- project :core
"""
COMPOSER = """phpunit/phpunit     10.5.20 The PHP Unit Testing framework.
psr/log             3.0.0   Common interface
acme/tool           dev-main 0a1b2c3 A tool
"""
BUNDLE = """Gems included by the bundle:
  * rake (13.0.6)
  * nokogiri (1.16.2-x86_64-linux)
  * own (0.1.0 1234abc)
Use `bundle info` to print more detailed information about a gem
"""
DOTNET = """Project 'App' has the following package references
   [net8.0]:
   Top-level Package        Requested   Resolved
   > Newtonsoft.Json        13.0.*      13.0.3
   > Microsoft.NETCore.App  (A)   [8.0.2, )   8.0.2

   Transitive Package      Resolved
   > System.Memory         4.5.5
"""
MIX = """* jason 1.4.1 (Hex package) (mix)
  locked at 1.4.1 (jason) fbb01ecd
* own 0.1.0 (apps/own) (mix)
"""
PRINTED = {
    "pip list": (PIP, ["click==8.1.7", "my.pkg-x==1.0+local"]),
    "npm": (NPM, ["@a/b==1.2.3", "c==2.0.0-rc.1"]),
    "go list": (GO, ["github.com/spf13/pflag==v1.0.5", "golang.org/x/sys==v0.0.0-20230101-abcdef"]),
    "cargo": (CARGO, ["aho-corasick==1.1.3", "memchr==2.7.4", "serde_derive==1.0.219"]),
    "dependency:list": (MAVEN, ["junit:junit==4.13.2", "org.slf4j:slf4j-api==2.0.9"]),
    "dependencies": (
        GRADLE,
        [
            *("com.google.guava:guava==33.0.0-jre", "com.google.guava:failureaccess==1.0.2"),
            *("org.checkerframework:checker-qual==3.42.0", "junit:junit==4.13.2"),
            "org.springframework:spring-core==6.1.3",
        ],
    ),
    "composer": (COMPOSER, ["phpunit/phpunit==10.5.20", "psr/log==3.0.0", "acme/tool==dev-main"]),
    "bundle": (BUNDLE, ["rake==13.0.6", "nokogiri==1.16.2-x86_64-linux"]),
    "dotnet": (DOTNET, ["Newtonsoft.Json==13.0.3", "Microsoft.NETCore.App==8.0.2", "System.Memory==4.5.5"]),
    "mix": (MIX, ["jason==1.4.1"]),
}


@pytest.mark.parametrize("words", PRINTED)
def test_each_listing_is_read(words: str) -> None:
    (listing,) = (each for each in LISTINGS if re.search(rf"(?:^|[ )]){re.escape(words)}(?: |$)", each.command))
    printed, expected = PRINTED[words]

    assert list(parse_listing(listing, printed)) == expected


def test_each_listing_has_an_example() -> None:
    assert len(PRINTED) == len(LISTINGS)


def asked(*texts: str, found: frozenset[Ecosystem] = frozenset(), has_python: bool = False) -> list[str]:
    commands = tuple(Command(text=text, reason="x") for text in texts)
    set_up = SetUp(origin=Origin.DETECTED, commands=commands)
    return [command for _, command in find_listings(set_up, found, has_python=has_python)]


NPM_LS = "npm ls --all --parseable --long"


@pytest.mark.parametrize(
    ("texts", "starts"),
    [
        (["npm install --no-package-lock"], [f"({NPM_LS})"]),
        (["pnpm install --no-lockfile"], [f"({NPM_LS})"]),
        (
            ["(cd web && npm install)", "(cd 'my app' && yarn install)"],
            [f"(cd web && {NPM_LS})", f"(cd 'my app' && {NPM_LS})"],
        ),
        (["npm install --global --prefix x pnpm@10"], []),
        (["go mod download"], ["(go list -m "]),
        (["mvn -q -B dependency:go-offline"], ["($(if [ -f mvnw ]"]),
        (["(cd a && sh ./gradlew --quiet testClasses)"], ["(cd a && $(if [ -f gradlew ]"]),
        (["cargo fetch"], ["(cargo tree --offline"]),
        (["bundle install"], ["(bundle list)"]),
        (["composer install"], ["(composer show "]),
        (["dotnet restore a.sln"], ["(dotnet list package "]),
        (["mix local.hex --force && mix deps.get"], ["(mix deps)"]),
    ],
)
def test_the_program_that_installed_is_asked_in_its_folder(texts: list[str], starts: list[str]) -> None:
    made = asked(*texts)

    assert len(made) == len(starts)
    assert all(command.startswith(start) for command, start in zip(made, starts, strict=True)), made


def test_python_has_one_environment_and_a_makefile_is_asked_for_all_languages() -> None:
    assert (
        len(asked("(cd a && python -m pip install -e .)", "(cd b && python -m pip install -e .)", has_python=True)) == 1
    )
    both = frozenset({Ecosystem.PYPI, Ecosystem.CARGO})
    assert [each.split()[0] for each in asked("make deps", found=both, has_python=True)] == ["(python", "(cargo"]
    assert asked("make deps", found=frozenset({Ecosystem.PYPI})) == []


def test_what_a_lockfile_pins_is_not_listed() -> None:
    pinned = SetUp(origin=Origin.DETECTED, commands=(Command(text="npm ci", reason="x", pinned=True),))

    assert list(find_listings(pinned, {Ecosystem.NPM}, has_python=False)) == []


def test_the_pull_request_shows_them_folded_and_masked() -> None:
    """A private name or what looks like a secret comes out of the cell, like all that a set-up prints."""
    packages = ("click==8.1.7", "hush==1", *(f"p{number}==1.{number}" for number in range(100)))
    verdict = make_public(Verdict(packages=packages), lambda text: text.replace("hush", "***"))
    body = pull_request_body(replace(VIEW, verdict=verdict))

    assert (
        "<details><summary>Installed by the set-up without a lockfile (102)</summary>\n\n`click 8.1.7`, `*** 1`, "
        in body
    )
    assert "`p57 1.57` and 42 more\n\n</details>" in body
    assert "Installed by the set-up" not in pull_request_body(VIEW)
