"""One file from end to end: findings of the program, reading of the reader, and their store."""
