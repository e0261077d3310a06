"""Words of the OARSI readings: their templates, and lines made of them."""
