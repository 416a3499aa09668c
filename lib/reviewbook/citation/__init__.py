"""What an edition is, and how the book and its parts are cited and described."""

from .edition import Edition
from .formats import Citation

__all__ = ["Citation", "Edition"]
