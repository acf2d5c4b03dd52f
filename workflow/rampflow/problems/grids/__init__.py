"""Monthly fields on a grid of latitudes and longitudes: reading a netCDF file into a clean one.

`reading.read_monthly` understands a file or refuses it with one `DataError`; nothing is guessed.
The other modules hold one idea each: the length of the file, how it is opened and unpacked, which
variable is meant and what it claims to be, its level, its axes, its time axis and months, its
units, the mean of a region, and whether the values are those of a sea that was observed.
"""
