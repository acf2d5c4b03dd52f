"""From predictions to results: pure functions on arrays.

`bag` combines the folds of one submission, `blend` the submissions of each fold, and
`contributivity` shares the credit of the blend. `members` and `screens` make blending fast: the one
holds the exact score of a growing blend, the other estimates the next step for all candidates.
"""
