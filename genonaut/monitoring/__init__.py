"""What operators see of the running site: request ids, logs, metrics, probes and slow statements."""
