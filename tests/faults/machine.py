"""One machine of a fault campaign: a store at a place, its processes and an Erario beside it.

A place is a Disk whose power can be cut or a plain folder. Machine.fresh() begins again with an
empty store, copied from one that was migrated once. Processes are started in this process's mount
namespace, die with it, and are ended by their id.
"""
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import time

import disk
import support

HERE = pathlib.Path(__file__).resolve().parent
PR_SET_PDEATHSIG = 1
START_SECONDS = 30
CONTROL_BYTES = 4096
SCRATCH = "erario-faults-"


def die_with_parent():
    disk.libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(words, out, errors, **more):
    return subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out,
                            stderr=errors, start_new_session=True, preexec_fn=die_with_parent,
                            **more)


class Demonstration:
    """Keys, certificates and a configuration on a port of our own: made once, copied for each
    machine, of which there is one at a time."""

    def __init__(self):
        self.ports = support.Ports()
        self.port = self.ports.first
        self.quotes = []  # of our secret and catalogue: good for every machine
        remove_leftovers()
        self.folder = new_scratch()
        self.folder.chmod(0o711)  # the database runs as another user
        shell(f'new_demonstration "{self.folder}/run" {self.port} "{support.START}"')

    def close(self):
        self.ports.release()
        shutil.rmtree(self.folder, ignore_errors=True)


def shell(text):
    done = subprocess.run(["bash", "-c", support.SETUP + text], capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"setting up failed: {done.stdout}{done.stderr}")


class DoesNotStart(Exception):
    pass


def wait_until(done, alive, what, seconds=START_SECONDS):
    deadline = time.monotonic() + seconds
    while not done():
        if not alive() or time.monotonic() > deadline:
            raise DoesNotStart(what())
        time.sleep(0.002)


class Shim:
    """shim.c, compiled, and its control file: what the store's syncs do."""

    def __init__(self, folder):
        self.preload = folder / "shim.so"
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O2", "-Wall", "-Wextra",
                        "-Werror", "-o", self.preload, HERE / "shim.c", "-ldl"], check=True)
        self.control = folder / "control"
        self.control.write_bytes(bytes(CONTROL_BYTES))
        # The database's own user writes its counters too.
        self.control.chmod(0o666)

    def environment(self, sqlite_normal=False):
        added = {"LD_PRELOAD": str(self.preload), "ERARIO_FAULTS_CONTROL": str(self.control)}
        if sqlite_normal:
            added["ERARIO_FAULTS_SQLITE_NORMAL"] = "1"
        return {**os.environ, **added}

    def write(self, mode, failures=0, match=""):
        with open(self.control, "r+b") as control:
            control.write(struct.pack("iiii64s", mode, failures, 0, 0, match.encode()))

    def pass_all(self):
        self.write(0)

    def swallow(self):
        self.write(1)

    def fail(self, failures=1, match=""):
        self.write(2, failures, match)

    def counts(self):
        """(syncs asked for, syncs swallowed or failed) since the last change."""
        with open(self.control, "rb") as control:
            return struct.unpack("iiii", control.read(16))[2:]


class FolderPlace:
    """A plain folder where a Disk is not needed."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()

    def mount(self):
        pass

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Machine:
    """`lax`: None, "setting" (the store is told to be less durable) or "shim" (its syncs are
    swallowed): the negative controls. `with_shim`: syncs can be made to fail."""

    def __init__(self, demonstration, bin_folder, store, on_disk=True, lax=None, with_shim=False,
                 megabytes=None):
        self.demonstration = demonstration
        self.erario = bin_folder / "erario"
        # Always the same, so that configurations with its paths can be kept.
        self.scratch = demonstration.folder / "machine"
        self.scratch.mkdir(mode=0o755)
        self.run = self.scratch / "run"
        self.config = self.run / "erario.toml"
        self.log, self.errors = self.run / "logs/erario.log", self.run / "logs/erario.log.err"
        self.port = demonstration.port
        self.on_disk = on_disk
        self.lax = lax
        self.ready = False
        self.service = self.place = self.shim = None
        try:
            if lax or with_shim:
                self.shim = Shim(self.scratch)
            self.store = store(self)
            self.megabytes = megabytes or self.store.megabytes
            size = self.megabytes if on_disk else "folder"
            self.kept = demonstration.folder / f"kept-{self.store.name}-{size}"
            self.pristine = self.kept / "pristine"
            if not self.kept.exists():
                self.prepare()
            self.ready = True
            copy_folder(self.kept / "run", self.run)
            self.credentials = self.read_credentials()
        except BaseException:
            self.close()
            raise

    # ---- places ----

    def new_place(self):
        if self.on_disk:
            return disk.Disk(self.pristine, self.scratch / "disk", copy=self.ready)
        return FolderPlace(self.scratch / "disk")

    def prepare(self):
        """The configuration and one empty store, to be copied by every such machine."""
        self.kept.mkdir()
        copy_folder(self.demonstration.folder / "run", self.run)
        if self.on_disk:
            disk.new_image(self.pristine, self.megabytes)
        self.place = self.new_place()
        self.place.mount()
        self.store.create()
        self.configure()
        self.store.start()
        shell(f""""{self.erario}" migrate --config "{self.config}"
            "{self.erario}" catalogue import --config "{self.config}"
            create_api_keys "{self.erario}" "{self.run}" """)
        self.store.stop()
        if not self.on_disk:
            copy_folder(self.place.folder, self.pristine)
        self.place.close()
        self.place = None
        copy_folder(self.run, self.kept / "run")

    def read_credentials(self):
        keys = self.run / "keys"
        told = {scope: "Bearer " + (keys / f"api-{scope}.key").read_text()
                for scope in ("portal", "finance")}
        return {**told, "stp": support.basic("stp", (keys / "stp-callback.password").read_text())}

    def configure(self):
        """Plain HTTP on loopback, and the store at our place."""
        urls = "\n".join(f'{key} = "{url}"' for key, url in self.store.urls().items())
        lines = support.plain_http(self.config.read_text()).split("\n")
        self.config.write_text("\n".join(urls if line.startswith("url = ") else line
                                         for line in lines))

    def fresh(self):
        """An empty store, served."""
        self.power_off()
        if self.place:
            self.place.close()
        self.place = self.new_place()
        if not self.on_disk:
            copy_folder(self.pristine, self.place.folder)
        self.place.mount()
        if self.shim:
            self.shim.swallow() if self.lax == "shim" else self.shim.pass_all()
        self.start()

    # ---- processes ----

    def start(self):
        self.store.start()
        self.start_service()

    def start_service(self):
        self.spawn_service()
        wait_until(lambda: b"listening " in self.log.read_bytes(), self.alive,
                   lambda: "Erario does not start: " + self.errors.read_text(errors="replace")[-1500:])

    def spawn_service(self):
        with open(self.log, "wb") as out, open(self.errors, "ab") as err:
            self.service = spawn([self.erario, "serve", "--config", self.config], out, err,
                                 env=self.store.service_environment())

    def alive(self):
        return self.service is not None and self.service.poll() is None

    def kill_service(self):
        if self.service:
            self.service.kill()
            self.service.wait()
            self.service = None

    def power_off(self):
        """Every process of the machine is gone at once."""
        self.kill_service()
        self.store.kill()

    def cut_power(self):
        self.place.cut()

    def power_on(self):
        """After cut_power(): the processes end, and the machine starts as after a failure."""
        self.reboot()
        self.start()

    def reboot(self):
        self.power_off()
        self.place.unmount()
        self.place.mount()

    def cut_power_while_starting(self, seconds):
        """After cut_power(): the machine starts, and its power goes again so soon."""
        self.reboot()
        self.store.spawn()
        if self.store.embedded:
            self.spawn_service()
        time.sleep(seconds)
        self.cut_power()

    def close(self):
        try:
            self.power_off()
            if self.place:
                self.place.close()
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)

    # ---- looking at it ----

    def connect(self):
        return self.store.connect()

    def verify(self):
        """None, or what `erario ledger verify` finds wrong."""
        done = subprocess.run([str(self.erario), "--json", "ledger", "verify", "--config",
                               str(self.config)], capture_output=True, text=True, timeout=120,
                              check=False)
        return None if done.returncode == 0 else (done.stdout + done.stderr)[-1500:]


def copy_folder(source, target):
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", "--sparse=always", str(source), str(target)], check=True)


def new_scratch():
    """A folder whose name says whose it is."""
    return pathlib.Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-", dir=scratch_root()))


def remove_leftovers():
    """Folders of runs that were killed. Their mounts and processes went with them."""
    for folder in pathlib.Path(scratch_root()).glob(SCRATCH + "*-*"):
        owner = folder.name[len(SCRATCH):].split("-")[0]
        if owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
            shutil.rmtree(folder, ignore_errors=True)


def scratch_root():
    """Memory where there is room: a cut takes milliseconds there, and the disk rests."""
    chosen = os.environ.get("ERARIO_FAULTS_FOLDER")
    if chosen:
        return chosen
    try:
        told = os.statvfs("/dev/shm")
        if told.f_bavail * told.f_frsize > 2 << 30:
            return "/dev/shm"
    except OSError:
        pass
    return tempfile.gettempdir()
