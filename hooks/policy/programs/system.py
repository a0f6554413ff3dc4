"""Privilege, power, services, accounts, processes, schedules, and what would outlive the session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, named
from hooks.policy.tables import listed

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

HELP = {"--help", "-h", "--version", "-V", "-v"}


def privileged(command: Command, shell: Shell) -> None:
    """sudo and its kind, whatever they run."""
    if set(command.arguments[:1]) & {"--help", "--version", "-V"} and len(command.arguments) == 1:
        return
    shell.refuse("system.privilege", command.argv)


def powered(command: Command, shell: Shell) -> None:
    """halt, reboot, shutdown."""
    if not set(command.arguments) & {"--help", "--version"}:
        shell.refuse("system.power", command.argv)


def init(command: Command, shell: Shell) -> None:
    """`init 6`, `telinit 0`."""
    if command.arguments[:1] and re.fullmatch(r"[0-6sSqQuU]", command.arguments[0]):
        shell.refuse("system.power", command.argv)


SERVICE_READS = re.compile(
    r"(status|show|list-\S+|is-\S+|cat|help|get-default|show-environment_|--version|print\S*|list|blame|dot|analyze|log|check|info)"
)


def services(command: Command, shell: Shell) -> None:
    """systemctl, service, launchctl, loginctl: looking only."""
    operands = parse(command.arguments, "-H -M -t --type -p --property -n -o --state -u").operands
    if not operands or set(command.arguments) & {"--help", "--version", "--status-all"}:
        return
    verb = (
        operands[1]
        if command.program in {"service", "rc-service", "invoke-rc.d"} and len(operands) > 1
        else operands[0]
    )
    if not SERVICE_READS.fullmatch(verb):
        shell.refuse("system.power", command.argv)


def accounts(command: Command, shell: Shell) -> None:
    """useradd, passwd, visudo, mount, iptables and other things of the machine."""
    if command.arguments and not set(command.arguments) & {"--help", "--version", "-V"} and not _looks(command):
        shell.refuse("system.power", command.argv)
    if not command.arguments and command.program in {"visudo", "passwd", "vipw", "chsh", "modprobe"}:
        shell.refuse("system.power", command.argv)


def _looks(command: Command) -> bool:
    words = " ".join(command.arguments)
    if command.program in {"mount", "umount"}:
        return words in {"-l", "--help"} or words.startswith("-t") and len(command.arguments) < 3  # noqa: PLR2004, RUF021
    if command.program in {"ifconfig", "route", "arp"}:
        return len(command.arguments) == 1 or words.startswith("-n")
    return re.fullmatch(
        r"(-a|-L.*|-S.*|--list.*|-n -?L.*|-t \w+ -?L.*|-l|status.*|show.*|list.*|get-\S+.*|-s|-A|all|-av|--get\S*.*|--state|a|addr.*|link"
        r"|route|r|-br.*|-4.*|-6.*|-o.*|-t \w+|--show.*|-vnL.*|-nvL.*|-nL.*|info.*|-t|--json.*|addr show.*|route show.*|-i)",
        words,
    ) is not None  # fmt: skip


def killed(command: Command, shell: Shell) -> None:
    """`kill`: one's own children by `$!` or `%1`, or a single id that the session read; never everything."""
    words = list(command.arguments)
    if words[:1] and words[0] in {"-l", "-L", "--help", "--list", "-0"}:
        return
    targets = [word for word in words if not re.match(r"-(s|n)$|-[A-Z0-9]+$|--signal", word)]
    signals = [word for word in words if re.fullmatch(r"-\d+", word)]
    if len(signals) > 1 or "-1" in words[1:] or words == ["-1"] or any(word in {"0", "1"} for word in targets):
        shell.refuse("system.process", command.argv)


def killed_by_name(command: Command, shell: Shell) -> None:
    """`pkill`, `killall`: by name they reach what the session did not start."""
    if not set(command.arguments) & {"--help", "--version", "-l", "--list", "-V"}:
        shell.refuse("system.process", command.argv)


def port_killed(command: Command, shell: Shell) -> None:
    """`fuser -k`, `kill-port`, `lsof … | xargs kill`."""
    if command.program != "fuser" or any(re.match(r"-\w*k|--kill", word) for word in command.arguments):
        shell.refuse("system.process", command.argv)


def detached(command: Command, shell: Shell) -> None:
    """nohup, setsid, disown, screen, tmux, daemonize: what would outlive the session."""
    words = command.arguments
    if (
        command.program in {"nohup", "setsid", "daemonize", "start-stop-daemon", "daemon"}
        and words
        and words[0] not in HELP
    ):
        inner = [word for word in words if not word.startswith("-")] if command.program == "setsid" else list(words)
        shell.run(inner, command.feed)
    if command.program in {"screen", "tmux", "zellij", "byobu", "dtach", "abduco"}:
        if set(words) & HELP or words[:1] in (("ls",), ("-ls",), ("list-sessions",), ("-list",)):
            return
        for word in words:
            if " " in word:
                shell.prose(word)
    elif command.program == "pm2" and not (
        words and words[0] in {"start", "restart", "delete", "kill", "startup", "save", "deploy", "stop"}
    ):
        return
    if words or command.program == "disown":
        shell.refuse("system.detached", command.argv)


def scheduled(command: Command, shell: Shell) -> None:
    """crontab, at, batch, systemd-run."""
    words = command.arguments
    if set(words) & {"-l", "--help", "--version"} and "-r" not in words:
        return
    if command.program == "systemd-run":
        shell.run(
            parse(
                words,
                "--unit -p --property -E --setenv -u --slice -M -H --on-calendar --on-active --uid --gid --description -t_",
                until_operand=True,
            ).operands
        )
    if words or command.feed.present or command.program != "at":
        shell.refuse("system.schedule", command.argv)


INSTALLS = {
    "install", "remove", "purge", "upgrade", "dist-upgrade", "full-upgrade", "autoremove", "reinstall", "add", "del", "erase",
    "update", "downgrade", "groupinstall", "localinstall", "uninstall", "unlink", "tap", "cask", "in", "rm", "dup", "build-dep",
    "source_", "mark", "swap", "autoclean_", "clean_", "switch", "set-default", "refresh", "revert", "disable", "enable",
}  # fmt: skip


def system_packages(command: Command, shell: Shell) -> None:
    """apt, dnf, pacman, brew, snap: looking only."""
    words = command.arguments
    if set(words) & {
        "--help",
        "--version",
        "--dry-run",
        "-s",
        "--simulate",
        "-n",
        "--no-act",
    } and command.program not in {"zypper"}:
        return
    operands = parse(words, "-o -t -c").operands
    if command.program in {"pacman", "yay", "paru"}:
        if any(re.match(r"-[SRU]", word) and not re.match(r"-S\w*[sigl]$", word) for word in words):
            shell.refuse("system.packages", command.argv)
    elif command.program in {"dpkg", "rpm", "installer", "emerge", "nix-env", "pkg_add", "dpkg-reconfigure"}:
        if any(
            re.match(r"-[iIUeFrP]\w*$|--(install|erase|upgrade|remove|purge|unpack|configure|import)", word)
            for word in words
        ) and not any(word.startswith("-q") for word in words):
            shell.refuse("system.packages", command.argv)
    elif operands and operands[0] in INSTALLS:
        shell.refuse("system.packages", command.argv)


def kernel(command: Command, shell: Shell) -> None:
    """sysctl -w, insmod, modprobe, and other hands on the kernel."""
    words = " ".join(command.arguments)
    if command.program == "sysctl" and not re.search(r"-w|=|-p|--system|--load", words):
        return
    if command.arguments and not set(command.arguments) & HELP:
        shell.refuse("system.power", command.argv)


def namespaces(command: Command, shell: Shell) -> None:
    """chroot, nsenter, unshare, capsh: other roots and other privileges."""
    if not set(command.arguments[:1]) & HELP:
        shell.refuse("system.privilege", command.argv)


def macos(command: Command, shell: Shell) -> None:
    """Tools of macOS that change the machine."""
    words = " ".join(command.arguments)
    changing = {
        "diskutil": r"erase\w*|partition\w*|secureErase|zeroDisk|randomDisk|reformat|apfs (delete|erase)\w*|resetUserPermissions|deleteVolume",
        "defaults": r"(write|delete|import|rename)\b.*", "csrutil": r"(disable|enable|clear)", "nvram": r"(-c|-d|\w+=).*", "spctl": r".*(disable|add).*",
        "security": r"(?!(list-keychains|find-certificate|cms|verify-cert|help|error)\b).*", "tmutil": r"(delete|disable|restore|set).*", "dscl": r".*-(create|delete|append|change|passwd).*",
        "pmset": r"(?!-g).*", "scutil": r"--set.*", "networksetup": r"-set.*", "softwareupdate": r"(-i|--install).*", "osascript": r"(?!)", "xattr": r".*-(d|c|w).*com\.apple\.quarantine.*",
        "kextload": r".*", "bless": r".*", "asr": r".*",
    }[command.program]  # fmt: skip
    if re.match(changing, words):
        rule = {"diskutil": "device", "security": "secrets.vault"}.get(command.program, "system.power")
        shell.refuse(rule, command.argv)


def agent(command: Command, shell: Shell) -> None:
    """Another agent: asking for its version or its settings is all that is granted."""
    operands = parse(command.arguments).operands
    looking = {("config", "get"), ("config", "list"), ("mcp", "list"), ("mcp", "get"), ("plugin", "list")}
    if not operands and HELP & set(command.arguments):
        return
    if (
        operands[:2] not in looking
        and operands[:3] != ("plugin", "marketplace", "list")
        and operands[:1] != ("doctor",)
    ):
        shell.refuse("guards.agent", command.argv)


def init_script(command: Command, shell: Shell) -> None:
    """`/etc/init.d/name stop`."""
    if command.arguments[:1] not in ((), ("status",), ("help",)):
        shell.refuse("system.power", command.argv)


TABLE: Table = {
    **dict.fromkeys(listed("agents"), agent),
    **named("sudo doas su pkexec sudoedit runuser gksudo kdesudo run0 please dzdo visudo_ gosu su-exec setpriv sg newgrp runas psexec64 op_", privileged),
    **named("halt poweroff reboot shutdown kexec systemd-poweroff pm-suspend pm-hibernate zzz", powered),
    **named("init telinit", init),
    **named("systemctl service launchctl loginctl rc-service rc-update invoke-rc.d update-rc.d chkconfig initctl supervisorctl_ sv brew-services hostnamectl timedatectl localectl machinectl", services),
    **named(
        """useradd userdel usermod groupadd groupdel groupmod passwd chpasswd visudo vipw adduser deluser addgroup delgroup chsh chfn gpasswd
        mount umount iptables ip6tables nft ufw firewall-cmd ipfw pfctl ip ifconfig route nmcli setenforce aa-disable update-alternatives_
        update-grub grub-install efibootmgr hwclock auditctl quotaon chage pwck sestatus_ fusermount_ arp tc ebtables""",
        accounts,
    ),
    "kill": killed,
    **named("pkill killall killall5 xkill skill slay taskkill", killed_by_name),
    **named("fuser kill-port fkill killport", port_killed),
    **named("nohup setsid disown daemonize start-stop-daemon daemon screen tmux zellij byobu dtach abduco pm2 forever", detached),
    **named("crontab at batch atrm systemd-run anacron", scheduled),
    **named(
        """apt apt-get aptitude dnf yum zypper pacman yay paru apk brew port snap flatpak dpkg rpm emerge nix-env installer
        pkg pkg_add microdnf dpkg-reconfigure add-apt-repository rpm-ostree xbps-install eopkg guix""",
        system_packages,
    ),
    **named("sysctl insmod rmmod modprobe kldload depmod setcap setfattr chattr", kernel),
    **named("chroot nsenter unshare capsh pivot_root systemd-nspawn lxc-attach", namespaces),
    **named("diskutil defaults csrutil nvram spctl security tmutil dscl pmset scutil networksetup softwareupdate osascript xattr kextload bless asr", macos),
}  # fmt: skip
