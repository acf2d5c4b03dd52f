"""What a board of El Niño shows for comparison: the best forecast that is possible."""

from __future__ import annotations

from climate import SEA
from optimum import best_forecasts, expected_rmse
from problem import BURN_IN, LEAD, read_months, split_at

from rampflow.problems.references import Reference


def get_references(path: str = ".") -> list[Reference]:
    """Return the conditional mean given the grid up to the issue, with the true equations.

    Parameters
    ----------
    path : str
        The folder of the problem; the data set is ``data/enso.nc`` below it, and was simulated
        with the documented parameters.
    """
    months = read_months(path)
    forecasts = best_forecasts(months["sst"].values[:, SEA], LEAD)
    middle = split_at(months)
    train, test = (
        part[BURN_IN : len(part) - LEAD] for part in (forecasts[:middle], forecasts[middle:])
    )
    return [
        Reference(
            name="Best possible forecast",
            note="Kalman filter on the grid with the true equations of the simulated climate; "
            f"{expected_rmse(LEAD):.2f} °C over an endless run",
            train=train,
            test=test,
            is_limit=True,
        )
    ]
