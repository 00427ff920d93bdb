"""Custom components (Streamlit Components v2): one folder each, with its Python wrapper, JavaScript and CSS."""
