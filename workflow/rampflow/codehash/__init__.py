"""Hash of the code that is reachable from a name: what a cell depends on, and nothing else.

Hashing whole files re-runs everything for a changed comment or a new metric; hashing one file
misses the helper it imports (and then serves stale results). Here a file is cut into its
top-level statements, and those reachable from the asked names are followed, through imports
into other files of ours, until nothing new is found. In doubt more is taken, never less:

* a statement that is not a definition, an assignment or an import always counts, in every file
  that is imported on the way (`__init__.py` included);
* so does a definition with a decorator that may keep a list of what it decorates;
* an assignment whose call may change an object that counts, counts too;
* where a class keeps a list of its subclasses, all subclasses count;
* a name used anywhere in a reached statement counts, whatever its scope;
* a module imported as a whole (``import helper``) counts as a whole;
* a star import, ``globals()``, ``exec`` and the like make the whole file count; an import by
  a computed name, all modules beside it.

Layout, comments, docstrings and the annotations of functions do not count: the hash is taken of
the syntax tree.
"""

from rampflow.codehash.canonical import canonical
from rampflow.codehash.kept import kept_parts
from rampflow.codehash.nodes import WHOLE
from rampflow.codehash.walk import code_files, code_parts

__all__ = ["WHOLE", "canonical", "code_files", "code_parts", "kept_parts"]
