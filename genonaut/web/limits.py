"""How much the web server takes of one client, in bytes and seconds.

Time for a request or an answer grows with its size, as in Apache's mod_reqtimeout (RequestReadTimeout, MinRate): a
large upload over a slow line passes, a client that drips does not.
"""

# A search of 10,000 characters takes up to 9 bytes for each, percent-encoded.
REQUEST_LINE_BYTES = 98_304
HEADER_BYTES = 163_840
# Bodies and answers beyond this go to a temporary file.
MEMORY_BYTES = 262_144
PATIENCE_SECONDS = 30
SLOWEST_BYTES_PER_SECOND = 500
# After a refusal the rest of the request is read and dropped for so long: closing at once would reset the connection,
# and the client would not see the answer.
LINGER_SECONDS = 10
# A worker that ends waits for so long for the first request of a connection.
NEW_SECONDS = 1


def allowed_seconds(size: int) -> float:
    """Return how long a transfer of so many bytes may have taken."""
    return PATIENCE_SECONDS + size / SLOWEST_BYTES_PER_SECOND
