"""Reading from real streaming replicas."""
