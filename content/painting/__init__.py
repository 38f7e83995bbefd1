"""Generative art: the same number is the same picture, at every size.

pictures.py paints any number of 0 or more, drawing.py what stands for synthetic works; the styles live in landscapes,
skies, patterns and sheets. Processes of the site import palettes.py alone: the styles need NumPy.
"""
