import { beforeEach, describe, expect, test } from "@odoo/hoot";
import {
    press,
    queryAllAttributes,
    queryAllTexts,
    queryFirst,
    queryRect,
    resize,
    waitFor,
    waitForNone,
} from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { contains, getService, mockService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import {
    defineCommModels,
    makeMessage,
    makePage,
    makePreview,
    mockReading,
    openManager,
} from "@comm_folders/../tests/comm_folders_test_helpers";
import { AttachmentChips } from "@comm_folders/manager/attachment_chips";
import { DEFAULTS } from "@comm_folders/settings/settings_service";

describe.current.tags("desktop");
defineCommModels();

const OTHER = { messageId: 9, attachments: [] };
const REMOTE = { count: 2, allowed: false, offered: true, token: "secret", sender: "news@shop.example" };

beforeEach(() => {
    mockReading();
    onRpc("comm.folder", "get_page", () => makePage([makeMessage(1, { is_seen: false }), makeMessage(2)]));
    onRpc("comm.message", "mark_seen", ({ args: [[id]] }) => {
        expect.step(`seen ${id}`);
        return true;
    });
});

async function openMessage(values, settings = {}) {
    onRpc("comm.message", "web_read", ({ args: [[id]] }) => [makePreview(id, values)]);
    mockService("comm_settings", { settings: { ...DEFAULTS, comm_mark_read: "never", ...settings }, set: () => {} });
    await openManager();
    await contains(".o_comm_message:first").click();
    await waitFor(".o_comm_message_body");
}

const info = (values) => ({ preview_info: { warnings: [], remote: { count: 0 }, ...values } });

test("on a phone all attachments can be downloaded at once, however many chips push on", async () => {
    await resize({ width: 380, height: 700 });
    const files = Array.from({ length: 5 }, (_, position) => ({
        id: position + 1,
        name: `A file with a name of some length ${position}.pdf`,
        mimetype: "application/pdf",
        file_size: 2048,
        comm_content_id: false,
    }));
    onRpc("comm.message", "web_read", ({ args: [[id]] }) => [makePreview(id, { attachment_ids: files })]);
    mockService("comm_settings", { settings: { ...DEFAULTS, comm_mark_read: "never" }, set: () => {} });
    await openManager();
    await contains(".o_comm_tree_row:contains(Inbox)").click();
    await contains(".o_comm_message:first").click();
    await waitFor(".o_comm_attachments_zip");
    const { bottom } = queryRect(".o_comm_message_head");
    expect(queryRect(".o_comm_attachments_zip").bottom).toBeLessThan(bottom);
});

test("pictures from the internet wait to be allowed, for this message alone", async () => {
    await openMessage(info({ remote: REMOTE }));
    expect(".o_comm_message_body").toHaveText("Body of 1");
    await contains(".o_comm_remote_once").click();
    expect(".o_comm_message_body").toHaveText("Body of 1 secret");
    expect(".o_comm_remote").toHaveCount(0);
    await contains(".o_comm_message:eq(1)").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    expect(".o_comm_message_body").toHaveText("Body of 2");
    expect(".o_comm_remote").toHaveCount(1);
});

test("of a very long message the beginning is shown, and all of it to who asks for that message", async () => {
    await openMessage(info({ is_long: true }));
    expect(".o_comm_message_body").toHaveText("Body of 1");
    await contains(".o_comm_long button").click();
    expect(".o_comm_message_body").toHaveText("Body of 1 whole");
    expect(".o_comm_long").toHaveCount(0);
    await contains(".o_comm_message:eq(1)").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    expect(".o_comm_message_body").toHaveText("Body of 2");
    expect(".o_comm_long").toHaveCount(1);
});

test("pictures from the internet can be allowed for a sender", async () => {
    onRpc("comm.message", "allow_remote_sender", ({ args: [[id]] }) => {
        expect.step(`always for the sender of ${id}`);
        return true;
    });
    await openMessage(info({ remote: REMOTE }));
    expect(".o_comm_remote_always").toHaveText("Always from news@shop.example");
    await contains(".o_comm_remote_always").click();
    expect.verifySteps(["always for the sender of 1"]);
    expect(".o_comm_message_body").toHaveText("Body of 1 secret");
});

test("where the sender may be somebody else, pictures are offered for this message alone", async () => {
    await openMessage(info({ remote: { ...REMOTE, sender: "" } }));
    expect(".o_comm_remote_once").toHaveCount(1);
    expect(".o_comm_remote_always").toHaveCount(0);
});

for (const [why, remote] of [
    ["there are none", { ...REMOTE, count: 0 }],
    ["the sender is allowed", { ...REMOTE, allowed: true }],
    ["the user wants none", { ...REMOTE, offered: false }],
]) {
    test(`nothing is asked about pictures where ${why}`, async () => {
        await openMessage(info({ remote }));
        expect(".o_comm_remote").toHaveCount(0);
    });
}

test("who wants no pictures is told that there are some, and where that can be changed", async () => {
    await openMessage(info({ remote: { ...REMOTE, offered: false } }));
    expect(".o_comm_remote_refused").toHaveText(/has pictures from the internet/);
    expect(queryAllTexts(".o_comm_remote_refused button")).toEqual(["Settings"]);
    patchWithCleanup(getService("action"), { doAction: (action) => expect.step(action) });
    await contains(".o_comm_remote_settings").click();
    expect.verifySteps(["comm_folders.action_my_settings"]);
});

const WARNINGS = [
    { kind: "name", text: "The sender's name shows bank@example.com" },
    { kind: "check", text: "The sender's address could not be verified: DMARC failed." },
    { kind: "link", text: "A link shows bank.example, but leads to evil.example." },
];

test("who and what to beware of stands above the text and is read out, each apart", async () => {
    await openMessage(info({ warnings: WARNINGS, remote: REMOTE }));
    expect(queryAllTexts(".o_comm_warning")).toEqual(WARNINGS.map(({ text }) => text));
    expect(queryAllAttributes(".o_comm_warning", "data-kind")).toEqual(["name", "check", "link"]);
    expect(queryAllAttributes(".o_comm_warning", "role")).toEqual(["alert", "alert", "alert"]);
    const top = (selector) => queryFirst(selector).getBoundingClientRect().top;
    expect(top(".o_comm_warning:last")).toBeLessThan(top(".o_comm_remote"));
    expect(top(".o_comm_remote")).toBeLessThan(top(".o_comm_message_body"));
});

test("warnings are those of the open message alone", async () => {
    await openMessage();
    onRpc("comm.message", "web_read", ({ args: [[id]] }) => [
        makePreview(id, info({ warnings: id === 1 ? WARNINGS.slice(0, 1) : [] })),
    ]);
    expect(".o_comm_warning").toHaveCount(0);
    await contains(".o_comm_message:eq(1)").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    expect(".o_comm_warning").toHaveCount(0);
    await contains(".o_comm_message:eq(0)").click();
    await waitFor(".o_comm_warning");
    await contains(".o_comm_message:eq(1)").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    expect(".o_comm_warning").toHaveCount(0);
});

test("what a stranger wrote into a warning stays text", async () => {
    await openMessage(info({ warnings: [{ kind: "link", text: "A link shows <img src=x onerror=alert(1)>" }] }));
    expect(".o_comm_warning").toHaveText("A link shows <img src=x onerror=alert(1)>");
    expect(".o_comm_warning img").toHaveCount(0);
});

test("details of the header open and stay open", async () => {
    await openMessage({ email_reply_to: "desk@shop.example", size: 2048 });
    expect(".o_comm_preview_details").toHaveCount(0);
    await contains(".o_comm_head_toggle").click();
    expect(".o_comm_preview_folder").toHaveText("Folder: Office / Inbox");
    expect(".o_comm_preview_details").toHaveText(/Reply to: desk@shop.example\s+Size: 2 kB/);
    await contains(".o_comm_message:eq(1)").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    expect(".o_comm_preview_details").toHaveCount(1);
});

test("a click on a file shows it where Odoo can, and all come as one", async () => {
    await openMessage({
        attachment_ids: [
            { id: 5, name: "offer.pdf", mimetype: "application/pdf", file_size: 2048, comm_content_id: false },
            { id: 6, name: "plan.dwg", mimetype: "application/octet-stream", file_size: 10, comm_content_id: false },
            { id: 7, name: "source.eml", mimetype: "text/plain", file_size: 10, comm_is_source: true },
        ],
    });
    expect(queryAllTexts(".o_comm_attachment .text-truncate")).toEqual(["offer.pdf", "plan.dwg"]);
    expect(".o_comm_attachment_download").toHaveCount(1);
    expect(".o_comm_attachments_zip").toHaveAttribute("href", "/comm_mailboxes/message/1/attachments.zip");
    await contains(".o_comm_attachment:first").click();
    await waitFor(".o-FileViewer");
    expect(".o-FileViewer iframe").toHaveAttribute("data-src", /viewer\.html\?file=.*%2Fweb%2Fcontent%2F5/);
    // The viewer has the keyboard, and keeps it.
    await advanceTime(100);
    expect(".o-FileViewer").toBeFocused();
    await press("Escape");
    await waitForNone(".o-FileViewer");
    await advanceTime(0);
    expect(".o_comm_attachment:first").toBeFocused();
});

test("a viewer that somebody else opens and closes does not call the keyboard here", async () => {
    const picture = { id: 5, name: "a.png", mimetype: "image/png", file_size: 10, comm_content_id: false };
    await openMessage({ attachment_ids: [picture] });
    await contains(".o_comm_attachment:first").click();
    await waitFor(".o-FileViewer");
    await press("Escape");
    await waitForNone(".o-FileViewer");
    await advanceTime(0);
    queryFirst(".o_comm_messages").focus();
    registry.category("main_components").add("web.file_viewer_other", { Component: AttachmentChips, props: OTHER });
    registry.category("main_components").remove("web.file_viewer_other");
    await advanceTime(0);
    expect(".o_comm_messages").toBeFocused();
});

test("files stand in the order of the mail, and those of one name can be told apart", async () => {
    const picture = (id) => ({ id, name: "image.png", mimetype: "image/png", file_size: 10, comm_content_id: false });
    await openMessage({ attachment_ids: [picture(9), picture(8), { ...picture(5), name: "offer.txt" }] });
    expect(queryAllTexts(".o_comm_attachment .text-truncate")).toEqual(["offer.txt", "image.png", "image (2).png"]);
    expect(queryAllAttributes(".o_comm_attachment_download", "href")).toEqual([
        "/web/content/5?download=true&filename=offer.txt",
        "/web/content/8?download=true&filename=image.png",
        "/web/content/9?download=true&filename=image%20(2).png",
    ]);
});

test("print, source and headers", async () => {
    patchWithCleanup(browser, { open: (url, target) => expect.step(`${target} ${url}`) });
    onRpc("comm.message", "get_headers", () => [{ name: "X-Spam", value: "no" }]);
    await openMessage(info({ remote: REMOTE }));
    const choose = async (label) => {
        await contains(".o_comm_message_menu").click();
        await contains(`.o-dropdown-item:contains(${label})`).click();
    };
    await choose("Print");
    await contains(".o_comm_remote_once").click();
    await choose("Print");
    await choose("Show source");
    expect.verifySteps([
        "_blank /comm_mailboxes/message/1/print",
        "_blank /comm_mailboxes/message/1/print?remote=secret",
        "_blank /comm_mailboxes/message/1/source",
    ]);
    await choose("Show all headers");
    await waitFor(".o_comm_headers");
    expect(queryAllTexts(".o_comm_headers tr")).toEqual(["X-Spam no"]);
});

test("a message counts as read after the seconds of the settings, unless it is left before", async () => {
    await openMessage({}, { comm_mark_read: "later", comm_mark_read_seconds: 60 });
    await advanceTime(40000);
    expect.verifySteps([]);
    await contains(".o_comm_message:eq(1)").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    await advanceTime(61000);
    expect.verifySteps([]);
    await contains(".o_comm_message:eq(0)").click();
    await waitFor(".o_comm_message_body:contains(Body of 1)");
    await advanceTime(61000);
    await animationFrame();
    expect.verifySteps(["seen 1"]);
});

test("only by hand means only by hand", async () => {
    await openMessage({}, { comm_mark_read: "never" });
    await advanceTime(60000);
    expect.verifySteps([]);
});
