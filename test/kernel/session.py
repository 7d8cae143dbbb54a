"""Drives one kernel through Jupyter's own client: reads a JSON command a line, answers with a JSON line each.

Commands (field `op`): start, execute, many, interrupt, send, request, talk, forged, late, replay, huge, shutdown.
"""

import base64
import json
import os
import signal
import subprocess
import sys
import time

from jupyter_client import KernelManager

manager = None
client = None


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def start(command):
    global manager, client
    manager = KernelManager(kernel_name=command["kernel"])
    # Node makes the pipe that it inherits non-blocking, and a long answer would then be cut.
    manager.start_kernel(cwd=command["cwd"], stdout=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    early = []
    for kind, content in command.get("early", []):
        message = client.session.msg(kind, content)
        client.shell_channel.send(message)
        early.append(message["header"]["msg_id"])
    client.wait_for_ready(timeout=60)
    return {"pid": manager.provisioner.pid}


def send_execute(code, options):
    content = {
        "code": code,
        "silent": options.get("silent", False),
        "store_history": options.get("store_history", True),
        "user_expressions": {},
        "allow_stdin": "answers" in options,
        "stop_on_error": options.get("stop_on_error", True),
    }
    message = client.session.msg("execute_request", content, metadata=options.get("metadata"))
    client.shell_channel.send(message)
    return message["header"]["msg_id"]


def collect(ids, timeout, on_output=None, others=None, answers=()):
    """Outputs and reply of each request, until all have a reply and are idle; outputs for `others` beside.

    Questions are answered one after the other; a question after the last answer is met with an interrupt.
    """
    answers = list(answers)
    found = {i: {"outputs": [], "reply": None, "statuses": []} for i in ids}
    deadline = time.monotonic() + timeout
    while not all(f["reply"] is not None and f["statuses"][-1:] == ["idle"] for f in found.values()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"no end after {timeout} s; so far {found}")
        while client.stdin_channel.msg_ready():
            question = client.stdin_channel.get_msg(timeout=1)["content"]["prompt"]
            found[ids[0]]["outputs"].append({"type": "question", "text": question})
            if answers:
                client.input(answers.pop(0))
            else:
                manager.interrupt_kernel()
        for channel in (client.iopub_channel, client.shell_channel):
            while channel.msg_ready():
                message = channel.get_msg(timeout=1)
                entry = found.get(message["parent_header"].get("msg_id"))
                if entry is None:
                    if message["msg_type"] in ("stream", "error") and others is not None:
                        others.get(message["parent_header"].get("msg_id"), []).append(message["content"])
                    continue
                kind = message["msg_type"]
                if kind == "execute_reply" or kind.endswith("_reply"):
                    entry["reply"] = {"type": kind, **message["content"]}
                elif kind == "status":
                    entry["statuses"].append(message["content"]["execution_state"])
                else:
                    entry["outputs"].append({"type": kind, **message["content"]})
                    if on_output:
                        on_output(entry["outputs"][-1])
        time.sleep(0.005)
    return [found[i] for i in ids]


def execute(command):
    """Runs one cell; with `deaf` nothing is read in the first so many seconds."""
    started = time.monotonic()
    sent = send_execute(command["code"], command)
    time.sleep(command.get("deaf", 0))
    [result] = collect([sent], command.get("timeout", 30), answers=command.get("answers", []))
    return {**result, "seconds": time.monotonic() - started}


def many(command):
    return collect([send_execute(code, command) for code in command["codes"]], command.get("timeout", 30))


def interrupt(command):
    """Interrupts the cell `after` seconds from its first output of the text `ready`, or from its input if `checking`."""
    state = {"at": None}

    def on_output(output):
        ready = command.get("checking") or output["type"] == "stream" and "ready" in output["text"]
        if ready and state["at"] is None:
            state["at"] = time.monotonic()
            time.sleep(command.get("after", 0.3))
            for _ in range(command.get("times", 1)):
                if command.get("signal"):
                    os.kill(manager.provisioner.pid, signal.SIGINT)
                else:
                    manager.interrupt_kernel()
                time.sleep(0.2)

    [result] = collect([send_execute(command["code"], command)], command.get("timeout", 30), on_output)
    if state["at"] is None:
        raise RuntimeError(f"the cell never wrote «ready»: {result}")
    return {**result, "seconds": time.monotonic() - state["at"]}


def send(command):
    """Sends a cell and does not wait for it."""
    send_execute(command["code"], {})
    time.sleep(command["wait"])


def request(command):
    message = client.session.msg(command["type"], command["content"])
    channel = getattr(client, command.get("channel", "shell") + "_channel")
    channel.send(message)
    if not command.get("reply", True):
        return {}
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        reply = channel.get_msg(timeout=10)
        if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            return {"type": reply["msg_type"], **reply["content"]}
    raise TimeoutError(command["type"])


def talk(command):
    """Sends messages as a page does, then hears the kernel until each was answered with idle and one holds `until`.

    Answers with all that was published meanwhile, in order; bytes in base64. With `interrupting` the kernel is
    interrupted every 0.3 s on the way.
    """
    waiting = set()
    for kind, content, *buffers in command["messages"]:
        message = client.session.msg(kind, content)
        message["buffers"] = [base64.b64decode(each) for each in buffers]
        client.shell_channel.send(message)
        waiting.add(message["header"]["msg_id"])
    until = command.get("until")
    heard = []
    deadline = time.monotonic() + command.get("timeout", 60)
    interrupt_at = time.monotonic()
    while waiting or until is not None:
        now = time.monotonic()
        if now > deadline:
            raise TimeoutError(f"«{until}» was not heard: {str(heard)[-3000:]}")
        if command.get("interrupting") and now > interrupt_at:
            manager.interrupt_kernel()
            interrupt_at = now + 0.3
        if not client.iopub_channel.msg_ready():
            time.sleep(0.005)
            continue
        message = client.iopub_channel.get_msg(timeout=1)
        parent = message["parent_header"].get("msg_id")
        told = {"type": message["msg_type"], **message["content"]}
        told["buffers"] = [base64.b64encode(bytes(each)).decode() for each in message["buffers"]]
        if message["msg_type"] == "status":
            told["asked"] = parent in waiting
            if message["content"]["execution_state"] == "idle":
                waiting.discard(parent)
        heard.append(told)
        if until is not None and until in json.dumps(message["content"], ensure_ascii=False):
            until = None
    return heard


def forged(command):
    """Sends an execute_request with a signature of another key, then looks whether the kernel still answers."""
    true_key = client.session.key
    client.session.key = b"another key"
    client.shell_channel.send(client.session.msg("execute_request", {"code": command["code"], "silent": False}))
    client.session.key = true_key
    return {}


def late(command):
    """Runs cells one after the other and gives the streams and results that were published for each until all ended."""
    ids = [send_execute(code, {}) for code in command["codes"]]
    others = {i: [] for i in ids[:-1]}
    last = collect(ids[-1:], 60, others=others)[0]
    return [*others.values(), [o for o in last["outputs"] if o["type"] == "stream"]]


def replay(command):
    """Sends one and the same execute_request twice."""
    message = client.session.msg("execute_request", {"code": command["code"], "silent": False})
    for _ in range(2):
        client.session.send(client.shell_channel.socket, message)
    time.sleep(1)
    return {}


def huge(command):
    """Sends an unsigned message of so many MB on a connection of its own; gives the kernel's memory in MB before and after."""
    import zmq

    def memory():
        with open(f"/proc/{manager.provisioner.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

    before = memory()
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.linger = 0
    socket.connect(f"tcp://127.0.0.1:{manager.shell_port}")
    socket.send_multipart([b"<IDS|MSG>", b"", bytes(command["megabytes"] * 2**20), b"{}", b"{}", b"{}"])
    time.sleep(2)
    socket.close()
    return {"before": before, "after": memory()}


def shutdown(command):
    """Ends the kernel; with `code` a cell is sent `after` seconds before, and what it published is heard afterwards."""
    pid = manager.provisioner.pid
    watched = [pid, *command.get("watch", [])]
    late = send_execute(command["code"], {}) if "code" in command else None
    if late:
        time.sleep(command["after"])
    if command.get("signal"):
        os.kill(pid, getattr(signal, command["signal"]))
    else:
        client.control_channel.send(client.session.msg("shutdown_request", {"restart": True}))
    heard = collect([late], 20)[0]["outputs"] if late else []
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(alive(p) for p in watched):
        manager.is_alive()
        manager.provisioner.process.poll()
        time.sleep(0.05)
    left = [p for p in watched if alive(p)]
    client.stop_channels()
    if left:
        manager.shutdown_kernel(now=True)
    return {"left": left, "heard": heard}


operations = {f.__name__: f for f in (start, execute, many, interrupt, send, request, talk, forged, late, replay, huge, shutdown)}

for line in sys.stdin:
    command = json.loads(line)
    try:
        answer = {"ok": operations[command["op"]](command)}
    except Exception as error:  # the test shows it
        answer = {"failed": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer, default=str), flush=True)

if manager is not None and manager.is_alive():
    manager.shutdown_kernel(now=True)
