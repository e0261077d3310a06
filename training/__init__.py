"""Train, measure and export the models that KOA Desktop ships. Never imported by the program."""
