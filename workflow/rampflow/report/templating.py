"""Templates become pages: one environment, one style sheet, at most one script, no network."""

from __future__ import annotations

import base64
import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent


class Templates:
    """What fills templates. All text is escaped unless it is marked as ours.

    A page allows its own style and the one script that is named by its hash; nothing else runs and
    nothing is loaded, whatever a participant wrote.
    """

    @cached_property
    def environment(self) -> Environment:
        """The templates."""
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        return Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @cached_property
    def style(self) -> str:
        """The style sheet of all pages."""
        return _asset("style.css")

    def render(
        self, template: str, content: dict[str, Any], script: str = "", more_style: str = ""
    ) -> str:
        """Fill a template.

        Parameters
        ----------
        template : str
            Its name in ``templates/``.
        content : dict
            Its variables.
        script : str, optional
            Name in ``assets/`` of the page's script.
        more_style : str, optional
            Name in ``assets/`` of what follows the style sheet of all pages.

        Returns
        -------
        str
            The page.
        """
        from markupsafe import Markup

        code = _asset(script) if script else ""
        more = f"\n{_asset(more_style)}" if more_style else ""
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        return self.environment.get_template(template).render(
            {
                **content,
                "style": Markup(self.style + more),
                "script": Markup(code),
                "script_source": Markup(f"'sha256-{digest}'" if script else "'none'"),
            }
        )


def _asset(name: str) -> str:
    return (_HERE / "assets" / name).read_text("utf-8")
