"""Following a lesson: its steps, its locks, and making one."""
