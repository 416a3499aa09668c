"""The living update: what each look changed, and what is still to come."""
