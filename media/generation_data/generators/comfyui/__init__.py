"""Read ComfyUI's graphs: from the save node back to the sampler, its model and its texts."""

from media.generation_data.generators.comfyui.reading import api_graph_text, read_comfyui, workflow_entry, workflow_text

__all__ = ["api_graph_text", "read_comfyui", "workflow_entry", "workflow_text"]
