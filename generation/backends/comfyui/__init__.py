"""ComfyUI as a backend: a server's HTTP interface is the truth, its websocket only a hint.

One ComfyUIBackend speaks with one server; ComfyUIServers chooses among several. docs/comfyui.md is for operators.
"""

from generation.backends.comfyui.backend import ComfyUIBackend
from generation.backends.comfyui.servers import ComfyUIServers

__all__ = ["ComfyUIBackend", "ComfyUIServers"]
