"""Reading what a generator wrote into a file: pure functions over bytes, without Django.

    carriers/    one module per container: what metadata blocks a file holds, its format, width and height
    texts.py     blocks as text, whatever encoding their writer chose
    generators/  one module per generator: what its blocks say
    reading.py   a whole file: carriers, then generators
    writing.py   the texts of pictures that Genonaut makes

A file is read once, in a time that is linear in its metadata; pixels are decoded for stealth carriers alone.
"""
