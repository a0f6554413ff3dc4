"""Which names beneath /etc a cell shows."""

from __future__ import annotations

import pytest

from bot.core.system_configuration import may_be_shown, names_of_package, runs_service, shown_names

LISTING = b"/.\n/etc\n/etc/%s\n/etc/%s/a.conf\n/usr/bin/x\n"


def shown(name: str, *, service: bool = False) -> frozenset[str]:
    listing = LISTING.replace(b"%s", name.encode())
    listing += b"/lib/systemd/system/x.service\n" if service else b""
    return shown_names([(names_of_package(listing), runs_service(listing))])


@pytest.mark.parametrize(
    "name",
    [
        *("java-17-openjdk", "java-21-openjdk", "maven", "php", "R", "fonts", "chromium.d", "ImageMagick-6", "perl"),
        *(
            "vim",
            "groff",
            "sgml",
            "xml",
            "gtk-3.0",
            "texmf",
            "emacs",
            "mono",
            "ruby3.1",
            "ant.d",
            "OpenCL",
            "octave.conf",
        ),
        *("erlang", "ghostscript", "terminfo", "glvnd", "vulkan", "bindresvport.blacklist"),
    ],
)
def test_the_configuration_of_packages_is_shown(name: str) -> None:
    assert name in shown(name)


@pytest.mark.parametrize("name", ["php", "R", "java-17-openjdk"])
def test_a_language_whose_package_runs_a_service_too(name: str) -> None:
    """PHP's cleans its sessions by a timer."""
    assert name in shown(name, service=True)


@pytest.mark.parametrize("name", ["vault-agent", "mydaemon", "minio", "keycloak", "immich", "home-assistant"])
def test_the_configuration_of_services_is_not(name: str) -> None:
    """Services keep their passwords in it. No list has to name them."""
    assert shown(name, service=True) == frozenset()


@pytest.mark.parametrize(
    "name",
    [
        *("ssh", "sudoers.d", "security", "pam.d", "shadow", "NetworkManager", "wpa_supplicant", "systemd", "netplan"),
        *("docker", "kubernetes", "cloud", "postfix", "exim4", "mysql", "postgresql", "redis", "apache2", "nginx"),
        *("letsencrypt", "openvpn", "wireguard", "ipsec.d", "ppp", "samba", "apt", "yum.repos.d", "cups", "grafana"),
        *("environment", "default", "cron.d", "profile.d", "fstab", "pip.conf", "npmrc", "ansible", "gitlab-runner"),
    ],
)
def test_what_often_holds_credentials_is_never_shown(name: str) -> None:
    """Also where a package without a service brought it."""
    assert shown(name) == frozenset()


def test_a_folder_of_no_package_is_not_shown() -> None:
    """An administrator's, whatever its name."""
    assert not may_be_shown("acme/database.conf", shown("maven"))
    assert not may_be_shown("app.yml", shown("maven"))


@pytest.mark.parametrize(
    "path", ["ssl/certs/ca.pem", "ssl/openssl.cnf", "passwd", "hosts", "pki/tls/certs/x", "os-release"]
)
def test_what_every_system_needs_is_shown(path: str) -> None:
    assert may_be_shown(path, ())


@pytest.mark.parametrize(
    "path",
    [
        *(
            "ssl/private/server.key",
            "ssl/server.pem",
            "pki/tls/private/x.pem",
            "ssl/certs/server.key",
            "shadow",
            "passwd-",
        ),
        *(
            "maven/.netrc",
            "maven/credentials.xml",
            "maven/private/x",
            "maven/keys/x",
            "php/db_password",
            "R/.Renviron.env",
        ),
    ],
)
def test_keys_and_passwords_are_not_shown_where_other_files_are(path: str) -> None:
    assert not may_be_shown(path, {"maven", "php", "R"})
