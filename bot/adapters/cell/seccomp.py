"""The system calls that nothing in a cell may make, compiled by libseccomp to a filter for the kernel.

The list names what reads or changes other processes, what is shared across cells (keyrings), and what opens large parts
of the kernel to programs that do not need them. Everything else stays allowed: builds and test suites need it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

LIBRARY = "libseccomp.so.2"

# libseccomp's and the kernel's constants: seccomp.h, linux/audit.h, linux/sched.h, asm-generic/ioctls.h
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_BAD_ARCH = 2  # SCMP_FLTATR_ACT_BADARCH
_EQ, _GT, _MASKED_EQ = 4, 6, 7
_ARCHITECTURES = {
    "x86_64": (0xC000003E, 0x40000003, 0x4000003E),  # and what its kernel also runs: i386 and x32
    "aarch64": (0xC00000B7, 0x40000028),  # and 32-bit ARM
}
_CLONE_NEWUSER = 0x10000000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # type into a terminal; paste into a console
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16

_DENIED = (
    # read or change another process
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    # keyrings outlast a cell
    *("keyctl", "add_key", "request_key"),
    # large parts of the kernel
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    # what is mounted where
    *("mount", "umount", "umount2", "mount_setattr", "move_mount", "open_tree", "pivot_root"),
    *("chroot", "fsopen", "fsconfig", "fsmount", "fspick", "open_by_handle_at", "name_to_handle_at", "quotactl"),
    *("quotactl_fd", "swapon", "swapoff"),
    # namespaces of others
    "setns",
    # the machine
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "acct", "syslog"),
    *("iopl", "ioperm", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "sethostname", "setdomainname"),
)


class NoFilter(Exception):
    """The filter cannot be compiled; the message says what is missing, `fix` what to do."""

    def __init__(self, message: str, fix: str = "use an x86-64 or arm64 machine with libseccomp 2.5 or newer") -> None:
        self.fix = fix
        super().__init__(message)


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


@dataclass(frozen=True, slots=True)
class SystemCallRule:
    """`name` is denied with `error` where all `comparisons` hold: (argument, operation, value, second value)."""

    name: str
    error: int = errno.EPERM
    comparisons: tuple[tuple[int, int, int, int], ...] = ()


def rules() -> Iterator[SystemCallRule]:
    yield from map(SystemCallRule, _DENIED)
    for name in ("clone", "unshare"):
        yield SystemCallRule(name, comparisons=((0, _MASKED_EQ, _CLONE_NEWUSER, _CLONE_NEWUSER),))
    # Its flags lie in memory, where no filter sees them. Programs fall back to clone where the kernel has no clone3.
    yield SystemCallRule("clone3", errno.ENOSYS)
    for request in (_TIOCSTI, _TIOCLINUX):
        yield SystemCallRule("ioctl", comparisons=((1, _MASKED_EQ, 0xFFFFFFFF, request),))
    # Not vsock, which reaches a hypervisor from any network namespace; not the kernel's own services behind AF_ALG.
    for family in set(range(_NETLINK)) - {_UNIX, _INET, _INET6}:
        yield SystemCallRule("socket", errno.EAFNOSUPPORT, ((0, _EQ, family, 0),))
    yield SystemCallRule("socket", errno.EAFNOSUPPORT, ((0, _GT, _NETLINK, 0),))


@cache
def compile_filter(machine: str = platform.machine()) -> bytes:
    """The filter as the kernel takes it: an array of `struct sock_filter`. Raises NoFilter."""
    if machine not in _ARCHITECTURES:
        known = ", ".join(_ARCHITECTURES)
        raise NoFilter(f"there is no system call filter for {machine}; Nightshift knows {known}")
    try:
        library = ctypes.CDLL(LIBRARY, use_errno=True)
    except OSError as error:
        raise NoFilter(f"{LIBRARY} cannot be loaded", "apt-get install libseccomp2") from error
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_arch_native.restype = ctypes.c_uint32
    return _compile(library, _ARCHITECTURES[machine])


def _compile(library: ctypes.CDLL, architectures: tuple[int, ...]) -> bytes:
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_ALLOW)))
    try:
        _choose_architectures(library, context, architectures)
        # A program of any other architecture may run no system call at all.
        _check("seccomp_attr_set", library.seccomp_attr_set(context, _BAD_ARCH, _ERRNO | errno.ENOSYS))
        for rule in rules():
            _add(library, context, rule)
        return _export(library, context)
    finally:
        library.seccomp_release(context)


def _choose_architectures(library: ctypes.CDLL, context: ctypes.c_void_p, wanted: tuple[int, ...]) -> None:
    native = library.seccomp_arch_native()
    for architecture in wanted:
        if architecture != native:
            _check("seccomp_arch_add", library.seccomp_arch_add(context, ctypes.c_uint32(architecture)))
    if native not in wanted:
        _check("seccomp_arch_remove", library.seccomp_arch_remove(context, ctypes.c_uint32(native)))


def _add(library: ctypes.CDLL, context: ctypes.c_void_p, rule: SystemCallRule) -> None:
    number = library.seccomp_syscall_resolve_name(rule.name.encode())
    if number == -1:
        return  # this libseccomp is older than the call: `test_seccomp` names what it may lack
    compared = (_Comparison * len(rule.comparisons))(*(_Comparison(*each) for each in rule.comparisons))
    action = ctypes.c_uint32(_ERRNO | rule.error)
    code = library.seccomp_rule_add_array(context, action, number, len(compared), compared)
    if code not in (0, -errno.EDOM):  # EDOM: none of the architectures has it
        _check(f"a rule for {rule.name}", code)


def _export(library: ctypes.CDLL, context: ctypes.c_void_p) -> bytes:
    with tempfile.TemporaryFile() as file:
        _check("seccomp_export_bpf", library.seccomp_export_bpf(context, file.fileno()))
        file.seek(0)
        return file.read()


def _check(what: str, code: int) -> None:
    if code < 0:
        raise NoFilter(f"libseccomp: {what}: {os.strerror(-code)}")
