"""Monthly fields on a grid of latitudes and longitudes: reading a netCDF file into a clean one.

`reading.read_monthly` understands a file or refuses it with one `DataError`; nothing is guessed.
The other modules hold one idea each: the length of the file, which variable is meant, its axes,
its months, its units, and the mean of a region.
"""
