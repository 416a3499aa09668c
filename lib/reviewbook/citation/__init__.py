"""What an edition is, and how the book and its parts are cited and described."""
