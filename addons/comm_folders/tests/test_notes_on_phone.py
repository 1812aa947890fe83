from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import CommCase
from odoo.addons.comm_mailboxes.tests.real_input import SCRIPT, real_input

RUN = (
    SCRIPT
    + """
(async () => {
    await there(".o_comm_manager");
    const { notification } = odoo.__WOWL_DEBUG__.root.env.services;
    const seen = () => [...document.querySelectorAll(".o_notification")].filter((note) => note.checkVisibility());
    const shows = (text) =>
        until(`"${text}" is the only note`, () => seen().length === 1 && seen()[0].textContent.includes(text));
    notification.add("the server is gone", { type: "warning", sticky: true });
    await shows("the server is gone");
    const close = notification.add("message archived", { type: "success", sticky: true });
    await shows("message archived");
    close();
    await shows("the server is gone");
    console.log("test successful");
})().catch((error) => console.error(error.message));
"""
)


@tagged("post_install", "-at_install")
class TestNotesOnPhone(CommCase, BrowserCase):
    """Notes lie over the rows of the list there: one at a time, whoever tells something."""

    browser_size = "380x700"

    def test_one_at_a_time(self):
        self.anna.password = self.anna.login
        with real_input():
            self.browser_js("/odoo/communication", RUN, "odoo.isReady === true", login=self.anna.login, timeout=180)
