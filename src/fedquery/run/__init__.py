"""Running a plan: fragments fetched as streams, joined in a locked DuckDB."""
