"""axe-core on every page, step of the lab and part of the others, light and dark: no serious violation is ours."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from live_app import wait_until_idle

from pages.ui import evaluation, games, inside
from pages.ui.lab import STEPS

pytestmark = pytest.mark.slow

# Streamlit 1.67's own, which cannot be mended from outside.
NAVIGATION = "[data-testid=stSidebarNavItems]"  # list, listitem: divs lie between its list and the items
FORMULA = ("scrollable-region-focusable", "katex-display")  # a formula that is wider than its column
# The rules of WCAG 2 at A and AA, and headings that skip a level.
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa"],
    "rules": {"heading-order": {"enabled": True}},
}
OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}  # what another scheme can change
LEVELS = {"serious", "critical"}
BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 21, 28)"}
ADDRESSES = [
    "",
    "dataset?data_set=Shapes-10",
    "network",
    "training?data_set=Shapes-10",
    "prediction?run=lesson",
    "network?present=1",
    "classroom",
    "own_data",
    *(f"convolution?convolution.step={step.title.replace(' ', '+')}" for step in STEPS.values()),
    *(
        f"{page}?run=lesson&{page}.part={part.title.replace(' ', '+')}"
        for page, parts in (("evaluation", evaluation.PARTS), ("inside", inside.PARTS), ("games", games.PARTS))
        for part in parts.values()
    ),
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_serious_violation_is_ours(visit, address):
    page = visit(address)
    page.add_style_tag(content="*, ::before, ::after { transition: none !important }")  # no colour half way
    found = []
    for scheme, background in BACKGROUNDS.items():
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "colour => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === colour",
            arg=background,
        )
        wait_until_idle(page)
        found += [f"{scheme}: {line}" for line in violations(page, OF_COLOURS if scheme == "dark" else OPTIONS)]
    assert not found, "\n".join(found)


def violations(page, options) -> list[str]:
    """One line for each element that is ours: rule, element, reason."""
    lines = []
    for violation in Axe().run(page, context={"exclude": [NAVIGATION]}, options=options).response["violations"]:
        rule, (of_formula, formula) = violation["id"], FORMULA
        for node in violation["nodes"]:
            is_streamlits = rule == of_formula and formula in node["html"]
            if (violation["impact"] in LEVELS or rule == "heading-order") and not is_streamlits:
                lines.append(f"{rule}: {node['html'][:120]} {node['failureSummary'][:200]}")
    return lines
