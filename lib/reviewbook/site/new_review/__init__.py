"""A new book for a review of one table of studies: its table in, a complete folder out."""
