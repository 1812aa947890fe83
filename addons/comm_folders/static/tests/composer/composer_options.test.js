import { describe, expect, getFixture, test } from "@odoo/hoot";
import { click, press, queryOne, queryText, waitFor } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    getService,
    mountWithCleanup,
    mockService,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { defineCommModels } from "@comm_folders/../tests/comm_folders_test_helpers";
import { mountDock, serveComposer } from "@comm_folders/../tests/composer/composer_test_helpers";
import { SAVE_AFTER } from "@comm_folders/composer/composer_model";
import { parseMailto } from "@comm_folders/composer/mailto_service";
import { OutgoingState } from "@comm_folders/composer/outgoing_state";

describe.current.tags("desktop");
defineCommModels();

test("priority and read receipt", async () => {
    const server = serveComposer();
    await (await mountDock()).open();
    await contains(".o_comm_composer_options").click();
    await contains(".o-dropdown-item:contains(High priority)").click();
    await contains(".o_comm_composer_options").click();
    await contains(".o_comm_composer_receipt").click();
    await advanceTime(SAVE_AFTER);
    expect(server.saved.at(-1).priority).toBe("high");
    expect(server.saved.at(-1).read_receipt).toBe(true);
    expect(".o_comm_composer_options.text-primary").toHaveCount(1);
    expect.verifySteps(["compose new"]);
});

test("printing saves first and opens the page of the draft", async () => {
    const server = serveComposer();
    patchWithCleanup(browser, { open: (url) => expect.step(url) });
    await (await mountDock()).open();
    await contains(".o_comm_composer_options").click();
    await contains(".o-dropdown-item:contains(Print)").click();
    await animationFrame();
    expect(server.saved).toHaveLength(1);
    expect.verifySteps(["compose new", "/comm_mailboxes/message/77/print"]);
});

test("an address in Odoo opens a window, unless its user does not want that", async () => {
    serveComposer();
    onRpc("has_group", () => true);
    await mountDock();
    const link = document.createElement("a");
    link.href = "mailto:ben@example.com?subject=Hi";
    link.textContent = "Ben";
    // As Odoo's own e-mail fields.
    link.addEventListener("click", (ev) => ev.stopPropagation());
    getFixture().append(link);
    await click(link);
    await animationFrame();
    await animationFrame();
    expect(".o_comm_composer .o_comm_chip:contains(ben@example.com)").toHaveCount(1);
    expect(queryOne(".o_comm_composer_subject").value).toBe("Hi");
    // The settings that one gets are a copy.
    patchWithCleanup(user, {
        get settings() {
            return { comm_mailto: false };
        },
    });
    link.addEventListener("click", (ev) => ev.preventDefault());
    await click(link);
    await animationFrame();
    expect(".o_comm_composer").toHaveCount(1);
    expect.verifySteps(["compose new"]);
});

test("a text block comes with its subject, its text and its files", async () => {
    const server = serveComposer({ email_to: "ben@example.com" });
    onRpc("comm.message", "text_blocks", () => [{ id: 4, name: "Greeting", for: "Contact" }]);
    onRpc("mail.template", "has_access", () => true);
    onRpc("comm.message", "render_text_block", ({ args: [id], kwargs }) => {
        expect.step(`block ${id} for ${kwargs.email_to}`);
        return {
            subject: "Hello Ben",
            body_html: "<p>Dear Ben,</p>",
            attachments: [{ id: 8, name: "terms.pdf", mimetype: "application/pdf", file_size: 3 }],
        };
    });
    await (await mountDock()).open();
    // By the keyboard: Odoo gives it back to the button when the menu closes.
    (await waitFor(".o_comm_composer_blocks")).focus();
    await press("Enter");
    await waitFor(".o_comm_text_blocks");
    expect(".o_comm_text_blocks input").toBeFocused();
    await press("ArrowDown");
    await animationFrame();
    expect(".o-dropdown-item:contains(Greeting)").toBeFocused();
    await press("Enter");
    await animationFrame();
    expect(queryText(".o_comm_composer_text")).toInclude("Dear Ben,");
    expect(".o_comm_composer_text .o_signature").toHaveCount(1);
    expect(document.activeElement.isContentEditable).toBe(true);
    expect(getSelection().anchorNode.textContent).toInclude("Dear Ben,");
    await advanceTime(SAVE_AFTER);
    expect(server.saved.at(-1).subject).toBe("Hello Ben");
    expect(server.saved.at(-1).attachment_ids).toEqual([8]);
    expect.verifySteps(["compose new", "block 4 for ben@example.com"]);
});

test("in plain text, too, one writes on after a text block", async () => {
    serveComposer({ is_plain: true, body_text: "-- \nAnna" });
    onRpc("comm.message", "text_blocks", () => [{ id: 4, name: "Greeting", for: "" }]);
    onRpc("mail.template", "has_access", () => true);
    onRpc("comm.message", "render_text_block", () => ({
        subject: "",
        body_html: "<p>Dear Ben,</p>",
        attachments: [],
    }));
    await (await mountDock()).open();
    await waitFor(".o_comm_composer_plain");
    await contains(".o_comm_composer_blocks").click();
    await contains(".o-dropdown-item:contains(Greeting)").click();
    await animationFrame();
    expect(".o_comm_composer_plain").toBeFocused();
    const { value, selectionStart, selectionEnd } = queryOne(".o_comm_composer_plain");
    expect(value.slice(0, selectionStart).trim()).toBe("Dear Ben,");
    expect(selectionEnd).toBe(selectionStart);
    expect.verifySteps(["compose new"]);
});

test("where no text block is, one can be made, by Odoo's own form", async () => {
    serveComposer();
    onRpc("comm.message", "text_blocks", () => []);
    onRpc("mail.template", "has_access", () => true);
    const dock = await mountDock();
    patchWithCleanup(getService("dialog"), {
        add: (dialog, { resModel, context }) => expect.step([resModel, context]),
    });
    await dock.open();
    await contains(".o_comm_composer_blocks").click();
    expect(".o_comm_text_blocks").toHaveText(/There is no text block yet. Make one with “New text block…”./);
    await contains(".o_comm_text_blocks input").edit("greet", { confirm: false });
    await advanceTime(200);
    await waitFor(".o_comm_text_blocks:contains(No text block fits.)");
    await contains(".o_comm_new_text_block").click();
    expect.verifySteps(["compose new", ["mail.template", { default_model: "res.partner" }]]);
});

test("who may make no text blocks is not offered to", async () => {
    serveComposer();
    onRpc("comm.message", "text_blocks", () => []);
    onRpc("mail.template", "has_access", () => false);
    await (await mountDock()).open();
    await contains(".o_comm_composer_blocks").click();
    await waitFor(".o_comm_text_blocks:contains(Who may edit Odoo's e-mail templates can make one.)");
    expect(".o_comm_new_text_block").toHaveCount(0);
    expect.verifySteps(["compose new"]);
});

test("a mail about a record says so when it is saved", async () => {
    const server = serveComposer();
    await (await mountDock()).open({ resModel: "res.partner", resId: 3, subject: "About you" });
    await contains(".o_comm_composer_subject").edit("About you", { confirm: false });
    await advanceTime(SAVE_AFTER);
    expect([server.saved[0].res_model, server.saved[0].res_id]).toEqual(["res.partner", 3]);
    expect.verifySteps(["compose new"]);
});

test("an address of a page gives what RFC 6068 allows, and no more", () => {
    expect(
        parseMailto("mailto:ben@example.com,carl@example.com?cc=d%40x.org&subject=Hi%20there&body=a%0D%0Ab%26c")
    ).toEqual({
        to: "ben@example.com,carl@example.com",
        cc: "d@x.org",
        bcc: "",
        subject: "Hi there",
        body: "a\nb&c",
    });
    expect(parseMailto("mailto:?to=ben@example.com&attach=/etc/passwd&from=x@y.z")).toEqual({
        to: "ben@example.com",
        cc: "",
        bcc: "",
        subject: "",
        body: "",
    });
    expect(parseMailto("mailto:ben@example.com?subject=100%").subject).toBe("100%");
    expect(parseMailto("mailto:ben@example.com?subject=a%0D%0ABcc:%20x@y.z%0Ab").subject).toBe("a Bcc: x@y.z b");
});

function mountState(values) {
    return mountWithCleanup(OutgoingState, {
        props: {
            message: { id: 7, send_error: "550 no such user", ...values },
            onChanged: () => expect.step("changed"),
        },
    });
}

test("a message that was not sent says why, in the server's words, and can be tried again", async () => {
    onRpc("comm.message", "action_retry", ({ args: [ids], kwargs }) => {
        expect.step(`retry ${ids} ${kwargs.confirmed || false}`);
        return true;
    });
    await mountState({ outgoing_state: "failed" });
    expect(queryText(".o_comm_outgoing")).toInclude("550 no such user");
    expect(".o_comm_arrived").toHaveCount(0);
    await contains(".o_comm_retry").click();
    expect.verifySteps(["retry 7 false", "changed"]);
});

test("a message that was perhaps sent is sent again only by who knows that", async () => {
    onRpc("comm.message", "action_retry", ({ kwargs }) => {
        expect.step(`retry ${kwargs.confirmed}`);
        return true;
    });
    onRpc("comm.message", "action_was_sent", () => {
        expect.step("arrived");
        return true;
    });
    serveComposer();
    await mountDock();
    await mountState({ outgoing_state: "perhaps_sent" });
    await contains(".o_comm_retry").click();
    expect(queryText(".modal-body")).toInclude("may have arrived already");
    await contains(".modal button:contains(Send again)").click();
    await contains(".o_comm_arrived").click();
    expect.verifySteps(["retry true", "changed", "arrived", "changed"]);
});

test("editing again opens what the server made of it", async () => {
    serveComposer({ id: 12 });
    mockService("notification", { add: () => () => {} });
    onRpc("comm.message", "action_edit_again", () => [12]);
    await mountDock();
    await mountState({ outgoing_state: "failed" });
    await contains(".o_comm_edit_again").click();
    await animationFrame();
    expect(".o_comm_composer").toHaveCount(1);
    expect.verifySteps(["compose edit 12", "changed"]);
});

test("nothing is said about what was sent to all, and about mail of others", async () => {
    await mountState({ outgoing_state: "sent", send_error: false });
    expect(".o_comm_outgoing").toHaveCount(0);
});
