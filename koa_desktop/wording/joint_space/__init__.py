"""Words of the joint space: their templates, and lines made of them."""
