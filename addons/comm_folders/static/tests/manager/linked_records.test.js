import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryFirst, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { contains, getService, MockServer, mockService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeMessage,
    makePage,
    makePreview,
    makeTree,
    messageRow,
    mockReading,
    openList,
    openMessage,
    treeRow,
} from "@comm_folders/../tests/comm_folders_test_helpers";
import { DEFAULTS } from "@comm_folders/settings/settings_service";

describe.current.tags("desktop");
defineCommModels();

const KINDS = [
    { model: "res.partner", name: "Contact" },
    { model: "res.users", name: "User" },
];
const makeLink = (id, values) => ({
    id,
    model: "res.partner",
    res_id: 3,
    name: "Ben Kern",
    kind: "Contact",
    ...values,
});
let preview;

beforeEach(() => {
    preview = { linked_records: [], sender_contact: {} };
    mockReading();
    mockService("comm_settings", { settings: { ...DEFAULTS, comm_mark_read: "never" }, set: () => {} });
    onRpc("comm.folder", "get_page", () => makePage([makeMessage(1), makeMessage(2)]));
    onRpc("comm.message", "web_read", ({ args: [[id]] }) => [makePreview(id, preview)]);
    onRpc("comm.message", "link_models", () => KINDS);
    onRpc("comm.message", "link_to", ({ args: [ids, model, id] }) => {
        const { name } = MockServer.env[model].find(({ id: found }) => found === id);
        expect.step(`link ${ids} to ${model} ${name}`);
        preview.linked_records = [makeLink(5, { name })];
        return true;
    });
    onRpc("comm.message", "unlink_from", ({ args: [ids, links] }) => {
        expect.step(`unlink ${links} from ${ids}`);
        preview.linked_records = [];
        return true;
    });
});

const addContact = (name) => MockServer.env["res.partner"].create({ name });

async function chooseCarla() {
    await contains(".o_comm_link_record input").edit("Carla", { confirm: false });
    // It waits for more letters.
    await advanceTime(500);
    await contains(".o_comm_link_record .o-autocomplete--dropdown-item:contains(Carla Link)").click();
}

test("the open message is linked by its menu, and its header shows that", async () => {
    await openList();
    addContact("Carla Link");
    await openMessage(1);
    expect(".o_comm_linked").toHaveCount(0);
    await contains(".o_comm_message_menu").click();
    await contains(".o-dropdown-item:contains(Link to…)").click();
    expect(queryAllTexts(".o_comm_link_kind option")).toEqual(["Contact", "User"]);
    expect(".o_comm_link_kind").toHaveValue("res.partner");
    expect(".modal-footer .btn-primary").not.toBeEnabled();
    await chooseCarla();
    await contains(".modal-footer .btn-primary").click();
    await waitFor(".o_comm_linked_open:contains(Carla Link)");
    expect(".modal").toHaveCount(0);
    expect(".o_comm_linked_open").toHaveAttribute("aria-label", "Open Contact: Carla Link");
    expect.verifySteps(["link 1 to res.partner Carla Link"]);
});

test("another kind of record asks anew which", async () => {
    await openList();
    addContact("Carla Link");
    await openMessage(1);
    await contains(".o_comm_message_menu").click();
    await contains(".o-dropdown-item:contains(Link to…)").click();
    await chooseCarla();
    expect(".modal-footer .btn-primary").toBeEnabled();
    await contains(".o_comm_link_kind").select("res.users");
    expect(".o_comm_link_record input").toHaveValue("");
    expect(".modal-footer .btn-primary").not.toBeEnabled();
    await contains(".modal-footer .btn-secondary").click();
    expect.verifySteps([]);
});

test("the menu of a row links that one, and leaves the open one alone", async () => {
    await openList();
    addContact("Carla Link");
    await openMessage(1);
    await click(messageRow(2), { button: 2 });
    await contains(".o_comm_message_row_menu [data-name=link]").click();
    await chooseCarla();
    await contains(".modal-footer .btn-primary").click();
    await waitForNone(".modal");
    expect.verifySteps(["link 2 to res.partner Carla Link"]);
});

test("several selected messages are linked by one dialog and one question", async () => {
    onRpc("comm.folder", "link_messages", ({ args: [[folderId], model], kwargs: { ids } }) => {
        expect.step(`link ${ids} of ${folderId} to ${model}`);
        return ids.length;
    });
    await openList();
    addContact("Carla Link");
    await contains(messageRow(1)).click({ ctrlKey: true });
    await contains(messageRow(2)).click({ ctrlKey: true });
    await contains(".o_comm_more").click();
    await contains(".o-dropdown-item:contains(Link to…)").click();
    expect(".modal-title").toHaveText("Link 2 messages to a record");
    await chooseCarla();
    await contains(".modal-footer .btn-primary").click();
    await waitFor(".o_notification:contains(2 messages linked.)");
    expect(".modal").toHaveCount(0);
    expect.verifySteps(["link 1,2 of 10 to res.partner"]);
    // The menu of a selected row is about all of them, too.
    await click(messageRow(2), { button: 2 });
    await contains(".o_comm_message_row_menu [data-name=link]").click();
    await waitFor(".modal-title:contains(Link 2 messages to a record)");
});

test("a link opens its record, and is removed", async () => {
    preview.linked_records = [makeLink(5), makeLink(6, { name: "Carla", res_id: 4 })];
    onRpc("res.partner", "get_formview_action", ({ args: [[id]] }) => ({ name: `Contact ${id}` }));
    await openList();
    await openMessage(1);
    expect(queryAllTexts(".o_comm_linked_open > span:first-of-type")).toEqual(["Ben Kern", "Carla"]);
    patchWithCleanup(getService("action"), { doAction: ({ name }) => expect.step(`show ${name}`) });
    await contains(".o_comm_linked_open:eq(1)").click();
    expect.verifySteps(["show Contact 4"]);
    expect(".o_comm_linked_remove:first").toHaveAttribute("aria-label", "Remove the link to Ben Kern");
    await contains(".o_comm_linked_remove:first").click();
    await waitForNone(".o_comm_linked");
    expect.verifySteps(["unlink 5 from 1"]);
});

test("who may only read the mailbox sees links, and changes none", async () => {
    preview.linked_records = [makeLink(5)];
    await openList(makeTree());
    await contains(treeRow("Info")).click();
    await waitFor(".o_comm_list_title:contains(Inbox)");
    await waitFor(messageRow(1));
    await openMessage(1);
    await waitFor(".o_comm_linked_open");
    expect(".o_comm_linked_remove").toHaveCount(0);
    await contains(".o_comm_message_menu").click();
    await waitFor(".o-dropdown-item:contains(Print)");
    expect(".o-dropdown-item:contains(Link to)").toHaveCount(0);
});

test("the sender's contact is opened", async () => {
    preview.sender_contact = { id: 3, name: "Ben Kern" };
    onRpc("res.partner", "get_formview_action", ({ args: [[id]] }) => ({ name: `Contact ${id}` }));
    await openList();
    await openMessage(1);
    patchWithCleanup(getService("action"), { doAction: ({ name }) => expect.step(`show ${name}`) });
    expect(".o_comm_sender_add").toHaveCount(0);
    await contains(".o_comm_sender_contact").click();
    expect.verifySteps(["show Contact 3"]);
});

test("a sender who is no contact is added by Odoo's own form, with name and address", async () => {
    preview.sender_contact = { can_add: true };
    onRpc("res.partner", "web_save", ({ args: [, values] }) => {
        expect.step(`${values.name} ${values.email}`);
        preview.sender_contact = { id: 3, name: values.name };
    });
    await openList();
    MockServer.env["res.partner"]._views["form,false"] = `<form><field name="name"/><field name="email"/></form>`;
    await openMessage(1);
    await contains(".o_comm_sender_add").click();
    await contains(".modal .o_form_button_save").click();
    await waitFor(".o_comm_sender_contact");
    expect.verifySteps(["Sender 1 sender1@example.com"]);
});

test("who may not add contacts is not asked to", async () => {
    preview.sender_contact = { can_add: false };
    await openList();
    await openMessage(1);
    expect(".o_comm_preview_from").toHaveText("Sender 1\n<sender1@example.com>");
    expect(".o_comm_preview_from button").toHaveCount(0);
});

test("long names leave the sender's address and the date in sight, until more is wanted", async () => {
    const name = "Very long name ".repeat(30);
    Object.assign(preview, { email_from: `"${name}" <real@evil.example>`, subject: "Word ".repeat(100) });
    await openList();
    await openMessage(1);
    const lines = (selector) => {
        const element = queryFirst(selector);
        return Math.round(element.getBoundingClientRect().height / parseFloat(getComputedStyle(element).lineHeight));
    };
    expect(lines(".o_comm_preview_name")).toBe(2);
    expect(lines(".o_comm_preview_subject")).toBe(2);
    const head = queryFirst(".o_comm_message_head").getBoundingClientRect();
    for (const selector of [".o_comm_preview_address", ".o_comm_message_head time"]) {
        expect(queryFirst(selector).getBoundingClientRect().bottom).toBeLessThan(head.bottom);
    }
    await click(".o_comm_head_toggle");
    await animationFrame();
    expect(lines(".o_comm_preview_name")).toBeGreaterThan(2);
});
