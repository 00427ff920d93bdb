"""A run or a lesson as one HTML page that opens anywhere, offline, and prints."""
