"""How Nightshift's own requests, and its git, get to GitHub: the operator's proxy, and whom they trust.

`requests` reads both from the environment of its process. Git here gets an environment that is built from nothing, so
both are given to it by name, for what goes to GitHub alone. No cell gets either of them (`bot/adapters/outside.py`).
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNetwork:
    """`proxy`: `http://HOST:PORT`, perhaps with a credential; `no_proxy`: hosts that are asked without it, with commas
    between; `bundle`: the certificate authorities that are trusted, None for the usual ones."""

    proxy: str = field(default="", repr=False)
    no_proxy: str = ""
    bundle: Path | None = None

    def variables_of_git(self) -> dict[str, str]:
        found = {"https_proxy": self.proxy, "no_proxy": self.no_proxy} if self.proxy else {}
        return {**found, **({"GIT_SSL_CAINFO": str(self.bundle)} if self.bundle else {})}

    def export(self, environment: MutableMapping[str, str]) -> None:
        """To the process, for `requests`. A small letter wins there, as with git."""
        for name, value in (("https_proxy", self.proxy), ("no_proxy", self.no_proxy)):
            if value:
                environment.update({name: value, name.upper(): value})
        if self.bundle is not None:
            environment["REQUESTS_CA_BUNDLE"] = str(self.bundle)

    def proxies_for(self, url: str) -> dict[str, str]:
        """As `requests` takes them, where it reads no environment."""
        from requests.utils import should_bypass_proxies  # noqa: PLC0415 - few repositories have files under Git LFS

        if not self.proxy or should_bypass_proxies(url, no_proxy=self.no_proxy or ","):
            return {}
        return {"https": self.proxy}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What of it is masked in the output of git."""
        password = urlsplit(self.proxy).password
        return (password, unquote(password)) if password else ()


DIRECT = OwnNetwork()
"""No proxy, and the usual authorities."""


def trust_also(authority: Path, folder: Path) -> Path:
    """The usual certificate authorities and the operator's own, as a file in `folder`. Raises OSError."""
    import certifi  # noqa: PLC0415 - only where the operator names another one

    from bot.adapters.outside import system_bundle  # noqa: PLC0415

    content = b"\n".join(each.read_bytes() for each in (system_bundle() or Path(certifi.where()), authority))
    target = folder / "trusted.pem"
    if not target.is_file() or target.read_bytes() != content:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, delete=False) as new:
            new.write(content)
        Path(new.name).replace(target)
    return target
