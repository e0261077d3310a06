"""What an export needs of the disk."""
