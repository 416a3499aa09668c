"""Every number of a book as data: written, compared with another edition, and accounted for."""
