"""Pages of long lists: what a list is, how it is ordered, sought, counted and linked. Knows no domain."""
