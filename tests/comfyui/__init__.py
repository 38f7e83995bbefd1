"""A ComfyUI of our own for tests: its protocol with its oddities, real files, jobs of milliseconds, and it can die.

Written from what a real 0.3.64 was seen to do; `Oddities.is_modern` switches to what later versions are read to do.
"""

from tests.comfyui.jobs import Moment, Oddities
from tests.comfyui.server import LocalComfyUI

__all__ = ["LocalComfyUI", "Moment", "Oddities"]
