"""The sentences of the chapters, computed: one module a chapter."""
