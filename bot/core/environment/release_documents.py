"""Indexes of registries without some of their releases: one function for each form that an index has.

What cannot be read is returned as it is: its tool reports what is wrong with it. `permits` says which releases stay, by
the name that the index gives them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from bot.core.tool_homes import version_order
from bot.core.untrusted import as_dict, as_dicts, as_list, as_str

Permits = Callable[[str], bool]


def _read(body: bytes) -> dict[str, Any]:
    try:
        return as_dict(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def _write(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def simple_without(document: dict[str, Any], permits: Permits) -> bytes:
    """PyPI's index of a project. Its list of versions, which names no files, is left out: it may be."""
    files = [each for each in as_dicts(document.get("files")) if permits(as_str(each.get("filename")))]
    return _write({**{name: value for name, value in document.items() if name != "versions"}, "files": files})


def simple_html(body: bytes) -> bytes:
    """The same index for a client that reads HTML alone."""
    links = "".join(map(_link, as_dicts(_read(body).get("files"))))
    return f"<!DOCTYPE html><html><body>\n{links}</body></html>\n".encode()


def _link(file: dict[str, Any]) -> str:
    hashes = [f"{name}={value}" for name, value in as_dict(file.get("hashes")).items()]
    url = "#".join([as_str(file.get("url")), *hashes[:1]])
    needs = as_str(file.get("requires-python"))
    attributes = f' data-requires-python="{escape(needs)}"' if needs else ""
    return f'<a href="{escape(url)}"{attributes}>{escape(as_str(file.get("filename")))}</a><br/>\n'


def project_without(document: dict[str, Any], permits: Permits) -> bytes:
    """PyPI's older document of a project, or of one version of it."""
    changed = dict(document)
    if "urls" in document:
        changed["urls"] = _permitted_files(document["urls"], permits)
    if "releases" in document:
        releases = {
            version: _permitted_files(files, permits) for version, files in as_dict(document["releases"]).items()
        }
        changed["releases"] = {version: files for version, files in releases.items() if files}
    return _write(changed)


def _permitted_files(files: object, permits: Permits) -> list[dict[str, Any]]:
    return [each for each in as_dicts(files) if permits(as_str(each.get("filename")))]


def npm_without(body: bytes, permits: Permits) -> bytes:
    """npm's document of a package. A tag that leads to a version which is left out leads to the newest before it."""
    document = _read(body)
    versions = as_dict(document.get("versions"))
    kept = {version: each for version, each in versions.items() if permits(version)}
    if not versions or len(kept) == len(versions):
        return body
    tags = {tag: _at_most(as_str(version), kept) for tag, version in as_dict(document.get("dist-tags")).items()}
    times = as_dict(document.get("time"))
    left = {name: moment for name, moment in times.items() if name in kept or name in {"created", "modified"}}
    found = {tag: version for tag, version in tags.items() if version}
    return _write({**document, "versions": kept, "dist-tags": found, "time": left})


def _at_most(wanted: str, kept: dict[str, Any]) -> str:
    """The version itself, else the newest before it: a version to come only where no other is left."""
    if wanted in kept:
        return wanted
    below = [version for version in kept if version_order(version) <= version_order(wanted)]
    finished = [version for version in below if "-" not in version]
    return max(finished or below, key=version_order, default="")


def go_without(body: bytes, permits: Permits) -> bytes:
    """The list of a module's versions. Of those that are older than one that is permitted nothing is asked."""
    lines = body.decode(errors="replace").split()
    newest_first = sorted(lines, key=version_order, reverse=True)
    first = next((index for index, version in enumerate(newest_first) if permits(version)), len(newest_first))
    left_out = set(newest_first[:first])
    return "".join(f"{version}\n" for version in lines if version not in left_out).encode()


def crates_without(body: bytes, permits: Permits) -> bytes:
    """Cargo's sparse index: one version on each line."""
    lines = body.splitlines(keepends=True)
    return b"".join(line for line in lines if "vers" not in (read := _read(line)) or permits(as_str(read["vers"])))


def gems_without(body: bytes, permits: Permits) -> bytes:
    """The compact index of a gem: `VERSION[-PLATFORM] …` on each line behind the head."""
    return "\n".join(_gem_lines(body.decode(errors="replace").split("\n"), permits)).encode()


def _gem_lines(lines: list[str], permits: Permits) -> Iterator[str]:
    for line in lines:
        version = line.partition(" ")[0].partition("-")[0]
        if not version[:1].isdigit() or permits(version):
            yield line


def composer_without(body: bytes, permits: Permits) -> bytes:
    """Packagist's document of a package. In its short form a version holds what differs from the one before."""
    document = _read(body)
    packages = {name: _whole(each, document) for name, each in as_dict(document.get("packages")).items()}
    kept = {
        name: [each for each in versions if permits(as_str(each.get("version")))] for name, versions in packages.items()
    }
    rest = {name: value for name, value in document.items() if name != "minified"}
    return _write({**rest, "packages": kept}) if packages else body


def _whole(versions: object, document: dict[str, Any]) -> list[dict[str, Any]]:
    if document.get("minified") is None:
        return as_dicts(versions)
    whole, last = [], dict[str, Any]()
    for each in as_list(versions):
        last = {name: value for name, value in {**last, **as_dict(each)}.items() if value != "__unset"}
        whole.append(last)
    return whole


def composer_versions(body: bytes) -> list[dict[str, Any]]:
    """All versions of such a document, in whole."""
    document = _read(body)
    return [each for found in as_dict(document.get("packages")).values() for each in _whole(found, document)]


def jsr_without(body: bytes, permits: Permits) -> bytes:
    """JSR's document of a package."""
    document = _read(body)
    versions = as_dict(document.get("versions"))
    kept = {version: each for version, each in versions.items() if permits(version)}
    latest = _at_most(as_str(document.get("latest")), kept)
    return _write({**document, "versions": kept, "latest": latest}) if len(kept) < len(versions) else body
