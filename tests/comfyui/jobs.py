"""The queue, the history, and the one thread that runs jobs: all of it gone when the server dies."""

import copy
import heapq
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from PIL import Image

from tests.comfyui.nodes import NodeKind, Shown
from tests.comfyui.sockets import Hub

Item = tuple[float, str, dict, dict, list]
NUMBER, PROMPT_ID, GRAPH, EXTRA_DATA, OUTPUTS = range(5)
SENSITIVE = ("auth_token_comfy_org", "api_key_comfy_org")


@dataclass
class Oddities:
    """What a test switches on, at any moment."""

    # Between the event execution_success and the entry in the history.
    late_history_seconds: float = 0
    # Files vanish as soon as they are saved: the history names them, /view answers 404.
    deletes_files: bool = False
    # Sockets are open, and nothing comes.
    are_sockets_silent: bool = False
    # A job is queued and runs, its request is answered with a 500 in plain text.
    answers_500: bool = False
    # The worker thread takes nothing from the queue, and HTTP goes on.
    is_worker_dead: bool = False
    # /api/jobs, ids that must be UUIDs, choices of new nodes checked, another word for an unknown class.
    is_modern: bool = False
    # As versions did that gave each job an id of their own.
    ignores_prompt_ids: bool = False
    # Seconds that a path waits after it has done its work and before it answers.
    late_answers: dict[str, float] = field(default_factory=dict)
    # Statuses that a proxy answers with, in plain text, without asking the server.
    statuses: dict[str, int] = field(default_factory=dict)


class Moment(Enum):
    """When in a request the server dies."""

    BEFORE = "before it does anything"
    AFTER = "after it has done its work, before it answers"
    MIDWAY = "half-way through its answer"


class Interrupted(Exception):
    """The running job is to stop."""


class WorkerDied(BaseException):
    """The worker thread ends here, whatever it was doing."""


class Life:
    """What one process of the server holds in memory."""

    def __init__(self, root: Path, kinds: Mapping[str, NodeKind], oddities: Oddities) -> None:
        self.root, self.kinds, self.oddities = root, kinds, oddities
        self.hub = Hub()
        self.counter = 0
        self.heap: list[Item] = []
        self.running: dict[int, Item] = {}
        self.history: dict[str, dict[str, Any]] = {}
        self.is_over = False
        self.is_interrupted = False
        self.cache: dict[Any, Any] = {}
        self.changed = Condition()
        self.started: list[str] = []
        self.on_crash: Callable[[], None] = lambda: None
        Thread(target=self._work, daemon=True, name="comfyui-worker").start()

    def put(self, item: Item) -> None:
        with self.changed:
            # A heap of whole items, as there: of two with one number and id it compares graphs, and fails half-way.
            heapq.heappush(self.heap, item)
            self.changed.notify_all()
        self._tell_status()

    def delete(self, prompt_id: str) -> bool:
        with self.changed:
            kept = [item for item in self.heap if item[PROMPT_ID] != prompt_id]
            is_found = len(kept) < len(self.heap)
            self.heap = kept
            heapq.heapify(self.heap)
        self._tell_status()
        return is_found

    def interrupt(self, prompt_id: str | None) -> bool:
        with self.changed:
            if prompt_id and not any(item[PROMPT_ID] == prompt_id for item in self.running.values()):
                return False
            self.is_interrupted = True
            return True

    def end(self) -> None:
        with self.changed:
            self.is_over = True
            self.changed.notify_all()

    def _tell_status(self) -> None:
        remaining = len(self.heap) + len(self.running)
        self.hub.send("status", {"status": {"exec_info": {"queue_remaining": remaining}}}, None)

    def _work(self) -> None:
        while True:
            with self.changed:
                while not self.is_over and (not self.heap or self.oddities.is_worker_dead):
                    self.changed.wait(0.02 if self.oddities.is_worker_dead else None)
                if self.is_over:
                    return
                item = heapq.heappop(self.heap)
                task = len(self.started)
                self.running[task] = copy.deepcopy(item)
                self.started.append(item[PROMPT_ID])
            self._tell_status()
            try:
                self._run(task, item)
            except WorkerDied:
                # Its job is in neither list, and nothing runs again until a restart.
                self.running.pop(task, None)
                return

    def _run(self, task: int, item: Item) -> None:
        self.hub.is_silent = self.oddities.are_sockets_silent
        execution = Execution(self, item)
        execution.run()
        if self.is_over:
            raise WorkerDied
        if self.oddities.deletes_files:
            execution.delete_files()
        time.sleep(self.oddities.late_history_seconds)
        for key in SENSITIVE:
            item[EXTRA_DATA].pop(key, None)
        entry = {"prompt": list(item), "outputs": execution.outputs, "status": execution.status(), "meta": {}}
        with self.changed:
            # From one list to the other at once.
            self.running.pop(task)
            self.history[item[PROMPT_ID]] = entry
        self._tell_status()
        if execution.client_id is not None:
            self.hub.send("executing", {"node": None, "prompt_id": item[PROMPT_ID]}, execution.client_id)


class Execution:
    """One run of one job."""

    def __init__(self, life: Life, item: Item) -> None:
        self.life = life
        self.prompt_id, self.graph = item[PROMPT_ID], item[GRAPH]
        self.extra_pnginfo = item[EXTRA_DATA].get("extra_pnginfo") or {}
        self.client_id = item[EXTRA_DATA].get("client_id")
        self.outputs_to_run = item[OUTPUTS]
        self.outputs: dict[str, Any] = {}
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.is_success = True
        self.node_id = ""
        self.states: dict[str, dict[str, Any]] = {}
        self.results: dict[Any, Any] = {}
        self.executed: list[str] = []

    def status(self) -> dict[str, Any]:
        word = "success" if self.is_success else "error"
        return {"status_str": word, "completed": self.is_success, "messages": [list(each) for each in self.messages]}

    def run(self) -> None:
        self.life.is_interrupted = False
        self.say("execution_start")
        cached = [node_id for node_id in self.graph if self.signature(node_id) in self.life.cache]
        self.say("execution_cached", nodes=cached)
        try:
            for node_id in self.outputs_to_run:
                self.result(node_id)
            self.say("execution_success")
        except Interrupted:
            self.is_success = False
            self.say("execution_interrupted", is_broadcast=True, **self.where())
        except Exception as error:
            self.is_success = False
            self.say("execution_error", **self.where(), **self.what(error))
        # Only the last job's results are kept.
        self.life.cache = self.results

    def delete_files(self) -> None:
        files = [file for ui in self.outputs.values() for file in ui.get("images", [])]
        for file in files:
            (self.folder(file["type"]) / file["subfolder"] / file["filename"]).unlink(missing_ok=True)

    def result(self, node_id: str) -> Any:
        """Return what a node gives, from this job, from the last one, or by running it."""
        signature = self.signature(node_id)
        if signature not in self.results:
            if signature in self.life.cache:
                self.results[signature] = self.life.cache[signature]
            else:
                self.results[signature] = self.executed_result(node_id)
        result = self.results[signature]
        if isinstance(result, Shown):
            self.outputs[node_id] = result.ui
            self.event("executed", {"node": node_id, "display_node": node_id, "output": result.ui})
        return result

    def executed_result(self, node_id: str) -> Any:
        node = self.graph[node_id]
        inputs = {
            name: self.result(value[0])[value[1]] if isinstance(value, list) else value
            for name, value in node["inputs"].items()
        }
        kind = self.life.kinds[node["class_type"]]
        known = {name: value for name, value in inputs.items() if name in kind.inputs}
        self.begin(node_id)
        result = kind.run(self, **known)
        self.states[node_id] = {**self.states[node_id], "state": "finished"}
        self.states[node_id]["value"] = self.states[node_id]["max"]
        self.executed.append(node_id)
        self.tell_progress()
        return result

    def begin(self, node_id: str) -> None:
        self.stop_if_asked()
        self.node_id = node_id
        self.states[node_id] = {
            "value": 0,
            "max": 1,
            "state": "running",
            "node_id": node_id,
            "prompt_id": self.prompt_id,
        }
        self.tell_progress()
        self.event("executing", {"node": node_id, "display_node": node_id})

    def stop_if_asked(self) -> None:
        if self.life.is_over:
            raise WorkerDied
        if self.life.is_interrupted:
            self.life.is_interrupted = False
            raise Interrupted

    def signature(self, node_id: str) -> Any:
        """Return what makes two nodes the same, whatever their ids: class and inputs, links as their own signatures."""
        node = self.graph[node_id]
        inputs = sorted(
            (name, (self.signature(value[0]), value[1]) if isinstance(value, list) else repr(value))
            for name, value in node["inputs"].items()
        )
        return (node["class_type"], tuple(inputs))

    def where(self) -> dict[str, Any]:
        class_type = self.graph[self.node_id]["class_type"] if self.node_id else ""
        return {"node_id": self.node_id, "node_type": class_type, "executed": self.executed}

    def what(self, error: Exception) -> dict[str, Any]:
        return {
            "exception_message": f"{error}\n",
            "exception_type": type(error).__qualname__,
            "traceback": traceback.format_tb(error.__traceback__),
            "current_inputs": self.graph[self.node_id]["inputs"] if self.node_id else {},
            "current_outputs": list(self.outputs),
        }

    def say(self, event: str, *, is_broadcast: bool = False, **data: Any) -> None:
        """Note a message in the history, and send it to the client; without a client's id it is not sent, or to all."""
        data = {**data, "prompt_id": self.prompt_id, "timestamp": round(time.time() * 1000)}
        self.messages.append((event, data))
        if self.client_id is not None or is_broadcast:
            self.life.hub.send(event, data, self.client_id)

    def event(self, event: str, data: dict[str, Any]) -> None:
        if self.client_id is not None:
            self.life.hub.send(event, {**data, "prompt_id": self.prompt_id}, self.client_id)

    def tell_progress(self) -> None:
        """Send the states of all nodes so far: to every client, if the job has no client's id."""
        self.life.hub.send("progress_state", {"prompt_id": self.prompt_id, "nodes": self.states}, self.client_id)

    # What nodes ask for.

    def folder(self, kind: str) -> Path:
        return self.life.root / kind

    def progress(self, value: int, most: int, preview: Image.Image | None = None) -> None:
        self.states[self.node_id].update(value=value, max=most)
        data = {"value": value, "max": most, "prompt_id": self.prompt_id, "node": self.node_id}
        self.tell_progress()
        self.life.hub.send("progress", data, self.client_id)
        if preview is not None:
            self.life.hub.send_preview(preview, self.node_id, self.prompt_id, self.client_id)
        self.stop_if_asked()

    def kill_worker(self) -> None:
        raise WorkerDied

    def interrupt(self) -> None:
        raise Interrupted

    def kill_server(self) -> None:
        self.life.on_crash()
        raise WorkerDied
