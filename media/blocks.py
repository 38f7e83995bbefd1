"""Temporary."""

import pickle


def pack(blocks):
    return pickle.dumps([(str(b.carrier), b.key, b.data) for b in blocks])
