"""How package managers find a registry of the operator's: by variables where they read one, else by files in HOME.

The address is that of the gateway in the cell, so that no file holds a credential. A set-up gets the files before its
first command; they are removed again before anything is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.adapters.cell.entry import LOOPBACK
from bot.core.ecosystem_table import Ecosystem


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySettings:
    """`variables`: which have the address; `more`: others, as they are. `files`: by their paths in HOME, what they hold
    for the address in the cell and the one outside."""

    variables: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Callable[[str, str], str]] = field(default_factory=dict)


def _cargo(inside: str, outside: str) -> str:
    """Lockfiles and manifests go on to name the address outside."""
    return f"""[source.crates-io]
replace-with = "nightshift"
[source.nightshift]
registry = "sparse+{inside}"
[source.nightshift-outside]
registry = "sparse+{outside.rstrip("/")}/"
replace-with = "nightshift"
"""


def _maven(inside: str, _: str) -> str:
    return f"""<settings><mirrors><mirror>
<id>nightshift</id><name>nightshift</name><mirrorOf>*</mirrorOf><url>{inside}</url>
</mirror></mirrors></settings>
"""


def _gradle(inside: str, _: str) -> str:
    return f"""def led = {{ repositories -> repositories.withType(MavenArtifactRepository) {{
  if (url.scheme in ["http", "https"]) {{ url = "{inside}"; allowInsecureProtocol = true }}
}} }}
beforeSettings {{ it.pluginManagement {{
  repositories {{ maven {{ url = "{inside}"; allowInsecureProtocol = true }} }}
}} }}
settingsEvaluated {{ settings ->
  led(settings.pluginManagement.repositories)
  if (settings.hasProperty("dependencyResolutionManagement")) led(settings.dependencyResolutionManagement.repositories)
}}
allprojects {{ led(repositories); led(buildscript.repositories) }}
"""


def _nuget(inside: str, _: str) -> str:
    return f"""<?xml version="1.0" encoding="utf-8"?>
<configuration><packageSources><clear />
<add key="nightshift" value="{inside}" protocolVersion="3" allowInsecureConnections="true" />
</packageSources></configuration>
"""


def _composer(inside: str, _: str) -> str:
    return f"""{{"repositories": {{"packagist.org": {{"type": "composer", "url": "{inside.rstrip("/")}"}}}},
 "config": {{"secure-http": false}}}}
"""


SETTINGS: dict[Ecosystem, RegistrySettings] = {
    Ecosystem.PYPI: RegistrySettings(
        variables=("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PDM_PYPI_URL", "PIPENV_PYPI_MIRROR")
    ),
    Ecosystem.NPM: RegistrySettings(
        variables=("npm_config_registry", "YARN_REGISTRY", "YARN_NPM_REGISTRY_SERVER", "BUN_CONFIG_REGISTRY"),
        # Lockfiles name the registry's own address, which the cell does not reach.
        more={"npm_config_replace_registry_host": "always", "YARN_UNSAFE_HTTP_WHITELIST": LOOPBACK},
    ),
    Ecosystem.GO: RegistrySettings(variables=("GOPROXY",)),
    Ecosystem.RUBYGEMS: RegistrySettings(variables=("BUNDLE_MIRROR__ALL",)),
    Ecosystem.CARGO: RegistrySettings(files={".cargo/config.toml": _cargo}),
    Ecosystem.MAVEN: RegistrySettings(files={".m2/settings.xml": _maven, ".gradle/init.d/nightshift.gradle": _gradle}),
    Ecosystem.NUGET: RegistrySettings(files={".nuget/NuGet/NuGet.Config": _nuget}),
    Ecosystem.PACKAGIST: RegistrySettings(files={".composer/config.json": _composer}),
    Ecosystem.HEX: RegistrySettings(variables=("HEX_MIRROR", "HEX_MIRROR_URL")),
}
"""By ecosystem: those for which another registry can be set."""
