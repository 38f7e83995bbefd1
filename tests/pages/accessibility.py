"""What axe finds wrong with a page: its script is sent once to a document, and can be asked for colours alone."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
RUN = """async ([part, options]) => {
  const {violations} = await axe.run(part ?? document, {resultTypes: ["violations"], ...options});
  return violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 160)}`));
}"""


def violations(page: Page, part: str | None = None, *, is_colours_alone: bool = False) -> list[str]:
    """Return what axe finds wrong with a page or a part of it, a line for each element.

    `is_colours_alone`: the rest was asked in another colour scheme, which changes nothing but colours.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(RUN, [part, COLOURS if is_colours_alone else {}])
