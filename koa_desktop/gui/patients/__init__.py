"""Windows about patients: their data, their earlier films, and how their knees changed."""
