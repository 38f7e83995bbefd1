"""Texts that nodes showed in the run that made a file.

The API graph is written down before the run. Nodes that show a text write it into the workflow, so that what a language
model answered is known after all.
"""

from media.generation_data.generators.comfyui.graphs import Graph

# The input that holds the text of this run; no node calls one of its own so.
SHOWN = "(shown)"
# Classes that write it; others keep there what the page showed last.
WRITING = ("ShowText|pysssss", "easy showAnything")


def put_shown(graph: Graph, workflow: dict[str, object]) -> None:
    """Give the showing nodes of an API graph the texts that they wrote into the workflow.

    They look for themselves among the nodes outside of subgraphs. A list of several texts is that of several runs.
    """
    nodes = workflow.get("nodes")
    for written in nodes if isinstance(nodes, list) else []:
        if isinstance(written, dict) and written.get("type") in WRITING:
            node = graph.nodes.get(str(written.get("id")))
            text = _only_text(written.get("widgets_values"))
            if node is not None and node.kind == written["type"] and text:
                node.inputs[SHOWN] = text


def _only_text(values: object) -> str | None:
    if isinstance(values, list) and len(values) == 1:
        values = values[0][0] if isinstance(values[0], list) and len(values[0]) == 1 else values[0]
    return values if isinstance(values, str) else None
