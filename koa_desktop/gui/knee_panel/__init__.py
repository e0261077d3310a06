"""The panel with each knee's grade, probabilities and the reader's own grade."""
