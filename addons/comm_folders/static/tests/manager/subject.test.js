import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, press, queryAllTexts, queryOne, waitFor } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { contains, getService, mockService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makePage,
    makePreview,
    makeWindow,
    messageRow,
    mockReading,
    openList,
    openMessage,
    withRoles,
} from "@comm_folders/../tests/comm_folders_test_helpers";
import { OpenMessage } from "@comm_folders/manager/open_message";
import { DEFAULTS } from "@comm_folders/settings/settings_service";

describe.current.tags("desktop");
defineCommModels();

const body = (id) => `.o_comm_message_body:contains(Body of ${id})`;
const tool = (name) => `.o_comm_toolbar .o_comm_${name}`;
let gone;
let arrived;
let read;
let reading;

beforeEach(() => {
    gone = new Set();
    arrived = [];
    read = [];
    reading = undefined;
    mockReading();
    mockService("comm_composer", {
        open: ({ mode = "new", messageId = "" } = {}) => expect.step(`${mode} ${messageId}`),
    });
    onRpc("comm.message", "web_read", async ({ args: [[id]] }) => {
        read.push(id);
        await reading;
        return [makePreview(id)];
    });
    onRpc("comm.message", "mark_seen", ({ args: [[id]] }) => {
        expect.step(`seen ${id}`);
        return true;
    });
    onRpc("comm.folder", "get_page", ({ kwargs }) => {
        const all = makeWindow({ offset: 0, limit: 300 }, { total: 300, values: () => ({ is_seen: false }) }).messages;
        const left = [...arrived, ...all].filter(({ id }) => !gone.has(id));
        const { offset, limit } = kwargs;
        return makePage(left.slice(offset, offset + limit), { offset, total: left.length });
    });
    onRpc("comm.folder", "change_messages", ({ args: [, change], kwargs: { ids } }) => {
        expect.step(`${change} ${ids}`);
        if (["delete", "archive"].includes(change)) {
            ids.forEach((id) => gone.add(id));
        }
        return { count: ids.length, undo_id: 7, counts: {} };
    });
    onRpc("comm.message.undo", "undo", () => {
        gone.clear();
        return 1;
    });
    onRpc("comm.message", "search_read", () => []);
});

async function openWith(settings) {
    const values = { ...DEFAULTS, comm_mark_read: "never", comm_preview_position: "right", ...settings };
    mockService("comm_settings", { settings: values, set: () => {} });
    await openList(withRoles());
}

/** All that says what is meant: row, preview, a button and a key. */
async function expectSubject(id) {
    expect(".o_comm_message_open").toHaveAttribute("data-id", String(id));
    expect(".o_comm_message_cursor").toHaveAttribute("data-id", String(id));
    expect(".o_comm_message_selected").toHaveCount(0);
    expect(".o_comm_preview_subject").toHaveText(`Subject ${id}`);
    await click(tool("reply"));
    await press("f");
    expect.verifySteps([`reply ${id}`, `forward ${id}`]);
}

async function tellNews() {
    getService("comm_news").bus.trigger("news", { folderIds: [10] });
    await animationFrame();
    await animationFrame();
}

describe("with a preview beside the list", () => {
    for (const [key, back] of [
        ["j", "k"],
        ["ArrowDown", "ArrowUp"],
    ]) {
        test(`${key} and ${back} show the next message and the one before, from the list and from anywhere`, async () => {
            await openWith();
            await press(key);
            await waitFor(body(1));
            expect(".o_comm_messages").toBeFocused();
            await expectSubject(1);
            await press(key);
            await advanceTime(300);
            await waitFor(body(2));
            await expectSubject(2);
            queryOne(".o_comm_messages").blur();
            await press(back);
            await waitFor(body(1));
            await expectSubject(1);
        });
    }

    test("from the first moment on, screen, keys and buttons mean the new one", async () => {
        await openWith();
        await openMessage(1);
        reading = new Deferred();
        await press("j");
        await animationFrame();
        expect(".o_comm_message_body").toHaveCount(0);
        expect(".o_comm_message_preview").toHaveText(/Subject 2\s+Sender 2/);
        await expectSubject(2);
        await press("Delete");
        await animationFrame();
        expect.verifySteps(["delete 2"]);
        reading.resolve();
        await waitFor(body(3));
        await expectSubject(3);
    });

    test("a key that is held opens the first and the last, and marks none of them on the way", async () => {
        await openWith({ comm_mark_read: "at_once" });
        // On a busy machine the time between two keys of this test is longer than between those of a person.
        patchWithCleanup(OpenMessage.prototype, {
            get passing() {
                return 60_000;
            },
        });
        const settle = () => advanceTime(60_001);
        for (let count = 0; count < 50; count++) {
            await press("j", { repeat: count > 0 });
        }
        await animationFrame();
        expect(".o_comm_preview_subject").toHaveText("Subject 50");
        expect(read).toEqual([1]);
        await settle();
        await waitFor(body(50));
        expect(read).toEqual([1, 50]);
        await settle();
        expect.verifySteps(["seen 50"]);
    });

    test("who passes a message sooner than it would count as read leaves it unread", async () => {
        await openWith({ comm_mark_read: "later", comm_mark_read_seconds: 2 });
        await press("j");
        await waitFor(body(1));
        await advanceTime(1500);
        await press("j");
        await waitFor(body(2));
        await advanceTime(2500);
        expect.verifySteps(["seen 2"]);
    });

    test("the end of the list is shown as soon as it is here", async () => {
        await openWith();
        await openMessage(1);
        queryOne(".o_comm_messages").focus();
        await press("End");
        await waitFor(messageRow(300));
        await waitFor(body(300));
        await expectSubject(300);
    });

    for (const [key, change] of [
        ["e", "archive"],
        ["Delete", "delete"],
    ]) {
        test(`after ${change} the next one is meant, and after Undo still`, async () => {
            await openWith();
            await openMessage(2);
            await press(key);
            await waitFor(body(3));
            expect.verifySteps([`${change} 2`]);
            await expectSubject(3);
            await contains(".o_notification button:contains(Undo)").click();
            await waitFor(messageRow(2));
            await animationFrame();
            await expectSubject(3);
            await press("k");
            await waitFor(body(2));
            await expectSubject(2);
        });
    }

    test("what arrives above pushes nobody off the message", async () => {
        await openWith();
        await openMessage(2);
        arrived = makeWindow({ offset: 900, limit: 3 }, { total: 1000 }).messages;
        await tellNews();
        await waitFor(messageRow(903));
        await expectSubject(2);
        await press("j");
        await waitFor(body(3));
    });

    test("of a message that vanished, nothing takes the place unasked", async () => {
        await openWith();
        await openMessage(2);
        gone.add(2);
        await tellNews();
        await waitFor(".o_comm_no_message");
        await press("Delete");
        await press("e");
        expect(tool("delete")).toHaveAttribute("title", "Delete: Select a message first.");
        expect.verifySteps([]);
        await press("j");
        await waitFor(body(3));
        await expectSubject(3);
    });

    test("what is selected is what the preview tells of; Escape shows the one at the cursor", async () => {
        await openWith();
        await openMessage(1);
        await click(`${messageRow(4)} .o_comm_avatar`);
        await animationFrame();
        expect(".o_comm_message_body").toHaveCount(0);
        expect(".o_comm_selection_told").toHaveText("1 selected");
        await click(tool("reply"));
        await press("f");
        expect.verifySteps(["reply 4", "forward 4"]);
        await press("Escape");
        await waitFor(body(4));
        await expectSubject(4);
        await contains(messageRow(6)).click({ ctrlKey: true });
        expect(".o_comm_selection_told").toHaveText("2 selected");
        await press("u");
        await contains(".o_comm_select_all").click();
        // Nothing was done about the open one.
        await animationFrame();
        expect.verifySteps(["seen 4,6"]);
        await expectSubject(4);
    });

    test("who selects by keys opens nothing on the way", async () => {
        await openWith();
        await openMessage(1);
        queryOne(".o_comm_messages").focus();
        await press(["shift", "ArrowDown"]);
        await press(["shift", "ArrowDown"]);
        await animationFrame();
        expect(".o_comm_selection_told").toHaveText("3 selected");
        expect(read).toEqual([1]);
        await press("Delete");
        await waitFor(body(4));
        expect.verifySteps(["delete 1,2,3"]);
        await expectSubject(4);
    });
});

describe("without a preview", () => {
    test("keys and buttons are about the row at the cursor, which is marked", async () => {
        await openWith({ comm_preview_position: "off" });
        expect(tool("reply")).toHaveAttribute("aria-disabled", "true");
        await press("j");
        await press("j");
        await animationFrame();
        expect(".o_comm_message_current").toHaveAttribute("data-id", "2");
        expect(getComputedStyle(queryOne(messageRow(2))).backgroundColor).not.toBe(
            getComputedStyle(queryOne(messageRow(3))).backgroundColor
        );
        await click(tool("reply"));
        await press("f");
        await press("Delete");
        await animationFrame();
        expect.verifySteps(["reply 2", "forward 2", "delete 2"]);
        await animationFrame();
        expect(".o_comm_message_current").toHaveAttribute("data-id", "3");
        await contains(".o_notification button:contains(Undo)").click();
        await waitFor(messageRow(2));
        await animationFrame();
        expect(".o_comm_message_current").toHaveAttribute("data-id", "3");
        await press("r");
        expect.verifySteps(["reply 3"]);
        expect(read).toEqual([]);
    });

    test("a message that was left is not meant any more, and none is read where nobody sees it", async () => {
        await openWith({ comm_preview_position: "off", comm_mark_read: "later", comm_mark_read_seconds: 2 });
        await openMessage(2);
        await press("j");
        await waitFor(body(3));
        expect(queryAllTexts(".o_comm_preview_subject")).toEqual(["Subject 3"]);
        await press("Escape");
        await animationFrame();
        expect(".o_comm_message_current").toHaveAttribute("data-id", "3");
        await press("j");
        await press("Delete");
        await animationFrame();
        await advanceTime(5000);
        expect.verifySteps(["delete 4"]);
        expect(".o_comm_message_current").toHaveAttribute("data-id", "5");
        expect(read).toEqual([2, 3]);
    });
});
