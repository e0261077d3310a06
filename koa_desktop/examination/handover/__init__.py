"""Cases passed on to another computer: a film with its reading and audit trail."""
