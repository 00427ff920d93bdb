"""Lessons as text: read, checked, written, and carried in a link."""
