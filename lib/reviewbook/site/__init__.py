"""Building, checking and releasing the site."""
