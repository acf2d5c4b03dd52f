"""Which system calls a step may not make, and what it is told instead.

Three answers: *not permitted*; *not there* (the caller, often the C library, then does it another
way); and *done*, though nothing was, where honest code only wants not to fail (`shutil.copy` sets
modes and times). Landlock guards the files; these rules close what it leaves open.
"""

from __future__ import annotations

import errno

from rampflow.sandbox.bpf import Check, Rule, When

PRETEND = 0
_NAMESPACES = 0x7E02_0000  # CLONE_NEW…: mount, cgroup, uts, ipc, user, pid, net
_SIBLING = 0x8000  # CLONE_PARENT: a child of the supervisor
_UNIX, _STREAM, _SEQPACKET = 1, 1, 5
_TYPE_OF_SOCKET = 0xF
_TERMINAL = (0x5401, 0x5413)  # is it one, how wide
_DESCRIPTOR = (0x541B, 0x5421, 0x5450, 0x5451)  # bytes waiting, non-blocking, close on exec
_KIND = 0xFF00  # of an ioctl: whose it is
_KINDS_OF_GPU = (
    0x4600,  # NVIDIA's driver
    0x0000,  # nvidia-uvm, which numbers its own without a kind
    0x4B00,  # AMD's kfd
    0x6400,  # render nodes
)
_OF_CUDA = "memfd_create"
_ON_OTHERS_FILES = (
    5,  # F_GETLK: shows a lock of somebody else on a file that may only be read
    8,  # F_SETOWN: whom to send a signal
    15,  # F_SETOWN_EX
    36,  # F_OFD_GETLK
    1024,  # F_SETLEASE: shows whether somebody else has the file open
    1026,  # F_NOTIFY: tells what happens in a folder
    1031,  # F_SETPIPE_SZ: memory that nobody counts
)
_FORCED_BUFFERS = (32, 33)
_ACCESS_MODE, _TRUNCATE = 0x3, 0x200  # O_ACCMODE, O_TRUNC
_CUTS_UNOPENED = (_TRUNCATE, _TRUNCATE | 0x3)  # neither is opened to write, both cut the file

SPYING = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "process_madvise"),
    *("process_mrelease", "migrate_pages", "move_pages", "perf_event_open", "bpf"),
)
SHARED_OBJECTS = (
    *("add_key", "request_key", "keyctl"),
    *("shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semctl", "semtimedop"),
    *("msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink", "mq_timedsend"),
    *("mq_timedreceive", "mq_notify", "mq_getsetattr"),
)
NAMESPACES = (
    *("mount", "umount2", "pivot_root", "chroot", "open_tree", "open_tree_attr", "move_mount"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "statmount", "listmount"),
    *("unshare", "setns", "open_by_handle_at", "name_to_handle_at"),
)
ADMINISTRATION = (
    *("acct", "swapon", "swapoff", "reboot", "sethostname", "setdomainname", "init_module"),
    *("finit_module", "delete_module", "kexec_load", "kexec_file_load", "settimeofday"),
    *("clock_settime", "adjtimex", "clock_adjtime", "syslog", "quotactl", "quotactl_fd"),
    *("vhangup", "iopl", "ioperm", "modify_ldt", "uselib"),
)
SOCKETS = ("socket", "connect", "bind", "listen", "accept", "accept4")
NOT_THERE = (
    *("clone3", "openat2"),  # their arguments cannot be seen; both are done another way without
    *("pidfd_open", "pidfd_getfd", "pidfd_send_signal", "userfaultfd"),
    *("memfd_create", "memfd_secret"),  # memory that nobody counts
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),  # calls that no filter sees
    *("inotify_init", "inotify_init1", "inotify_add_watch", "fanotify_init", "fanotify_mark"),
    *("mincore", "cachestat", "preadv2"),  # what others have read lately
    *("file_getattr", "file_setattr"),
)
ATTRIBUTES = (
    *("setxattr", "lsetxattr", "fsetxattr", "setxattrat", "getxattr", "lgetxattr", "fgetxattr"),
    *("getxattrat", "listxattr", "llistxattr", "flistxattr", "listxattrat", "removexattr"),
    *("lremovexattr", "fremovexattr", "removexattrat"),
)
MODES = (
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat"),
    "flock",
)


def rules(pid: int, abi: int, *, has_devices: bool = False) -> list[Rule]:
    """Return the rules for a step.

    Parameters
    ----------
    pid : int
        The process: it may name itself, or 0, where a call can be about another process.
    abi : int
        The version of Landlock's interface; what an old one does not guard is refused here.
    has_devices : bool
        Whether the step has a GPU: it may control it, and make files in memory, without which
        CUDA ends with error 304.
    """
    itself = (0, pid)
    eperm = errno.EPERM
    found = [
        Rule(eperm, (*SPYING, *SHARED_OBJECTS, *NAMESPACES, *ADMINISTRATION)),
        Rule(errno.EACCES, SOCKETS),
        Rule(errno.ENOSYS, tuple(n for n in NOT_THERE if not (has_devices and n == _OF_CUDA))),
        Rule(errno.EOPNOTSUPP, ATTRIBUTES),
        Rule(PRETEND, MODES),
        *_times(),
        Rule(eperm, ("clone",), (Check(0, When.HAS, (_NAMESPACES | _SIBLING,)),)),
        # A datagram socket can send to any address, also as half of a pair.
        Rule(
            errno.EACCES,
            ("socketpair",),
            (
                Check(0, When.IS_NOT, (_UNIX,)),
                Check(1, When.IS_NOT, (_STREAM, _SEQPACKET), _TYPE_OF_SOCKET),
            ),
        ),
        Rule(errno.EACCES, ("sendto",), (Check(4, When.NOT_NULL),)),
        Rule(eperm, ("setsockopt",), (Check(2, When.IS, _FORCED_BUFFERS),)),
        Rule(errno.ENOTTY, ("ioctl",), _controls(has_devices)),
        Rule(eperm, ("fcntl",), (Check(1, When.IS, _ON_OTHERS_FILES),)),
        Rule(eperm, ("personality",), (Check(0, When.IS_NOT, (0, 0xFFFF_FFFF)),)),
        Rule(
            eperm,
            (
                "prlimit64",
                "sched_setaffinity",
                "sched_setattr",
                "sched_setparam",
                "sched_setscheduler",
            ),
            (Check(0, When.IS_NOT, itself),),
        ),  # fmt: skip
        Rule(eperm, ("setpriority",), _of_one_process(0, itself)),
        Rule(eperm, ("ioprio_set",), _of_one_process(1, itself)),
    ]
    return [*found, *_for_old_kernels(itself, abi)]


def _controls(has_devices: bool) -> tuple[Check, ...]:
    """Refuse all ``ioctl`` but a few, and those of GPUs where a step has one."""
    known = (*_TERMINAL, *_DESCRIPTOR)
    if not has_devices:
        return (Check(1, When.IS_NOT, known),)
    return (Check(1, When.FINE, known), Check(1, When.IS_NOT, _KINDS_OF_GPU, _KIND))


def _times() -> list[Rule]:
    """Pretend to set a time; but refuse to set it to now where a file is named.

    `pathlib.Path.touch` does that first, and makes the file only if it is refused.
    """
    found = []
    for name, path, times in (
        ("utime", 0, 1),
        ("utimes", 0, 1),
        ("futimesat", 1, 2),
        ("utimensat", 1, 2),
    ):
        by_descriptor = Check(path, When.NULL, errno=PRETEND)
        found.append(Rule(errno.EACCES, (name,), (by_descriptor, Check(times, When.NULL)), PRETEND))
    return found


def _of_one_process(kind: int, itself: tuple[int, ...]) -> tuple[Check, ...]:
    """Refuse to name a group, all of a user, or another process."""
    return (Check(0, When.IS_NOT, (kind,)), Check(1, When.IS_NOT, itself))


def _for_old_kernels(itself: tuple[int, ...], abi: int) -> list[Rule]:
    found = []
    if abi < 6:  # no scope for signals: only to itself, and to its group, which is the step's own
        everyone = ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
        found.append(Rule(errno.EPERM, everyone, (Check(0, When.IS_NOT, itself),)))
        found.append(Rule(errno.EPERM, ("tkill",)))  # names a thread of anybody
    if abi < 3:  # no right to truncate: cut only what was opened to write
        found.append(Rule(errno.EACCES, ("truncate",)))
        cut = Check(1, When.IS, _CUTS_UNOPENED, _ACCESS_MODE | _TRUNCATE)
        found.append(Rule(errno.EACCES, ("open",), (cut,)))
        found.append(Rule(errno.EACCES, ("openat",), (cut._replace(argument=2),)))
    return found
