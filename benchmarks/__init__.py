"""Measurements of what the project promises, each against a yardstick measured in the same run."""
