"""What other choices, cohorts and tests would have given."""
