"""fedquery: one SQL statement over many departments, governed, as Arrow."""

__version__ = "0.1.0"
