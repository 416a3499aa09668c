"""Forest plots: rows with an estimate and its interval."""
