"""The rules of the games: what is asked, and how it is scored."""
