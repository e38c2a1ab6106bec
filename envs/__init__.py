"""Tasks: dynamics and reward apart, each with an expert whose V* and Q* are known."""
