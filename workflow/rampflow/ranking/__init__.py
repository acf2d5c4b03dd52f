"""What the data support about a ranking: pure functions of scores and resampled scores.

`resample` draws rows, `replicates` scores every entry on every draw, `compare` says which
differences are more than chance, `intervals` and `stability` say how sure a score and an order are.
The noise that is covered is that of the rows that are scored; that of training is not.
"""
