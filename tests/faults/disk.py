"""A disk whose power can be cut: an ext4 file system on a loop device.

cut() is the file system's own shutdown without flushing its journal: from that moment nothing
reaches the device any more, and what was only in memory is gone at the next mount, which replays
the journal as after a power failure. What it does not model is a drive that lies about its cache.

Needs root and a loop device; unavailable() says what is missing. All mounts live in a mount
namespace of this process (isolate()), the device clears itself when nobody holds it, and the image
has no name: so nothing stays behind, however this process ends.
"""
import ctypes
import errno
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time

FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32), linux/fs.h and fs/ext4
NO_LOG_FLUSH = 2
LOOP_CONFIGURE = 0x4C0A
LOOP_CTL_GET_FREE = 0x4C82
LO_FLAGS_AUTOCLEAR = 4
CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE, MS_NOATIME = 0x4000, 0x40000, 0x400
UMOUNT_SECONDS = 10

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def isolate():
    """From here on mounts are seen by this process and its children alone."""
    call("unshare", CLONE_NEWNS)
    call("mount", b"none", b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None)


def unavailable():
    """Why power cannot be cut here, or None. Tries it on a small disk."""
    if os.geteuid() != 0:
        return "cutting the power of a disk needs root (mount, loop device)"
    for program in ("mkfs.ext4", "truncate"):
        if shutil.which(program) is None:
            return f"{program} is missing (Debian package e2fsprogs or coreutils)"
    if not os.path.exists("/dev/loop-control"):
        return "there is no /dev/loop-control: the kernel or this container has no loop devices"
    with tempfile.TemporaryDirectory(prefix="erario-disk-") as folder:
        disk = None
        try:
            image = new_image(pathlib.Path(folder) / "image", 16)
            disk = Disk(image, pathlib.Path(folder) / "mount")
            disk.mount()
            disk.cut()
            return None
        except (OSError, subprocess.CalledProcessError) as failure:
            return f"a loop-mounted ext4 cannot be used here: {failure}"
        finally:
            if disk:
                disk.close()


def new_image(path, megabytes):
    """Blocks as large disks have them. With smaller ones a full disk ends a program that writes to a
    file in memory (SQLite's index of its log) by SIGBUS: a page of it may lack some blocks."""
    subprocess.run(["truncate", "-s", f"{megabytes}M", path], check=True)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0", "-E",
                    "lazy_itable_init=0,lazy_journal_init=0", path], check=True)
    return path


class Disk:
    """One image on one loop device, mounted at a folder or not."""

    def __init__(self, image, folder, copy=False):
        """`copy`: works on a copy without a name, and the image stays as it is."""
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.mounted = False
        self.backing = self.open_copy(image) if copy else os.open(image, os.O_RDWR)

    @staticmethod
    def open_copy(image):
        path = f"{image}.copy"
        subprocess.run(["cp", "--sparse=always", image, path], check=True)
        backing = os.open(path, os.O_RDWR)
        os.unlink(path)
        return backing

    def mount(self):
        """A new device each time. One that stayed open would keep its cache over the cut, and the
        journal would be replayed from memory instead of from what the disk holds."""
        device, name = attach(self.backing)
        try:
            call("mount", name.encode(), str(self.folder).encode(), b"ext4",
                 ctypes.c_ulong(MS_NOATIME), None)
        finally:
            os.close(device)
        self.mounted = True

    def cut(self):
        """The power is gone."""
        root = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(root, FS_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(root)

    def unmount(self):
        deadline = time.monotonic() + UMOUNT_SECONDS
        while self.mounted:
            try:
                call("umount2", str(self.folder).encode(), 0)
                self.mounted = False
            except OSError as failure:
                if failure.errno != errno.EBUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.002)

    def free_bytes(self):
        told = os.statvfs(self.folder)
        return told.f_bavail * told.f_frsize

    def close(self):
        try:
            self.unmount()
        finally:
            os.close(self.backing)


def attach(backing):
    """(open file, name) of a loop device over the file; it goes when nobody holds it."""
    control = os.open("/dev/loop-control", os.O_RDWR)
    try:
        for _ in range(50):
            number = fcntl.ioctl(control, LOOP_CTL_GET_FREE)
            name = f"/dev/loop{number}"
            if not os.path.exists(name):
                raise OSError(errno.ENOENT, f"{name} does not exist")
            device = os.open(name, os.O_RDWR | os.O_CLOEXEC)
            # struct loop_config: file, block size, struct loop_info64 with its flags, reserved.
            config = struct.pack("=II40xIII I 64s64s32s16x64x", backing, 0, 0, 0, 0,
                                 LO_FLAGS_AUTOCLEAR, b"erario-faults", b"", b"")
            try:
                fcntl.ioctl(device, LOOP_CONFIGURE, config)
                return device, name
            except OSError as failure:
                os.close(device)
                if failure.errno != errno.EBUSY:  # somebody else took it
                    raise
    finally:
        os.close(control)
    raise OSError(errno.EBUSY, "no free loop device")
