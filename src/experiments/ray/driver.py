"""Runs blocks as Ray tasks. Speaks JSON lines with its parent: one request on standard input, events on standard output.

Request: what `request` of ray-executor.ts makes. A line "cancel", or the end
of standard input, cancels what is under way. Scheduling, dependencies and retries are Ray's.
"""

import json
import os
import subprocess
import sys
import threading

os.environ["RAY_DISABLE_USAGE_STATS"] = "1"
os.environ.setdefault("RAY_DEDUP_LOGS", "0")
# Workers are started with a driver's path of modules; this file alone is sent, pickled by value.
import ray  # noqa: E402


class BlockFailed(Exception):
    """The program said what is wrong; trying again would say it again."""


class ProgramDied(Exception):
    """The program was killed or crashed: worth another try."""


def run_program(command, root, request):
    """Runs the Node program of one block. Returns what it wrote as its last line."""
    done = subprocess.run(
        command, cwd=root, input=json.dumps(request).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    log = done.stderr.decode(errors="replace").strip().splitlines()[-20:]
    lines = done.stdout.decode().strip().splitlines()
    if done.returncode == 0 and lines:
        return json.loads(lines[-1])
    if done.returncode == 3 and lines:
        raise BlockFailed(lines[-1])
    raise ProgramDied("The program of a block ended with status %d.\n%s" % (done.returncode, "\n".join(log)))


def run_block(command, root, block, store, *needed):
    """One block. Without a shared store, `needed` are the files of the blocks that it reads, and its own come back."""
    request = {"block": block, "store": store, "needed": [n for n in needed if n is not None]}
    answer = run_program(command, root, request)
    return answer.get("files")


def describe(command, root, threads):
    """What a node computes with."""
    return run_program(command, root, {"describe": threads})


def say(**event):
    print(json.dumps(event), flush=True)


def listen(stop):
    for line in sys.stdin:
        if line.strip() == "cancel":
            break
    stop.set()


def main():
    request = json.loads(sys.stdin.readline())
    stop = threading.Event()
    ray.init(address=request["address"], log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    command, root = request["command"], request["root"]
    options = {"num_cpus": request["cpus"], "num_gpus": request["gpus"], "memory": request["memory"]}
    if request["memory"] is None:
        del options["memory"]
    if "describe" in request:
        task = ray.remote(describe).options(max_retries=2, retry_exceptions=[ProgramDied], **options)
        say(compute=ray.get(task.remote(command, root, request["describe"])))
        return
    threading.Thread(target=listen, args=(stop,), daemon=True).start()
    task = ray.remote(run_block).options(
        max_retries=request["retries"], retry_exceptions=[ProgramDied], **options
    )
    shared = request["store"] if request["shared"] else None
    kept = {block_id: ray.put(files) for block_id, files in request["kept"].items()}
    refs = {}
    for block in request["blocks"]:
        needed = [refs.get(n, kept.get(n)) for n in block["needs"]]
        refs[block["id"]] = task.remote(command, root, block, shared, *[n for n in needed if n is not None])
    names = {ref: block_id for block_id, ref in refs.items()}
    waiting = list(names)
    while waiting and not stop.is_set():
        ready, waiting = ray.wait(waiting, num_returns=1, timeout=0.2)
        for ref in ready:
            try:
                say(finished=names[ref], files=ray.get(ref))
            except Exception as error:  # noqa: BLE001 -- whatever a task raises is the parent's business
                cause = getattr(error, "cause", None) or error
                known = isinstance(cause, BlockFailed)
                say(failed=names[ref], known=known, message=str(cause))
    for ref in waiting:
        ray.cancel(ref, force=True, recursive=True)


if __name__ == "__main__":
    main()
