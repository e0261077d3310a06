"""Settings, translation and the crash log."""
