"""What the article prints, held beside what the evidence gives."""
