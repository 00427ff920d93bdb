"""What a page shows, as Keras or NumPy code that does the same without this project.

A module a page; each function takes what is on the screen and returns source text. The tests run the text in a process
that cannot import this project, and compare what comes out with what the page shows.
"""
