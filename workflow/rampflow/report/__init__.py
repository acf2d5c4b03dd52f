"""The report room: pages, figures, and the table in the terminal.

Everything here is made from plain data, the content of ``leaderboard.json`` (see
:mod:`rampflow.report.shape`) and the tables beside it, so a report can be rebuilt without the
objects that made the numbers, and a page never computes a score.

* ``shape``       what the input holds: keys, types, units
* ``details``     what stands beside the board: folds, code, tables
* ``words``       numbers, times and names as text that is safe to show
* ``sentence``    the result in one or two sentences, computed
* ``content``     what the first page is filled with; its parts are ``rows``, ``heat``,
  ``failures``, ``reproduce``; ``entry`` is the page of an entry
* ``figures``     the progress plot; ``payoff`` two more; ``drawing`` what they share; ``svg`` makes
  a figure fit to be inlined; ``marks`` are small drawings written by hand
* ``reuse``       who has code of whom; ``listing`` all entries of a large event
* ``site``        the page of all events of a clone
* ``templating``  fills ``templates/``; ``page`` writes the ``report/`` folder
* ``terminal``    the summary printed after a run

Words stand in ``templates/``, looks in ``assets/style.css``, sorting in ``assets/board.js``.
Matplotlib, Jinja2, Pygments and rich are imported only where they are used.
"""
