"""How good recommendations are: data with known answers, splits, metrics, and rivals."""
