"""Reads files that say how containers are started, as the commands of `docker run` that would start them so."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from hooks.policy.programs.documents import read_json
from hooks.policy.programs.yaml_documents import read_yaml

NAMESPACES = ("pid", "ipc", "uts")
SOURCE = re.compile(r"\bsource:\s*['\"]?([^,}'\"\s]+)")


def read_compose(text: str, _goals: tuple[str, ...]) -> list[str]:
    """A command for each service of a compose file, and one for the folders that its volumes are bound to."""
    document = read_yaml(text)
    services = document.get("services") if isinstance(document, dict) else None
    commands = [_command(_options_of(each)) for each in _mappings(services)]
    volumes = document.get("volumes") if isinstance(document, dict) else None
    bound = [
        options.get("device") for each in _mappings(volumes) if isinstance(options := each.get("driver_opts"), dict)
    ]
    commands.append(_command(f"--volume={each}:/x" for each in bound if isinstance(each, str)))
    return [each for each in commands if each]


def _mappings(node: object) -> Iterator[dict[str, object]]:
    values = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    yield from (each for each in values if isinstance(each, dict))


def _command(options: Iterator[str]) -> str:
    """The text of `docker run` with these options; what compose puts in is what the shell does."""
    words = [f'"{re.sub(chr(96), "", each)}"' if "${" in each else shlex.quote(each) for each in options]
    return " ".join(("docker run", *words, "x")) if words else ""


def _options_of(service: dict[str, object]) -> Iterator[str]:
    if str(service.get("privileged", "")).lower() in {"true", "yes", "on"}:
        yield "--privileged"
    for name in NAMESPACES:
        if service.get(name) == "host":
            yield f"--{name}=host"
    if service.get("userns_mode") == "host":
        yield "--userns=host"
    yield from (f"--cap-add={each}" for each in _texts(service.get("cap_add")))
    yield from (f"--device={each}" for each in _texts(service.get("devices")))
    for volume in _as_list(service.get("volumes")):
        source = volume.get("source") if isinstance(volume, dict) else _source_of(str(volume))
        if isinstance(source, str):
            yield f"--volume={source if ':' in source else source + ':/x'}"


def _source_of(volume: str) -> str:
    found = SOURCE.search(volume)
    return found[1] if found else volume


def _as_list(node: object) -> list[object]:
    return node if isinstance(node, list) else []


def _texts(node: object) -> list[str]:
    return [each for each in _as_list(node) if isinstance(each, str)]


def read_containers(text: str, _goals: tuple[str, ...]) -> list[str]:
    """A devcontainer's `runArgs` and mounts; a pod's privileged containers and the folders of its host."""
    document = read_json(text)
    if isinstance(document, dict) and document:
        words = [*_texts(document.get("runArgs")), *(f"--mount={each}" for each in _texts(document.get("mounts")))]
        return [" ".join(("docker run", *map(shlex.quote, words), "x"))] if words else []
    privileged = re.search(r"(?m)^\s*privileged:\s*true\b", text)
    folders = re.findall(r"(?m)^\s*hostPath:\s*\n\s*path:\s*['\"]?([^'\"\s]+)", text)
    return [_command(iter(("--privileged",)))] * bool(privileged) + [
        _command(iter((f"--volume={each}:/x",))) for each in folders
    ]
