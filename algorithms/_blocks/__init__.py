"""Shared parts of the learners, as small pieces."""
