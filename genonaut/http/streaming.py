"""What the web server tells an answer that goes on for long."""

# In the request's environment: whether the answer should end, since its process does or its client is gone.
IS_ENDING = "genonaut.is_ending"
