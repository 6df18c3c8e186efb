"""What a caller may see: decisions, row filters, the meaning of masks. Pure."""
