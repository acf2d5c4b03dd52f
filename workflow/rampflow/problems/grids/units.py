"""Units of temperature: understood by name, or not at all."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

CELSIUS = {"c", "celsius", "degc", "degreec", "degreesc", "degcelsius", "degreecelsius"}
CELSIUS |= {"degreescelsius", "°c"}
KELVIN = {"k", "kelvin", "kelvins", "degk", "degkelvin", "degreek", "degreekelvin"}
KELVIN |= {"degreesk", "degreeskelvin"}
FAHRENHEIT = {"f", "fahrenheit", "degf", "degreef", "degreesf", "degreefahrenheit"}
FAHRENHEIT |= {"degreesfahrenheit", "°f"}


def scale_of(units: str) -> str | None:
    """Return the scale that some units name.

    Parameters
    ----------
    units : str
        Such as ``degC``, ``degree_Celsius``, ``deg C``, ``K`` or ``degF``.

    Returns
    -------
    str or None
        ``Celsius``, ``kelvin`` or ``Fahrenheit``, or None for any other units.
    """
    word = re.sub(r"[\s_.]", "", units).lower()
    known = {"Celsius": CELSIUS, "kelvin": KELVIN, "Fahrenheit": FAHRENHEIT}
    return next((scale for scale, names in known.items() if word in names), None)


def to_celsius(values: npt.NDArray[np.float64], scale: str) -> npt.NDArray[np.float64]:
    """Return temperatures in °C.

    Parameters
    ----------
    values : ndarray
        Temperatures.
    scale : {"Celsius", "kelvin", "Fahrenheit"}
        What they are given in.
    """
    if scale == "kelvin":
        return values - 273.15
    if scale == "Fahrenheit":
        return (values - 32.0) / 1.8
    return values
