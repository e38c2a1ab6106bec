"""Simulated humans: one utility, one rate of error, every kind of question."""
