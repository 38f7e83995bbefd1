"""Generative art: the same number, or the same prompt and seed, is the same picture.

pictures.py    any number of 0 or more, in every style in turn
drawing.py     what stands for synthetic works; the styles lie in landscapes, skies, patterns and sheets
prompted.py    pictures of prompts: wishes.py reads the words, moods.py finds the colours, scenes.py composes layers of
               heavens, grounds, waters, figures and weather upon a stage
recomposing.py pictures made from pictures

canvas.py and fields.py are what all are made of. Processes of the site import palettes.py alone: the styles need NumPy.
"""
