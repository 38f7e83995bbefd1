"""Workflows: graphs for ComfyUI, with the inputs that a job may set.

    graphs.py    the shape of a graph, and its faults
    inputs.py    what a declaration says; values.py checks values by it
    checking.py  all that is wrong with a graph and its inputs
    guessing.py  proposes the inputs of a graph
    filling.py   sets them for one attempt
    offers.py    which workflows there are for users; shipped.py adds those that come with the site

What a ComfyUI says of its node classes is read by backends/comfyui/node_classes.py. All but the last line is pure:
graphs and values in, sentences and graphs out.
"""

from generation.workflows.checking import check
from generation.workflows.filling import choices_left, filled, values_of
from generation.workflows.guessing import inputs_of
from generation.workflows.offers import BUILT_IN, as_dict, named, offered, workflows_for
from generation.workflows.values import InputError

__all__ = [
    "BUILT_IN",
    "InputError",
    "as_dict",
    "check",
    "choices_left",
    "filled",
    "inputs_of",
    "named",
    "offered",
    "values_of",
    "workflows_for",
]
