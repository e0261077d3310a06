"""Commands of the window: the table, and the menus, tool bar and status bar made from it."""
