import { beforeEach } from "@odoo/hoot";
import { waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, mountWebClient, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { MessagePreview } from "@comm_folders/manager/message_preview";

export const treeRow = (name) => `.o_comm_tree_row:contains(${name})`;
export const messageRow = (id) => `.o_comm_message[data-id='${id}']`;

/** A folder as comm.folder._tree_values() tells of it. */
export function makeFolder(values) {
    return {
        mailbox_id: 1,
        parent_id: false,
        user_id: false,
        role: "",
        is_selectable: true,
        is_local: false,
        is_missing: false,
        can_write: Boolean(values.user_id),
        message_count: 0,
        unread_count: 0,
        ...values,
    };
}

/** What comm.structure.entry.get_tree() answers: a mailbox of mine beside a folder made by hand, and a shared one. */
export function makeTree() {
    return {
        entries: [
            { id: 1, scope: "personal", parent_id: false, name: "Office", mailbox_id: 1, folder_id: false },
            { id: 2, scope: "personal", parent_id: false, name: "Later", mailbox_id: false, folder_id: 30 },
            { id: 3, scope: "shared", parent_id: false, name: "Info", mailbox_id: 2, folder_id: false },
        ],
        mailboxes: [
            { id: 1, name: "Office", kind: "imap", scope: "personal", state: "ok", can_write: true },
            { id: 2, name: "Info", kind: "imap", scope: "shared", state: "error", can_write: false },
        ],
        folders: [
            makeFolder({ id: 10, name: "Inbox", role: "inbox", message_count: 120, unread_count: 2 }),
            makeFolder({ id: 11, name: "Projects", is_selectable: false }),
            makeFolder({ id: 12, name: "Alpha", parent_id: 11, message_count: 1, unread_count: 1 }),
            makeFolder({ id: 20, mailbox_id: 2, name: "Inbox", role: "inbox", message_count: 1, unread_count: 1 }),
            makeFolder({ id: 30, mailbox_id: false, name: "Later", is_local: true, user_id: 7 }),
        ],
    };
}

/** The same with an archive and a trash in the first mailbox. */
export function withRoles(tree = makeTree()) {
    tree.folders.push(
        makeFolder({ id: 13, name: "Archive", role: "archive" }),
        makeFolder({ id: 14, name: "Trash", role: "trash" })
    );
    return tree;
}

export function makeMessage(id, values) {
    return {
        id,
        subject: `Subject ${id}`,
        email_from: `"Sender ${id}" <sender${id}@example.com>`,
        date: "2026-11-02 09:00:00",
        snippet: `Snippet ${id}`,
        is_seen: true,
        is_flagged: false,
        is_answered: false,
        has_attachment: false,
        partner_id: false,
        size: 1000,
        ...values,
    };
}

export function makePreview(id, values) {
    return {
        id,
        folder_id: 10,
        subject: `Subject ${id}`,
        email_from: `"Sender ${id}" <sender${id}@example.com>`,
        email_to: "anna@example.com",
        email_cc: false,
        date: "2026-11-02 09:00:00",
        defect_text: false,
        is_partial: false,
        partial_text: false,
        attachment_ids: [],
        ...values,
    };
}

export function makePage(
    messages,
    { offset = 0, message_count = messages.length, unread_count = 0, total = message_count } = {}
) {
    return { messages, offset, total, counts: { message_count, unread_count } };
}

/** Where messages lie that a search found, as comm.folder._list_places() tells. */
export function makePlace(values) {
    return { mailboxId: 1, canWrite: true, isFinal: false, roles: [], ...values };
}

/** A window of a list in which the message at position n has the id n + 1. */
export function makeWindow({ offset = 0, limit = 50 }, { total = 120, unread_count = 0, values = () => ({}) } = {}) {
    const count = Math.max(Math.min(limit, total - offset), 0);
    const messages = Array.from({ length: count }, (_, position) => {
        const id = offset + position + 1;
        return makeMessage(id, values(id));
    });
    return makePage(messages, { offset, message_count: total, unread_count });
}

/** What comm.folder.get_counts() answers while nothing changed. */
export const countsOf = (ids) => Object.fromEntries(ids.map((id) => [id, {}]));

export function defineCommModels() {
    defineMailModels();
    // The list looks for changes by itself, also in tests of something else that let time pass.
    beforeEach(() => onRpc("comm.folder", "get_counts", ({ args: [ids] }) => countsOf(ids)));
}

export async function openClientAction(tag, params = {}) {
    await mountWebClient();
    await getService("action").doAction({ type: "ir.actions.client", tag, name: "Test", params });
}

export async function openManager(tree = makeTree()) {
    onRpc("comm.structure.entry", "get_tree", () => tree);
    await openClientAction("comm_folders.manager");
}

/** The same, once the list is there. */
export async function openList(tree) {
    await openManager(tree);
    await waitFor(".o_comm_message");
    await animationFrame();
}

/** Hoot cannot look at frames of another origin, which the sandboxed body is: the tours do. */
class FakeBody extends Component {
    static template = xml`
        <div class="o_comm_message_body">Body of <t t-out="props.messageId"/> <t t-out="props.remote || ''"/>
            <t t-if="props.isWhole">whole</t></div>`;
    static props = {
        messageId: Number,
        remote: { type: String, optional: true },
        isWhole: { type: Boolean, optional: true },
    };
}

/** Every message can be opened: it is a usual one, and its body says "Body of" and its number. */
export function mockReading() {
    patchWithCleanup(MessagePreview.components, { MessageBody: FakeBody });
    onRpc("comm.message", "web_read", ({ args: [[id]] }) => [makePreview(id)]);
}

/** Open a message of the list. */
export async function openMessage(id) {
    await contains(messageRow(id)).click();
    await waitFor(`.o_comm_message_body:contains(Body of ${id})`);
}
