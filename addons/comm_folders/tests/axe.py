import json
import os
from pathlib import Path

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.real_input import SCRIPT, real_input

# The parts of Odoo itself within our screens, which we cannot mend: its tabs name no tablist, the place where it folds
# breadcrumbs has no name, its lists have columns without a heading and check boxes without a label, its fields with suggestions
# say aria-selected, the pointer in its area of colors has a name and no role.
ODOO = (
    ".o_notebook_headers",
    ".o_control_panel_breadcrumbs",
    ".o_list_actions_header",
    "th.o_list_button",
    "#boolean_checkbox",
    ".o-autocomplete--input",
    ".o_statusbar_status",
    ".o_select_menu",
    ".o_color_pick_area",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")

# What each dialog of Odoo's does, its list of keyboard shortcuts too: it has a header and a main part of its own.
ODOO_DIALOG_RULES = ("landmark-no-duplicate-banner", "landmark-no-duplicate-main")
# Its title is an h4, whatever headings the form below it has.
ODOO_FORM_DIALOG_RULES = (*ODOO_DIALOG_RULES, "heading-order")
# And where one of its menus holds a field to search in, as that of its search bar does.
ODOO_SEARCH_MENU_RULES = ("aria-required-children",)

LOOK = """
(async () => {
    const faults = [];
    // Lines of Odoo's menus say which one the keyboard is at by aria-selected; what else they say is ours.
    const isOdoos = (id, summary) =>
        id === "aria-allowed-attr" &&
        [...summary.matchAll(/(aria-[a-z]+)="/g)].every(([, name]) => name === "aria-selected");
    for (const { clicks, ready, include, isClosed, without } of %(looks)s) {
        const rules = Object.fromEntries((without || %(without)s).map((name) => [name, { enabled: false }]));
        for (const selector of clicks) {
            const [place, text = "", type = "click"] = selector.split("|");
            const isIt = (each) => each.textContent.includes(text);
            const button = await until(`${selector} is there`, () => [...document.querySelectorAll(place)].find(isIt));
            const { left, top } = button.getBoundingClientRect();
            const at = { clientX: left + 60, clientY: top + 20, button: type === "click" ? 0 : 2 };
            button.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, ...at }));
            await pause(200);
        }
        await there(ready);
        // What fades in has another contrast until it is there.
        await pause(700);
        const exclude = %(exclude)s.filter((selector) => document.querySelector(selector));
        const found = await axe.run({ include: [include], exclude }, { runOnly: %(rules)s, rules, iframes: false });
        if (!found.passes.length) {
            throw new Error(`Nothing was looked at: ${ready}`);
        }
        for (const { id, nodes } of found.violations) {
            for (const { html, failureSummary } of nodes.filter((node) => !isOdoos(id, node.failureSummary))) {
                faults.push(`${clicks.at(-1)}: ${id}: ${html.slice(0, 200)} ${failureSummary}`);
            }
        }
        if (isClosed) {
            await press("Escape");
            await gone(ready);
        }
    }
    if (faults.length) {
        console.error(faults.join("\\n"));
    } else {
        console.log("test successful");
    }
})().catch((error) => console.error(error.message));
"""


def axe():
    """Return axe-core, which ./dev test installs below .dev."""
    folder = os.environ.get("COMM_NODE_DIR") or Path(__file__).resolve().parents[3] / ".dev" / "node"
    return (Path(folder) / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


class AxeCase(BrowserCase):
    """axe-core looks at screens."""

    def look(self, path, ready, *, include, clicks=(), without=()):
        """Open a page, click what is to be clicked, and have axe-core look at ``include`` once ``ready`` is there."""
        self.look_at(path, [{"clicks": clicks, "ready": ready, "include": include}], without=without)

    def look_at(self, path, looks, *, without=ODOO_DIALOG_RULES):
        """Open a page and look at one thing after the other, as ``look()`` does; ``isClosed``: Escape closes it then.

        What is clicked is a selector, "selector|text within it", or "selector||contextmenu" for the right button.
        """
        code = LOOK % {
            "looks": json.dumps(looks),
            "exclude": json.dumps(ODOO),
            "rules": json.dumps(RULES),
            "without": json.dumps(without),
        }
        with real_input():
            self.browser_js(path, axe() + SCRIPT + code, "odoo.isReady === true", login=self.anna.login, timeout=180)

    def opened(self, ready, *clicks, without=None):
        """Return what to look at that opens by these clicks and closes by Escape."""
        return {"clicks": clicks, "ready": ready, "include": ready, "isClosed": True, "without": without}
