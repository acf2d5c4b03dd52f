"""A linear inverse model whose matrix follows the seasons, seen through noise.

    state[t + 1] = A[m] state[t] + weather      m: calendar month of t, weather: covariance Q
    seen[t]      = state[t] + grid noise        grid noise: covariance R

A[m] is a constant plus a cosine and a sine of the year. Expectation (a Kalman filter and smoother)
and maximisation (least squares) take turns, as in Shumway and Stoffer, J. Time Series Anal. 3
(1982) 253-264. No month is missing, so the covariances of the filter depend on the calendar month
alone once it has run for some years: twelve of each are found first, the means follow quickly.
"""

import numpy as np

ANGLE = 2 * np.pi * np.arange(12) / 12
SEASONS = np.stack([np.ones(12), np.cos(ANGLE), np.sin(ANGLE)], axis=1)
NEXT = (np.arange(12) + 1) % 12
YEARS = 4  # until the covariances repeat


def symmetric(covariance):
    """The symmetric part: what rounding leaves beside it would grow from step to step."""
    return (covariance + covariance.T) / 2


class LinearInverseModel:
    def __init__(self, n_iterations=30):
        self.n_iterations = n_iterations

    def fit(self, seen, month):
        n = seen.shape[1]
        self.predicted = np.tile(np.cov(seen.T), (12, 1, 1))
        sure = np.zeros((12, n, n))
        self._maximise(seen, month, sure, sure)  # a start: as if the grid had no noise
        self.R = seen.var(axis=0).min() * np.eye(n)
        for _ in range(self.n_iterations):
            self._find_gains()
            back, spread = self._smoother()
            state = self._smooth(seen, month, back)
            self._maximise(state, month, spread, spread[NEXT] @ back.transpose(0, 2, 1))
            rest = seen - state
            self.R = symmetric(rest.T @ rest / len(seen) + spread.mean(axis=0))
        self._find_gains()
        return self

    def filter(self, seen, month):
        """Mean of the state of each month, given what was seen up to this month."""
        carry = self.A - self.gain[NEXT] @ self.A  # what is kept of the state before
        state = np.einsum("tij,tj->ti", self.gain[month], seen)
        for t in range(1, len(seen)):
            state[t] += carry[month[t - 1]] @ state[t - 1]
        return state

    def forecast(self, state, month, lead):
        """Mean of the state `lead` months later."""
        for step in range(lead):
            state = np.einsum("tij,tj->ti", self.A[(month + step) % 12], state)
        return state

    def _find_gains(self):
        """Covariances of the state before and after a month is seen, and the Kalman gains."""
        self.filtered, self.gain = np.empty_like(self.A), np.empty_like(self.A)
        for m in list(range(12)) * YEARS:
            before = self.predicted[m]
            self.gain[m] = np.linalg.solve(before + self.R, before).T
            self.filtered[m] = symmetric(before - self.gain[m] @ before)
            self.predicted[NEXT[m]] = symmetric(self.A[m] @ self.filtered[m] @ self.A[m].T + self.Q)

    def _smoother(self):
        """Gains that carry back what the next month tells, and covariances given all months."""
        forward = self.A @ self.filtered
        back = np.linalg.solve(self.predicted[NEXT], forward).transpose(0, 2, 1)
        spread = self.filtered.copy()
        for m in list(range(11, -1, -1)) * YEARS:
            less = spread[NEXT[m]] - self.predicted[NEXT[m]]
            spread[m] = self.filtered[m] + back[m] @ less @ back[m].T
        return back, spread

    def _smooth(self, seen, month, back):
        """Mean of the state of each month, given all months."""
        filtered = self.filter(seen, month)
        state = filtered - np.einsum("tij,tj->ti", back[month], self.forecast(filtered, month, 1))
        state[-1] = filtered[-1]
        for t in range(len(state) - 2, -1, -1):
            state[t] += back[month[t]] @ state[t + 1]
        return state

    def _maximise(self, state, month, spread, lagged):
        """A and Q from the states and from their covariances, within and between months."""
        n_steps, n = len(state) - 1, state.shape[1]
        season = SEASONS[month[:-1]]
        now, then = np.einsum("tk,ti->tki", season, state[:-1]).reshape(n_steps, -1), state[1:]
        years = n_steps / 12
        own = years * np.einsum("mk,ml,mij->kilj", SEASONS, SEASONS, spread)
        cross = years * np.einsum("mij,mk->ikj", lagged, SEASONS)
        moments = now.T @ now + own.reshape(now.shape[1], -1)
        coef = np.linalg.solve(moments, (then.T @ now + cross.reshape(n, -1)).T).T
        self.A = np.einsum("mk,ikj->mij", SEASONS, coef.reshape(n, -1, n))
        rest = then - now @ coef.T
        unsure = spread[NEXT] - self.A @ lagged.transpose(0, 2, 1)
        unsure -= (lagged - self.A @ spread) @ self.A.transpose(0, 2, 1)
        self.Q = symmetric(rest.T @ rest / n_steps + unsure.mean(axis=0))
