"""Survival as reports print it, and comparisons made of it."""
