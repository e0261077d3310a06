"""The networks that find and grade knees, and the files they come from."""
