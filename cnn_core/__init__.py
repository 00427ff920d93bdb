"""The library behind CNN Classroom: works in a notebook and on the command line, and never imports streamlit."""
