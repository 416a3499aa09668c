"""The tables of ``data/``: read, validated once, and handed on as frames and rows."""
