import json

from markupsafe import Markup

from odoo.tests import tagged

from ..controllers.message_body import PAGE, STYLE
from ..protocol.sanitize import clean_html
from .browser import BrowserCase

# As Odoo's own notifications are built (mail.mail_notification_layout), and as newsletters are.
NOTIFICATION = """
<table border="0" cellpadding="0" cellspacing="0" style="background-color: #F1F1F1; width: 100%;"><tbody><tr><td align="center">
<table border="0" width="590" style="padding: 16px; background-color: white;"><tbody>
<tr><td align="center" style="min-width: 590px;"><table border="0" width="590" style="min-width: 590px;"><tr>
<td><span style="font-size: 20px;">INV/2026/00042</span></td></tr></table></td></tr>
<tr><td align="center" style="min-width: 590px;"><table width="590" style="min-width: 590px;"><tr>
<td><div style="width: 560px">Dear Ben, here is your invoice amounting in 12,000.00 EUR from Lab Company.</div></td>
</tr></table></td></tr></tbody></table></td></tr></tbody></table>
"""
PHONE = 380
WIDTH = """
const frame = document.createElement("iframe");
frame.style.cssText = "width:%(phone)spx;height:600px;border:0";
frame.onload = () => {
    const { scrollWidth, clientHeight } = frame.contentDocument.scrollingElement;
    if (clientHeight && scrollWidth <= %(phone)s) {
        console.log("test successful");
    } else {
        console.error(`The mail is ${scrollWidth} px wide`);
    }
};
frame.srcdoc = %(page)s;
document.body.append(frame);
"""


@tagged("post_install", "-at_install")
class TestBodyNarrow(BrowserCase):
    def test_a_mail_made_for_600_pixels_fits_a_phone(self):
        page = PAGE.format(title="", style=STYLE, body=Markup(clean_html(NOTIFICATION)))
        self.browser_js("/web/health", WIDTH % {"phone": PHONE, "page": json.dumps(str(page))}, login="admin")


BROKEN = """
const frame = document.createElement("iframe");
frame.style.cssText = "width:600px;height:600px;border:0";
frame.onload = () => {
    const picture = frame.contentDocument.querySelector("img");
    const sign = frame.contentWindow.getComputedStyle(picture, "::after");
    const told = [picture.naturalWidth, sign.content, sign.position, sign.borderTopStyle].join(" ");
    if (told === '0 "Our logo" absolute dashed') {
        console.log("test successful");
    } else {
        console.error(told);
    }
};
frame.srcdoc = %s;
document.body.append(frame);
"""


@tagged("post_install", "-at_install")
class TestBodyPictures(BrowserCase):
    def test_a_picture_that_cannot_be_loaded_shows_its_text_in_a_frame(self):
        html = clean_html('<img alt="Our logo" width="200" height="80" src="data:image/png;base64,eA==">')
        page = PAGE.format(title="", style=STYLE, body=Markup(html))
        self.browser_js("/web/health", BROKEN % json.dumps(str(page)), login="admin")
