"""The room of code reuse: who built on whose code, as the code itself says. Pure functions.

* ``tokens``       a text as tokens that neither renaming nor reformatting changes
* ``fingerprints`` the tokens as a set of hashes, to be compared
* ``detection``    which earlier entries an entry has code of
"""
