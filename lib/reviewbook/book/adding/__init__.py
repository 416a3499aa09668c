"""Add a report to the evidence: asked for, checked, shown what it moves, and written whole."""
