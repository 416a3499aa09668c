"""Building, checking and releasing the site."""


class SiteError(RuntimeError):
    """Something of the site could not be made; the message says why, and what to do."""
