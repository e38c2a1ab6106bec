"""Learners from human feedback, one file each; a file in a family's folder is registered by being there."""
