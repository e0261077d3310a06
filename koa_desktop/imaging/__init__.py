"""Grey values of images: raster files, polarity, reduced copies."""
