"""The services that a repository may name under `services:`, and how programs in its cells find them.

Each listens on its usual port of the cells' own loopback, and asks for no password: only what runs in these cells can
reach it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

DATABASE = "test"
FAILED = 119
"""The exit code of what starts services, if one did not start; its output then says which, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKind:
    """`programs`: all have to be on the host, of each the first name that is. `folders`: where they lie besides PATH,
    as globs. `package`: Debian's. `variables`: of the environment of the commands. `url`: for DATABASE_URL."""

    name: str
    title: str
    programs: tuple[tuple[str, ...], ...]
    folders: tuple[str, ...]
    package: str
    port: int
    variables: MappingProxyType[str, str]
    url: str = ""


KINDS = {
    kind.name: kind
    for kind in (
        ServiceKind(
            name="postgresql",
            title="PostgreSQL",
            programs=(("initdb",), ("postgres",), ("psql",)),
            folders=("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin"),
            package="postgresql",
            port=5432,
            url=f"postgresql://postgres@127.0.0.1:5432/{DATABASE}",
            variables=MappingProxyType(
                {
                    "PGHOST": "127.0.0.1",
                    "PGPORT": "5432",
                    "PGUSER": "postgres",
                    "PGDATABASE": DATABASE,
                    "POSTGRES_URL": f"postgresql://postgres@127.0.0.1:5432/{DATABASE}",
                    "POSTGRES_HOST": "127.0.0.1",
                    "POSTGRES_PORT": "5432",
                    "POSTGRES_USER": "postgres",
                    "POSTGRES_DB": DATABASE,
                }
            ),
        ),
        ServiceKind(
            name="mysql",
            title="MySQL",
            programs=(
                ("mariadbd", "mysqld"),
                ("mariadb-install-db", "mysql_install_db", "mysqld"),
                ("mariadb", "mysql"),
            ),
            folders=("/usr/libexec", "/usr/local/mysql/bin"),
            package="mariadb-server",
            port=3306,
            url=f"mysql://root@127.0.0.1:3306/{DATABASE}",
            variables=MappingProxyType(
                {
                    "MYSQL_URL": f"mysql://root@127.0.0.1:3306/{DATABASE}",
                    "MYSQL_HOST": "127.0.0.1",
                    "MYSQL_TCP_PORT": "3306",
                    "MYSQL_PORT": "3306",
                    "MYSQL_USER": "root",
                    "MYSQL_DATABASE": DATABASE,
                }
            ),
        ),
        ServiceKind(
            name="redis",
            title="Redis",
            programs=(("redis-server", "valkey-server"),),
            folders=(),
            package="redis-server",
            port=6379,
            variables=MappingProxyType(
                {"REDIS_URL": "redis://127.0.0.1:6379/0", "REDIS_HOST": "127.0.0.1", "REDIS_PORT": "6379"}
            ),
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One that is installed: `programs` are the paths of the kind's, in its order."""

    kind: str
    programs: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "title": KINDS[self.kind].title,
            "port": KINDS[self.kind].port,
            "programs": self.programs,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryServices:
    """What `services:` of a repository names: those that are installed, and the kinds of those that are not."""

    found: tuple[Service, ...] = ()
    missing: tuple[str, ...] = field(default=())

    @property
    def variables(self) -> dict[str, str]:
        """DATABASE_URL leads to the database that is named first."""
        kinds = [KINDS[service.kind] for service in self.found]
        url = next((kind.url for kind in kinds if kind.url), "")
        given = {name: value for kind in kinds for name, value in kind.variables.items()}
        return {**given, **({"DATABASE_URL": url} if url else {})}

    @property
    def obstacle(self) -> str:
        """Why commands that need them cannot run; empty if all are here."""
        return "; ".join(map(describe_missing, self.missing))


def describe_missing(kind: str) -> str:
    return f"{KINDS[kind].title} is named under `services:` but not installed here"


def how_to_install(kinds: Iterable[str]) -> str:
    """The command of Debian and Ubuntu."""
    return " ".join(("apt-get install", *(KINDS[kind].package for kind in kinds)))


def reason_for_end(code: int | None, output: str) -> str:
    """Why services did not start, where a command ended because of that; empty otherwise."""
    last: Sequence[str] = output.strip().splitlines()[-1:]
    is_ours = code == FAILED and bool(last) and " did not start" in last[0]
    return last[0].strip() if is_ours else ""
