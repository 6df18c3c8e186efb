"""Measurements: ratios in one run, with their set-up; nothing here is a test."""
