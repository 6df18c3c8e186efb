"""A fedquery connector."""
