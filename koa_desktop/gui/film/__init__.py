"""The panes that show the film of the current case, alone or beside another."""
