import { expect } from "@odoo/hoot";
import { getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";

const SIGNATURE = '<div class="o_signature">-- <br>Anna</div>';

export const MAILBOXES = [
    { id: 1, name: "Office", email: '"Anna" <anna@example.com>', signature: SIGNATURE },
    {
        id: 2,
        name: "Sales",
        email: '"Sales" <sales@example.com>',
        signature: '<div class="o_signature">-- <br>Sales</div>',
    },
];

/** What comm.message.compose() answers. */
export function makeBeginning(values) {
    return {
        id: false,
        version: 0,
        compose_mode: "new",
        original_id: false,
        replaces_id: false,
        from_mailbox_id: 1,
        email_to: "",
        email_cc: "",
        email_bcc: "",
        subject: "",
        is_plain: false,
        priority: "normal",
        read_receipt: false,
        attachment_ids: [],
        attachments: [],
        body_html: `<p><br></p>${SIGNATURE}`,
        body_text: "\n-- \nAnna",
        mailboxes: MAILBOXES,
        ...values,
    };
}

/** A server that keeps what is saved and sent. */
export function serveComposer(beginning = {}) {
    const server = { saved: [], sent: [], discarded: [] };
    onRpc("comm.message", "compose", ({ args: [mode, id] }) => {
        expect.step(id ? `compose ${mode} ${id}` : `compose ${mode}`);
        return makeBeginning(typeof beginning === "function" ? beginning(mode, id) : beginning);
    });
    onRpc("comm.message", "keep_draft", ({ args: [values] }) => {
        server.saved.push(values);
        return {
            id: values.id || 77,
            version: values.version + 1,
            attachments: values.attachment_ids.map((id) => [id, id]),
        };
    });
    onRpc("comm.message", "send", ({ args: [values] }) => {
        server.sent.push(values);
        return { id: values.id || 77, leaves: "2019-03-11 09:30:10" };
    });
    onRpc("comm.message", "discard_draft", ({ args: [ids] }) => {
        server.discarded.push(...ids);
        return true;
    });
    onRpc("comm.message", "suggest_recipients", ({ args: [text] }) =>
        "ben@example.com".includes(text.toLowerCase()) ? [{ name: "Ben", email: "ben@example.com", partner_id: 5 }] : []
    );
    return server;
}

export async function mountDock() {
    await mountWithCleanup(MainComponentsContainer);
    return getService("comm_composer");
}
