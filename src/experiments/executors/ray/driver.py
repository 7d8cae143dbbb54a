"""Runs blocks as Ray tasks. Speaks JSON lines with its parent: one request on standard input, events on standard output.

The request is what `request` of ray-executor.ts makes. A line "cancel", or the end of standard input, ends everything.
Where tasks run, when, and how often they are tried is Ray's business.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

os.environ["RAY_DISABLE_USAGE_STATS"] = "1"
import ray  # noqa: E402
from ray._private import ray_constants  # noqa: E402
from ray._private.utils import read_ray_address  # noqa: E402
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy  # noqa: E402

# Ray sends what is defined here to the nodes by value: they need nothing of this file.


class BlockFailed(Exception):
    """The program said what is wrong; another try would say it again. Carries its JSON."""


class ProgramDied(Exception):
    """The program was killed or crashed: worth another try."""


class Mailbox:
    """Where tasks leave word of what they do."""

    def __init__(self):
        self.events = []

    def tell(self, event):
        self.events.append(event)

    def take(self):
        events, self.events = self.events, []
        return events


def run_program(command, root, request, hear):
    """Runs the Node program on a node. Returns its answer. It ends when its standard input does, thus with this process."""
    # Ray limits OpenMP to the task's CPUs; here the block says how many threads compute.
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    with tempfile.TemporaryFile() as log:
        program = subprocess.Popen(
            command, cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
        answer = None
        try:
            program.stdin.write(json.dumps(request).encode() + b"\n")
            program.stdin.flush()
            for line in program.stdout:
                said = json.loads(line)
                if "progress" in said:
                    hear(said["progress"])
                else:
                    answer = said
            status = program.wait()
        except BrokenPipeError:
            status = program.wait()
        finally:
            program.kill()
        if answer is not None and "error" in answer:
            raise BlockFailed(json.dumps(answer["error"]))
        if status == 0 and answer is not None:
            return answer
        log.seek(0)
        words = log.read().decode(errors="replace").strip().splitlines()[-20:]
        raise ProgramDied("The program of a block ended with status %d.\n%s" % (status, "\n".join(words)))


def read_folder(folder):
    files = {}
    for entry in os.scandir(folder):
        with open(entry.path, "rb") as file:
            files[entry.name] = file.read()
    return files


def write_folder(folder, files):
    os.makedirs(folder)
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)


def run_block(command, root, block, store, mailbox, *needed):
    """One block. Without a shared store, `needed` are the blocks that it reads, {id, files}, and its own comes back so."""
    mailbox.tell.remote({"started": block["id"], "node": ray.util.get_node_ip_address()})

    def hear(progress):
        mailbox.tell.remote({"progress": block["id"], "value": progress})

    if store is not None:
        run_program(command, root, {"block": block["sent"], "store": store, "ownStore": False}, hear)
        return None
    own = tempfile.mkdtemp(prefix="ccl-block-")
    try:
        for need in needed:
            write_folder(os.path.join(own, "blocks", need["id"]), need["files"])
        run_program(command, root, {"block": block["sent"], "store": own, "ownStore": True}, hear)
        return {"id": block["id"], "files": read_folder(os.path.join(own, "blocks", block["id"]))}
    finally:
        shutil.rmtree(own, ignore_errors=True)


def describe(command, root, threads):
    """What a node computes with."""
    return run_program(command, root, {"describe": threads}, lambda progress: None)


# Ray prints on standard output too; what it says goes where errors go.
events = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def say(**event):
    print(json.dumps(event), file=events, flush=True)


def options_of(request):
    options = {"num_cpus": request["cpus"], "num_gpus": request["gpus"], "max_retries": request["retries"]}
    if request["memory"] is not None:
        options["memory"] = request["memory"]
    return {"retry_exceptions": [ProgramDied], **options}


def check_address(address):
    """Ray tries for minutes where nothing answers."""
    host, separator, port = ((read_ray_address() or "") if address == "auto" else address).rpartition(":")
    if host in ("127.0.0.1", "localhost"):
        # A head that listens there alone; Ray would look for it at the machine's address in the network.
        os.environ[ray_constants.ENABLE_RAY_CLUSTERS_ENV_VAR] = "0"
        ray_constants.ENABLE_RAY_CLUSTER = False
    if not separator or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except OSError as error:
        sys.exit("Nothing answers at %s: %s" % (address, error))


def check_nodes(request):
    """Ray waits for ever for a node that is large enough."""
    wanted = {"CPU": request["cpus"], "GPU": request["gpus"], "memory": request["memory"] or 0}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if any(all(node.get(name, 0) >= count for name, count in wanted.items()) for node in nodes):
        return
    asked = ", ".join("%s %s" % (count, name) for name, count in wanted.items() if count > 0)
    sys.exit("No node of the cluster has what a block asks for: %s." % asked)


class Blocks:
    """The blocks of a request as tasks, each after those that it needs."""

    def __init__(self, request, scratch):
        self.scratch = scratch
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        self.mailbox = ray.remote(Mailbox).options(num_cpus=0, scheduling_strategy=here).remote()
        task = ray.remote(run_block).options(**options_of(request))
        store, shared = request["store"], request["shared"]
        refs = {}
        for need in [] if shared else request["kept"]:
            files = read_folder(os.path.join(store, "blocks", need))
            refs[need] = ray.put({"id": need, "files": files})
        for block in request["blocks"]:
            needed = [refs[need] for need in block["needs"] if need in refs]
            refs[block["id"]] = task.remote(
                request["command"], request["root"], block, store if shared else None, self.mailbox, *needed
            )
        self.needs = {block["id"]: block["needs"] for block in request["blocks"]}
        self.waiting = {block["id"]: refs[block["id"]] for block in request["blocks"]}
        self.lost = set()

    def look(self):
        """Tells what has happened, after a moment."""
        refs = list(self.waiting.values())
        ready, _ = ray.wait(refs, num_returns=len(refs), timeout=0.2, fetch_local=False)
        self.pass_on_words()
        done = set(ready)
        # In the plan's order, so that a block comes before those that wait for it.
        for block_id in [block_id for block_id, ref in self.waiting.items() if ref in done]:
            self.finish(block_id, self.waiting.pop(block_id))

    def pass_on_words(self):
        for event in ray.get(self.mailbox.take.remote()):
            if event.get("started", event.get("progress")) in self.waiting:
                say(**event)

    def finish(self, block_id, ref):
        if any(need in self.lost for need in self.needs[block_id]):
            self.lost.add(block_id)
            say(skipped=block_id)
            return
        try:
            result = ray.get(ref)
        except Exception as error:  # noqa: BLE001 -- whatever a task raises is told
            self.lost.add(block_id)
            cause = getattr(error, "cause", None) or error
            known = isinstance(cause, BlockFailed)
            fallback = {"name": type(cause).__name__, "message": str(cause), "stack": ""}
            say(failed=block_id, error=json.loads(str(cause)) if known else fallback)
            return
        folder = None
        if result is not None:
            folder = os.path.join(self.scratch, block_id)
            write_folder(folder, result["files"])
        say(finished=block_id, folder=folder)


def main():
    request = json.loads(sys.stdin.readline())
    stop = threading.Event()

    def listen():
        for line in sys.stdin:
            if line.strip() == "cancel":
                break
        stop.set()

    threading.Thread(target=listen, daemon=True).start()
    check_address(request["address"])
    ray.init(address=request["address"], log_to_driver=False, logging_level="ERROR")
    if "describe" in request:
        check_nodes(request)
        task = ray.remote(describe).options(**options_of(request))
        ref = task.remote(request["command"], request["root"], request["describe"])
        while not stop.is_set() and not ray.wait([ref], timeout=0.2)[0]:
            pass
        if not stop.is_set():
            say(compute=ray.get(ref))
        return
    with tempfile.TemporaryDirectory(prefix="ccl-ray-") as scratch:
        blocks = Blocks(request, scratch)
        while blocks.waiting and not stop.is_set():
            blocks.look()
        # The end of this process ends its tasks. The parent says when it has read the last folder.
        say(done=True)
        stop.wait()


if __name__ == "__main__":
    main()
