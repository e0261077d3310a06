"""The network that reads the R and L on films, trained on letters that are drawn here."""
