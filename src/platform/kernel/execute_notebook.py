"""Executes one notebook with Jupyter's own client; run-notebook.ts starts it and reads what it prints.

Standard input: {"file", "kernel", "timeout", "in_place"} as JSON. Standard output: one JSON object a line: a cell
that ended, what kept the notebook from running, and last the figures that the file had and the cells show now (not
where the file keeps no outputs). With in_place the notebook is written back, under a temporary name first, also when
a cell failed.
"""

import json
import os
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError


FIGURE = "application/vnd.plotly.v1+json"


def say(**fields):
    print(json.dumps(fields), flush=True)


def figures(notebook):
    outputs = [cell.get("outputs", []) for cell in notebook.cells]
    return [[o.data[FIGURE] for o in cell if FIGURE in o.get("data", {})] for cell in outputs]


def was_run(notebook):
    return any(cell.get("execution_count") is not None or cell.get("outputs") for cell in notebook.cells)


def text(value):
    return "".join(value) if isinstance(value, list) else value


def describe(cell, index, seconds):
    outputs = cell.get("outputs", [])
    errors = [o for o in outputs if o.output_type == "error"]
    stderr = "".join(text(o.text) for o in outputs if o.output_type == "stream" and o.name == "stderr")
    error = errors[0] if errors else None
    wanted = "raises-exception" in cell.metadata.get("tags", [])
    return {
        "cell": index + 1,
        "status": "failed" if error and not wanted else "ok",
        "seconds": seconds,
        "source": cell.source,
        "stderr": stderr,
        "error": {k: error[k] for k in ("ename", "evalue", "traceback")} if error else None,
    }


def write(notebook, file):
    temporary = f"{file}.{os.getpid()}.tmp"
    try:
        nbformat.write(notebook, temporary)
        os.replace(temporary, file)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def malformed(content):
    """Where a file of format 4 does not have the form of a notebook; None if it does, or is of another format."""
    if isinstance(content, dict) and content.get("nbformat") != 4:
        return None
    minor = content.get("nbformat_minor", 0) if isinstance(content, dict) else 0
    if type(minor) is not int:
        # The validator only asserts it, without words.
        return f"this is no notebook as Jupyter writes it, at «nbformat_minor»: {minor!r:.100} is no whole number"
    try:
        nbformat.validate(content, version=4, relax_add_props=True)
    except nbformat.ValidationError as error:
        # The first line says what; the others repeat the schema.
        words = next(iter(str(error).splitlines()), "")[:200]
        place = "/".join(str(part) for part in getattr(error, "absolute_path", ()))
        return f"this is no notebook as Jupyter writes it, at «{place}»: {words}"
    except (TypeError, AttributeError, KeyError) as error:
        # The validator itself takes for granted that cells are objects.
        return f"this is no notebook as Jupyter writes it ({error})"
    return None


def refusal(notebook, kernel):
    """Why a notebook, as it stands in the file, is not for this kernel; None if it is."""
    version = notebook.get("nbformat")
    if version != 4:
        return (
            f"this is a notebook of format {version}, and only format 4 is run, since it could not be written back "
            "as it was. Convert it first: jupyter nbconvert --to notebook --inplace FILE"
        )
    metadata = notebook.get("metadata", {})
    spec = metadata.get("kernelspec", {})
    language = spec.get("language") or metadata.get("language_info", {}).get("name")
    name = spec.get("name", kernel)
    if language not in (None, "typescript") or (language is None and name != kernel):
        return (
            f"this notebook is for the kernel «{spec.get('display_name', name)}» ({language or name}), not for "
            "TypeScript. Run it with: jupyter execute FILE"
        )
    return None


def main():
    job = json.load(sys.stdin)
    file = job["file"]
    try:
        with open(file, encoding="utf-8") as text_file:
            content = json.load(text_file)
        reason = malformed(content) or refusal(content, job["kernel"])
        if reason:
            say(problem=reason)
            return
        notebook = nbformat.read(file, as_version=4)
    except RecursionError:
        say(problem="this is no notebook: its JSON is nested too deeply to be read")
        return
    except Exception as error:
        say(problem=f"{type(error).__name__}: {error}")
        return
    kept = figures(notebook) if was_run(notebook) else None
    started = {}

    def on_start(cell, cell_index):
        started[cell_index] = time.monotonic()

    def on_executed(cell, cell_index, execute_reply):
        say(**describe(cell, cell_index, time.monotonic() - started[cell_index]))

    client = NotebookClient(
        notebook,
        timeout=job["timeout"],
        kernel_name=job["kernel"],
        resources={"metadata": {"path": os.path.dirname(os.path.abspath(file))}},
        record_timing=False,
        coalesce_streams=True,
        # Without a running kernel widgets are of no use; the pictures beside them are what is kept.
        store_widget_state=False,
        on_cell_start=on_start,
        on_cell_executed=on_executed,
    )
    try:
        client.execute()
    except CellExecutionError:
        pass  # on_executed has told it
    except CellTimeoutError:
        index = max(started)
        told = describe(notebook.cells[index], index, time.monotonic() - started[index])
        say(**{**told, "status": "timeout"})
    except DeadKernelError as error:
        say(problem=f"the kernel died: {error}")
    except Exception as error:
        say(problem=f"{type(error).__name__}: {error}")
    if kept is not None:
        pairs = enumerate(zip(kept, figures(notebook)))
        say(figures=[{"cell": i + 1, "kept": a, "now": b} for i, (a, b) in pairs if a or b])
    if job["in_place"]:
        write(notebook, file)


main()
