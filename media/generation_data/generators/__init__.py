"""Interpret blocks of metadata: one module per generator, pure functions over blocks."""

from media.generation_data.generators.comfyui import api_graph_text, workflow_text
from media.generation_data.generators.infotext_writing import as_json, to_infotext
from media.generation_data.generators.interpreting import interpret

__all__ = ["api_graph_text", "as_json", "interpret", "to_infotext", "workflow_text"]
