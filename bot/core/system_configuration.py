"""Which of the host's `/etc` a cell shows: the configuration of installed packages, and no credential.

Shown are the names that every system needs (`NEEDED`), and those that packages brought of which none runs a service.
Never shown are the settings of services, of accounts and of the network (`_NEVER`), also where a package owns them. No
package's is what an administrator added: it is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase

from bot.core.credential_files import is_credential_file

NEEDED = (
    *("alternatives", "ca-certificates", "ca-certificates.conf", "crypto-policies", "debian_version"),
    *("fonts", "gai.conf", "group", "host.conf", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime"),
    *("magic", "mime.types", "nsswitch.conf", "os-release", "passwd", "pki/ca-trust", "pki/java", "pki/tls/certs"),
    *("pki/tls/cert.pem", "profile", "protocols", "python3", "python3.*", "resolv.conf", "services", "shells"),
    *("ssl/certs", "ssl/cert.pem", "ssl/openssl.cnf", "timezone", "login.defs", "rpc", "networks", "ethertypes"),
    *("*-release", "lsb-release", "locale.conf", "locale.alias", "chromium", "chromium.d", "papersize", "mailcap"),
)
"""Paths beneath /etc. Without them usual programs do not start. Today's systems keep no credential in them."""

_TOOLS = (
    *("java", "java-*", "jvm", "jvm-*", "maven", "maven3", "ant", "ant.d", "ivy", "gradle", "scala", "groovy", "mono"),
    *("php", "php.d", "php*.d", "php.ini", "R", "Rprofile", "ruby*", "gemrc.d", "bundler", "perl", "perl5", "emacs"),
    *("erlang", "dotnet", "nodejs", "texmf", "tex*", "ImageMagick*", "ghostscript", "octave*", "julia", "sgml", "xml"),
)
"""Configuration of language tools: shown although one of their packages may also run a service, as PHP's does."""

_NEVER = (
    *("*shadow*", "gshadow*", "passwd-", "group-", "subuid*", "subgid*", "sudo*", "doas.conf", "security", "pam*"),
    *("polkit*", "ssh", "dropbear", "krb5*", "sssd", "ldap*", "openldap", "libnss*", "nslcd*", "ipa", "samba", "cifs*"),
    *("NetworkManager", "netplan", "network", "systemd", "wpa_supplicant", "iwd", "connman", "wireguard", "openvpn"),
    *("ipsec*", "swanctl", "strongswan*", "ppp", "chatscripts", "xl2tpd", "hostapd", "tinc", "nebula", "tailscale"),
    *("docker", "containerd", "containers", "kubernetes", "kube*", "rancher", "cni", "crio", "podman", "nomad*"),
    *("cloud", "waagent*", "google*", "amazon*", "aws*", "azure*", "gcloud", "boto*", "s3*", "rclone*", "oci*"),
    *("postfix", "exim*", "msmtprc", "mail", "mail.rc", "ssmtp", "nullmailer", "fetchmailrc", "dovecot", "opendkim*"),
    *("mysql", "my.cnf*", "mariadb*", "postgresql*", "redis*", "mongo*", "couch*", "cassandra", "influx*", "odbc.ini"),
    *("rabbitmq", "elasticsearch", "kafka", "clickhouse*", "memcached*", "grafana", "prometheus", "neo4j", "unixodbc*"),
    *("apache*", "httpd", "nginx", "lighttpd", "caddy", "haproxy", "squid*", "traefik", "letsencrypt", "acme*"),
    *("puppet*", "salt", "ansible", "chef", "consul*", "vault*", "boundary*", "terraform*", "gitlab*", "gitea*"),
    *("jenkins*", "buildkite*", "github*", "actions*", "datadog*", "newrelic*", "zabbix*", "nagios*", "icinga*"),
    *("collectd", "telegraf", "fluent*", "filebeat", "logstash", "monit*", "munin", "borg*", "restic*", "duplic*"),
    *("bacula", "amanda", "davfs2", "fstab", "crypttab", "cryptsetup*", "luks*", "exports*", "auto.*", "autofs*"),
    *("iscsi", "multipath*", "lvm", "nut", "cups", "asterisk", "freeradius", "radius*", "mosquitto", "bind", "named*"),
    *("apt", "yum*", "dnf", "zypp", "pacman*", "portage", "pip.conf", "npmrc", "gitconfig", "wgetrc", "curlrc", "uv"),
    *("environment*", "default", "sysconfig", "profile.d", "bash*", "zsh*", "csh*", "rc.local", "init.d", "rc*.d"),
    *("cron*", "anacrontab", "at.*", "logrotate*", "rsync*", "snmp", "machine-id", "machine-info", "hostname", "motd*"),
    *("issue*", "aliases*", "inetd*", "xinetd*", "dhcp*", "resolvconf", "firewalld", "ufw", "iptables", "nftables*"),
    *("ssl", "pki", "ca-certificates/private", "opt", "netrc", ".*", "dbus-1", "udev", "modprobe.d", "modules*"),
    *("audit*", "rsyslog*", "fail2ban", "apparmor*", "selinux", "debconf*", "dpkg", "ucf*", "kernel*", "sysctl*"),
)

_SERVICE = re.compile(rb"(?m)^/(?:usr/)?lib/systemd/system/[^\n]+\.service$|^/etc/init\.d/[^\n]+$")
_IN_ETC = re.compile(rb"(?m)^/etc/([^/\n]+)")


def names_of_package(listing: bytes) -> frozenset[str]:
    """The names directly beneath /etc in the list of a package's files, as dpkg and rpm write it: a path a line."""
    if b"/etc/" not in listing:
        return frozenset()
    return frozenset(found.decode("utf-8", "replace") for found in _IN_ETC.findall(listing))


def runs_service(listing: bytes) -> bool:
    """Whether a package with these files runs a service on the host."""
    return _SERVICE.search(listing) is not None


def shown_names(packages: Iterable[tuple[frozenset[str], bool]]) -> frozenset[str]:
    """The names beneath /etc that are shown because of packages. `packages`: the names of each, and whether it runs a
    service: those are shown for language tools alone."""
    owned: dict[str, bool] = {}
    for names, is_service in packages:
        for name in names:
            owned[name] = owned.get(name, False) or is_service
    return frozenset(name for name, is_service in owned.items() if _is_shown(name, is_service))


def is_needed(path: str) -> bool:
    """Whether a path beneath /etc is one of `NEEDED`, or lies in one."""
    return any(fnmatchcase(start, pattern) for start in _starts(path) for pattern in NEEDED)


def leads_to_needed(path: str) -> bool:
    """Whether something `NEEDED` may lie beneath this folder."""
    return any(pattern.startswith(f"{path}/") for pattern in NEEDED)


def may_be_shown(path: str, names: Collection[str]) -> bool:
    """Whether a path beneath /etc is shown by its name. `names`: as `shown_names` returns them. Folders named `private`
    and names of credential files never are, whatever they lie in."""
    parts = path.split("/")
    if any(part in {"private", "keys"} for part in parts) or is_credential_file(path):
        return False
    return is_needed(path) or parts[0] in names


def _is_shown(name: str, is_service: bool) -> bool:
    if any(fnmatchcase(name, pattern) for pattern in _TOOLS):
        return True
    return not is_service and not any(fnmatchcase(name, pattern) for pattern in _NEVER)


def _starts(path: str) -> Iterable[str]:
    parts = path.split("/")
    return ("/".join(parts[: count + 1]) for count in range(len(parts)))


def line_of_user(uid: int, home: str) -> str:
    """A line of passwd: programs such as PostgreSQL's do not start as a user without a name."""
    return f"nightshift:x:{uid}:{uid}:Nightshift:{home}:/bin/bash\n"


def has_user(passwd: str, uid: int) -> bool:
    """Whether this text of passwd names a user with this number."""
    return any(line.split(":")[2:3] == [str(uid)] for line in passwd.splitlines())


def digest_parts(listing: Mapping[str, tuple[int, ...] | str]) -> Iterable[bytes]:
    """What tells one state of /etc from another: each path with its size and times, or where it leads to."""
    return (f"{path}\0{listing[path]}\n".encode("utf-8", "surrogateescape") for path in sorted(listing))
