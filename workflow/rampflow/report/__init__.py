"""The report room: one page, its figure, and the table in the terminal.

Everything here is made from plain data, the content of ``leaderboard.json`` (see
:mod:`rampflow.report.shape`), so a report can be rebuilt without the objects that made the
numbers, and a page never computes a score.

* ``shape``     what the input holds: keys, types, units
* ``words``     numbers, times and names as text that is safe to show
* ``sentence``  the result in one or two sentences, computed
* ``figures``   what is drawn, with matplotlib; ``svg`` makes a figure fit to be inlined
* ``page``      fills ``templates/`` and writes the ``report/`` folder
* ``terminal``  the summary printed after a run

Words stand in ``templates/``, looks in ``assets/style.css``. Matplotlib, Jinja2 and rich are
imported only where they are used.
"""
