"""The image viewer: canvas, layers over the film, magnifier. It knows no session."""
