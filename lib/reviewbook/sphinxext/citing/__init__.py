"""What each page says of itself: header, citation box, metadata."""
