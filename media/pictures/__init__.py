"""Everything that decodes pixels: pure Python over files, without Django, so that it runs in processes of its own.

limits.py           how large a file may be, how long and with how much memory it may be worked on, and the errors
opening.py          a file as a Pillow image by its content, before any pixel is decoded
colours.py          any mode, profile and transparency as plain sRGB
decoding.py         the still picture of a file
frames.py           how many frames an animation has, and how long it lasts
video.py            the poster and the stripped copy of a video, by PyAV where it is installed
thumbnails.py       WebP thumbnails
placeholders.py     thumbhash and average colour
perceptual_hash.py  a hash that similar pictures share
stripping.py        a copy without metadata and without hidden bits
preparing.py        all that a gallery needs to know of one file, from one decoding
prepared.py         what that is
own_folders.py      temporary folders that killed processes left
studio.py           processes that prepare files and may die alone

prepared.py, limits.py, own_folders.py and studio.py import no decoder: processes of the site import these alone.
"""
