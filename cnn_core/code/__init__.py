"""What a page shows, as Keras or NumPy code that does the same without this project."""
