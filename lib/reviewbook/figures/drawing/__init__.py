"""How things are drawn; knows no review."""
