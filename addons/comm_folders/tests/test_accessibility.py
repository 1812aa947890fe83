import json
import os
from pathlib import Path

from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import CommCase

# The parts of Odoo itself within our screens, which we cannot mend: its tabs name no tablist, the place where it folds
# breadcrumbs has no name, its lists have a column without a heading, its fields with suggestions say aria-selected.
ODOO = (
    ".o_notebook_headers",
    ".o_control_panel_breadcrumbs",
    ".o_list_actions_header",
    ".o-autocomplete--input",
    ".o_statusbar_status",
    ".o_select_menu",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")

LOOK = """
(async () => {
    const until = async (selector) => {
        for (let time = 0; time < 600; time++) {
            const found = document.querySelector(selector);
            if (found) {
                return found;
            }
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        throw new Error(`${selector} does not come`);
    };
    await until(%(ready)s);
    // What fades in has another contrast until it is there.
    await new Promise((resolve) => setTimeout(resolve, 700));
    const exclude = %(exclude)s.filter((selector) => document.querySelector(selector));
    const found = await axe.run(
        { include: [%(include)s], exclude },
        { runOnly: %(rules)s, rules: { region: { enabled: false } }, iframes: false }
    );
    if (!found.passes.length) {
        throw new Error("Nothing was looked at");
    }
    const faults = found.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`)
    );
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


@tagged("post_install", "-at_install")
class TestAccessibility(CommCase, BrowserCase):
    """axe-core looks at the form of a mailbox: contrast (AA), names of buttons, roles."""

    def setUp(self):
        super().setUp()
        self.anna.password = self.anna.login

    def look(self, path, ready, *, include):
        """Open a page, and have axe-core look at ``include`` once ``ready`` is there."""
        code = LOOK % {
            "ready": json.dumps(ready),
            "include": json.dumps(include),
            "exclude": json.dumps(ODOO),
            "rules": json.dumps(RULES),
        }
        self.browser_js(path, axe() + code, "odoo.isReady === true", login=self.anna.login, timeout=180)

    def test_mailbox(self):
        mailbox = self.make_mailbox(email="anna@example.com", host="imap.example.com")
        self.look(
            f"/odoo/action-comm_mailboxes.action_my_mailboxes/{mailbox.id}",
            ".o_form_view .o_field_widget[name=host]",
            include=".o_form_sheet",
        )
