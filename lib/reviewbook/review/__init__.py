"""What is special to a review: settings of ``data/review.toml``, rules, and where it lies."""
