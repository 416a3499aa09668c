"""From rules to cohorts to pools."""
