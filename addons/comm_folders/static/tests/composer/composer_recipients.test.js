import { describe, expect, test } from "@odoo/hoot";
import {
    click,
    edit,
    manuallyDispatchProgrammaticEvent,
    press,
    queryAllTexts,
    queryOne,
    waitFor,
} from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { contains, mockService, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { defineCommModels } from "@comm_folders/../tests/comm_folders_test_helpers";
import { mountDock, serveComposer } from "@comm_folders/../tests/composer/composer_test_helpers";
import { SAVE_AFTER } from "@comm_folders/composer/composer_model";

describe.current.tags("desktop");
defineCommModels();

const toInput = ".o_comm_composer .o_comm_recipients:first .o-autocomplete--input";
const ccInput = ".o_comm_composer .o_comm_recipients:eq(1) .o-autocomplete--input";
const bccInput = ".o_comm_composer .o_comm_recipients:eq(2) .o-autocomplete--input";
const notices = [];

async function openComposer(params = { subject: "Offer" }) {
    const server = serveComposer();
    notices.length = 0;
    mockService("notification", {
        add: (text) => {
            notices.push(String(text));
            return () => {};
        },
    });
    const composer = await mountDock();
    await composer.open(params);
    await animationFrame();
    expect.verifySteps(["compose new"]);
    return server;
}

/** Without a key that ends it, and until Odoo's list of suggestions stands open. */
async function typeInto(input, text) {
    await click(input);
    await edit(text);
    await advanceTime(300);
    await animationFrame();
}

test("a typed address is a recipient once something else is clicked", async () => {
    await openComposer();
    await typeInto(toInput, "karl@example.com");
    await click(".o_comm_composer_subject");
    await animationFrame();
    expect(queryAllTexts(".o_comm_chip")).toEqual(["karl@example.com"]);
    expect(toInput).toHaveValue("");
});

test("a typed address is sent to when Send is clicked at once", async () => {
    const server = await openComposer({ subject: "Offer", cc: "ben@example.com" });
    await typeInto(toInput, "karl@example.com");
    await click(".o_comm_composer_send");
    await animationFrame();
    expect(server.sent).toHaveLength(1);
    expect(server.sent[0].email_to).toBe("karl@example.com");
    expect(server.sent[0].email_cc).toBe("ben@example.com");
});

test("a typed address is in the draft when the window is closed", async () => {
    const server = await openComposer();
    await typeInto(toInput, "karl@example.com");
    await click(".o_comm_composer_close");
    await animationFrame();
    expect(".o_comm_composer").toHaveCount(0);
    expect(server.saved.map((values) => values.email_to)).toEqual(["karl@example.com"]);
});

test("a typed address is in the draft that is saved by itself, and stays in the field", async () => {
    const server = await openComposer();
    await typeInto(toInput, "karl@example.com");
    await advanceTime(SAVE_AFTER);
    await animationFrame();
    expect(server.saved.map((values) => values.email_to)).toEqual(["karl@example.com"]);
    expect(toInput).toHaveValue("karl@example.com");
});

test("what is typed in Cc and Bcc is sent to, too, and stays secret there", async () => {
    const server = await openComposer({ subject: "Offer", to: "ben@example.com", cc: "dora@example.com" });
    await typeInto(ccInput, "eva@example.com");
    await typeInto(bccInput, "karl@example.com");
    await click(".o_comm_composer_send");
    await animationFrame();
    expect(server.sent).toHaveLength(1);
    const { email_to: to, email_cc: cc, email_bcc: bcc } = server.sent[0];
    expect([to, cc, bcc]).toEqual(["ben@example.com", "dora@example.com, eva@example.com", "karl@example.com"]);
});

test("what is no address in Bcc stops the sending", async () => {
    const server = await openComposer({ subject: "Offer", to: "ben@example.com", cc: "dora@example.com" });
    await typeInto(bccInput, "karl müller");
    await click(".o_comm_composer_send");
    await animationFrame();
    expect(server.sent).toHaveLength(0);
    expect(notices[0]).toInclude("karl müller");
    expect(bccInput).toHaveValue("karl müller");
});

test("what is typed is on the printed page", async () => {
    const server = await openComposer({ subject: "Offer", to: "ben@example.com", cc: "dora@example.com" });
    patchWithCleanup(browser, { open: (url) => expect.step(url) });
    await typeInto(toInput, "karl@example.com");
    await typeInto(bccInput, "eva@example.com");
    await contains(".o_comm_composer_options").click();
    await contains(".o-dropdown-item:contains(Print)").click();
    await animationFrame();
    expect.verifySteps(["/comm_mailboxes/message/77/print"]);
    expect(server.saved.at(-1).email_to).toBe("ben@example.com, karl@example.com");
    expect(server.saved.at(-1).email_bcc).toBe("eva@example.com");
    expect(queryAllTexts(".o_comm_chip")).toInclude("karl@example.com");
});

test("scrolling leaves what is typed where it is", async () => {
    await openComposer();
    await typeInto(toInput, "karl@example.com");
    await manuallyDispatchProgrammaticEvent(queryOne(".o_comm_composer_body"), "scroll");
    await animationFrame();
    expect(toInput).toHaveValue("karl@example.com");
    await click(".o_comm_composer_subject");
    await animationFrame();
    expect(queryAllTexts(".o_comm_chip")).toEqual(["karl@example.com"]);
});

test("what is no address stays in the field, marked, and nothing is sent to the others", async () => {
    const server = await openComposer({ subject: "Offer", cc: "ben@example.com" });
    await typeInto(toInput, "karl müller");
    expect(".o_comm_recipients_wrong").toHaveCount(0);
    await click(".o_comm_composer_send");
    await animationFrame();
    expect(toInput).toHaveValue("karl müller");
    expect(toInput).toHaveAttribute("aria-invalid", "true");
    expect(".o_comm_recipients_wrong").toHaveCount(1);
    expect(server.sent).toHaveLength(0);
    expect(notices[0]).toInclude("karl müller");
    await typeInto(toInput, "karl@example.com");
    await click(".o_comm_composer_send");
    await animationFrame();
    expect(server.sent.map((values) => values.email_to)).toEqual(["karl@example.com"]);
});

test("what is no address in Cc is kept in the draft when the window is closed", async () => {
    const server = await openComposer({ subject: "Offer", cc: "ben@example.com" });
    await typeInto(ccInput, "karl müller");
    await click(".o_comm_composer_close");
    await animationFrame();
    expect(server.saved.map((values) => values.email_cc)).toEqual(["ben@example.com, karl müller"]);
});

test("a clicked suggestion comes alone, without what was typed to find it", async () => {
    const server = await openComposer();
    await typeInto(toInput, "ben@example.com");
    await waitFor(".o_comm_suggestions .dropdown-item:contains(ben@example.com)");
    await click(".o_comm_suggestions .dropdown-item:contains(ben@example.com)");
    await animationFrame();
    await click(".o_comm_composer_subject");
    await animationFrame();
    expect(queryAllTexts(".o_comm_chip")).toEqual(["Ben"]);
    expect(toInput).toHaveValue("");
    await click(".o_comm_composer_send");
    await animationFrame();
    expect(server.sent.map((values) => values.email_to)).toEqual(['"Ben" <ben@example.com>']);
});

test("Ctrl+Enter in an address field takes the address and sends", async () => {
    const server = await openComposer();
    await typeInto(toInput, "karl@example.com");
    await press(["ctrl", "Enter"]);
    await animationFrame();
    expect(server.sent.map((values) => values.email_to)).toEqual(["karl@example.com"]);
});
