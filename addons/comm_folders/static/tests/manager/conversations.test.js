import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, press, queryAllTexts, queryOne, waitFor, waitForNone } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { reactive } from "@odoo/owl";
import { contains, getService, mockService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeMessage,
    makePage,
    messageRow,
    mockReading,
    openList,
    treeRow,
} from "@comm_folders/../tests/comm_folders_test_helpers";
import { DEFAULTS } from "@comm_folders/settings/settings_service";

describe.current.tags("desktop");
defineCommModels();

let settings;
let asked = [];
let gone = new Set();
let isAnswered = false;
let untils = [];

function makeConversation(values) {
    return {
        thread: 1,
        count: 3,
        unread: 2,
        is_flagged: false,
        has_attachment: false,
        participants: ['"Anna" <anna@example.com>', "Ben <ben@example.com>"],
        ...values,
    };
}

/** As a row of an open conversation, of which the list shows what lies in folder 10. */
function makePart(id, values, place) {
    return makeMessage(id, {
        place: { folderId: 10, canWrite: true, roles: [], role: "inbox", isFinal: false, ...place },
        ...values,
    });
}

/** Messages that come get greater ids. */
function makeConversations(messages) {
    return { ...makePage(messages), last: isAnswered ? 12 : 11 };
}

/** An answer to the first conversation came. */
async function tellAnswer() {
    isAnswered = true;
    getService("comm_news").bus.trigger("news", { folderIds: [10] });
    await waitFor(messageRow(12));
}

beforeEach(() => {
    asked = [];
    gone = new Set();
    isAnswered = false;
    untils = [];
    settings = reactive({ ...DEFAULTS, comm_conversations: true });
    mockReading();
    mockService("comm_settings", { settings, set: (name, value) => (settings[name] = value) });
    onRpc("comm.message", "mark_seen", ({ args: [[id]] }) => {
        expect.step(`seen ${id}`);
        return true;
    });
    onRpc("comm.folder", "get_move_targets", ({ args: [[id]] }) => {
        expect.step(`targets of ${id}`);
        return [];
    });
    onRpc("comm.folder", "get_page", ({ kwargs }) => {
        asked.push(kwargs);
        const newest = [...(isAnswered ? [12] : []), 3, 2, 1].find((id) => !gone.has(id));
        return kwargs.conversations
            ? makeConversations([
                  ...(newest ? [makeMessage(newest, { is_seen: false, conversation: makeConversation() })] : []),
                  makeMessage(9, { conversation: makeConversation({ thread: 9, count: 1, unread: 0 }) }),
              ])
            : makePage([makeMessage(3, { is_seen: false }), makeMessage(2), makeMessage(1), makeMessage(9)]);
    });
    onRpc("comm.message", "get_conversation", ({ args: [[id]] }) =>
        id === 9
            ? [makePart(9)]
            : [
                  ...(isAnswered ? [makePart(12, { is_seen: false })] : []),
                  makePart(4, { folder_name: "Sent", is_seen: false }, { folderId: 44, mailboxId: 1, role: "sent" }),
                  makePart(3, { is_seen: false }),
                  makePart(2, { is_seen: false }),
                  makePart(1),
              ].filter(({ id: other }) => !gone.has(other))
    );
    onRpc("comm.folder", "change_messages", ({ args: [[folderId], change], kwargs }) => {
        const { ids, conversations = false, until } = kwargs;
        expect.step(`${change} ${ids} ${folderId === 10 ? conversations : `in ${folderId}`}`);
        untils.push(until);
        if (change === "delete" && !conversations) {
            ids.forEach((id) => gone.add(id));
        }
        return { count: conversations ? 3 : ids.length, undo_id: false, counts: {} };
    });
});

test("a row tells who took part, of how many messages, and whether some are unread", async () => {
    await openList();
    expect(`${messageRow(3)} .o_comm_message_from`).toHaveText("Unread:\nAnna, Ben3");
    expect(`${messageRow(3)} .o_comm_conversation_count`).toHaveAttribute("title", "3 messages, 2 of them unread");
    expect(`${messageRow(9)} .o_comm_conversation_count`).toHaveCount(0);
    expect(".o_comm_message_unread").toHaveCount(1);
});

test("dragging a row takes the whole conversation along", async () => {
    await openList();
    patchWithCleanup(DataTransfer.prototype, { setDragImage: (label) => expect.step(label.textContent) });
    const { drop, moveTo } = await contains(messageRow(3)).drag({ dataTransfer: new DataTransfer() });
    expect.verifySteps(["3 messages"]);
    await moveTo(treeRow("Later"));
    await animationFrame();
    await drop();
    await expect.waitForSteps(["move 3 true"]);
    await waitFor(".o_notification:contains(3 messages moved to “Later”.)");
});

test("it is switched above the list, and remembered", async () => {
    await openList();
    expect(".o_comm_conversations").toHaveAttribute("aria-pressed", "true");
    await contains(".o_comm_conversations").click();
    await waitFor(messageRow(1));
    expect(settings.comm_conversations).toBe(false);
    expect(asked.map(({ conversations }) => Boolean(conversations))).toEqual([true, false]);
    await contains(".o_comm_conversations").click();
    await animationFrame();
    expect(messageRow(1)).toHaveCount(0);
});

test("switched off while a message is open, the rest of its conversation stands above it no more", async () => {
    await openList();
    await contains(messageRow(3)).click();
    await waitFor(".o_comm_conversation");
    await expect.waitForSteps(["seen 3"]);
    await contains(".o_comm_conversations").click();
    await waitForNone(".o_comm_conversation");
    await contains(messageRow(2)).click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    await expect.waitForSteps([]);
    expect(".o_comm_conversation").toHaveCount(0);
});

test("sorted by something else, or found by a search, messages stand alone", async () => {
    await openList();
    await contains(".o_comm_sort").click();
    await contains(".o-dropdown-item[data-order=size]").click();
    await waitFor(messageRow(1));
    expect(asked.at(-1)).not.toInclude("conversations");
});

test("opening one shows its newest message, the others folded; each opens by a click", async () => {
    await openList();
    await contains(messageRow(3)).click();
    await waitFor(".o_comm_message_body:contains(Body of 3)");
    await waitFor(".o_comm_conversation");
    expect(queryAllTexts(".o_comm_conversation_from").map((text) => text.replace("Unread:\n", ""))).toEqual([
        "Sender 4",
        "Sender 3",
        "Sender 2",
        "Sender 1",
    ]);
    expect(".o_comm_conversation_row:first .o_comm_message_folder").toHaveText("Sent");
    await animationFrame();
    expect.verifySteps(["seen 3"]);
    expect(".o_comm_conversation_row[aria-current=true]").toHaveText(/Sender 3/);
    await contains(".o_comm_conversation_row:contains(Sender 2)").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    await animationFrame();
    expect.verifySteps(["seen 2"]);
    // The row stays the open one, and is read now.
    expect(messageRow(3)).toHaveClass("o_comm_message_open");
    expect(".o_comm_message_unread").toHaveCount(0);
    await contains(messageRow(9)).click();
    await waitFor(".o_comm_message_body:contains(Body of 9)");
    await animationFrame();
    expect(".o_comm_conversation").toHaveCount(0);
});

test("what is done to a row is done to its conversation, to one opened by itself to that alone", async () => {
    settings.comm_mark_read = "never";
    await openList();
    await contains(messageRow(3)).click();
    await waitFor(".o_comm_conversation");
    await contains(".o_comm_toolbar .o_comm_delete").click();
    await animationFrame();
    await animationFrame();
    await contains(messageRow(3)).click();
    await waitFor(".o_comm_conversation");
    await contains(".o_comm_conversation_row:contains(Sender 2)").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    await contains(".o_comm_toolbar .o_comm_delete").click();
    await animationFrame();
    await contains(messageRow(3)).click({ ctrlKey: true });
    await contains(".o_comm_bulk[data-action=seen]").click();
    expect.verifySteps(["delete 3 true", "delete 2 false", "seen 3 true"]);
});

test("where single messages of the open conversation are deleted, it goes on with the next one, and ends with the last", async () => {
    settings.comm_mark_read = "never";
    await openList();
    await contains(messageRow(3)).click();
    await waitFor(".o_comm_conversation");
    await contains(".o_comm_conversation_row:contains(Sender 3)").click();
    for (const [id, next] of [
        [3, 2],
        [2, 1],
    ]) {
        await press("Delete");
        await waitFor(`.o_comm_message_body:contains(Body of ${next})`);
        await expect.waitForSteps([`delete ${id} false`]);
        await waitFor(messageRow(next));
        await animationFrame();
        expect(messageRow(next)).toHaveClass("o_comm_message_open");
        expect(`.o_comm_conversation_row:contains(Sender ${id})`).toHaveCount(0);
        expect(".o_notification:contains(meanwhile)").toHaveCount(0);
    }
    // What was sent stays.
    await press("Delete");
    await expect.waitForSteps(["delete 1 false"]);
    await waitFor(".o_comm_message_body:contains(Body of 9)");
    expect(messageRow(1)).toHaveCount(0);
});

test("u and s go both ways on a message of a conversation", async () => {
    settings.comm_mark_read = "never";
    await openList();
    await contains(messageRow(3)).click();
    await waitFor(".o_comm_conversation");
    await contains(".o_comm_conversation_row:contains(Sender 2)").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    for (const key of ["u", "u", "s", "s"]) {
        await press(key);
        await animationFrame();
        const row = queryOne(".o_comm_conversation_row[aria-current=true]");
        expect.step(`${row.matches(".fw-bold") ? "unread" : "read"} ${row.querySelectorAll(".fa-star").length}`);
    }
    expect.verifySteps([
        ...["seen 2 false", "read 0", "unseen 2 false", "unread 0"],
        ...["flag 2 false", "unread 1", "unflag 2 false", "unread 0"],
    ]);
});

test("a mark that is set while the conversation is read is not lost", async () => {
    settings.comm_mark_read = "never";
    const reading = new Deferred();
    await openList();
    await contains(messageRow(3)).click();
    await waitFor(".o_comm_conversation");
    onRpc("comm.message", "get_conversation", async () => {
        await reading;
        return [makePart(3), makePart(2)];
    });
    await contains(".o_comm_conversation_row:contains(Sender 2)").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    await press("s");
    await expect.waitForSteps(["flag 2 false"]);
    reading.resolve();
    await waitForNone(".o_comm_conversation_row:contains(Sender 1)");
    expect(".o_comm_conversation_row:contains(Sender 2) .fa-star").toHaveCount(1);
});

test("what is done to a message of the conversation in another folder is done there", async () => {
    await openList();
    await contains(messageRow(3)).click();
    await waitFor(".o_comm_conversation");
    await expect.waitForSteps(["seen 3"]);
    await contains(".o_comm_conversation_row:contains(Sender 4)").click();
    await waitFor(".o_comm_message_body:contains(Body of 4)");
    await expect.waitForSteps(["seen 4"]);
    // Of the three messages here, two were not read.
    expect(`${messageRow(3)} .o_comm_conversation_count`).toHaveAttribute("title", "3 messages, 1 of them unread");
    await press("s");
    await expect.waitForSteps(["flag 4 in 44"]);
    await press("m");
    await expect.waitForSteps(["targets of 44"]);
    await press("Escape");
    await waitForNone(".o_dialog");
    await press("Delete");
    await waitFor(".o_comm_message_body:contains(Body of 3)");
    await expect.waitForSteps(["delete 4 in 44", "seen 3"]);
    await waitForNone(".o_comm_conversation_row:contains(Sender 4)");
    await waitFor(".o_notification:contains(Subject 4. Message deleted.)");
    expect(messageRow(3)).toHaveClass("o_comm_message_open");
});

test("what lies in another folder and may only be read is not changed", async () => {
    onRpc("comm.message", "get_conversation", () => [
        makePart(4, { folder_name: "Sent", is_seen: false }, { folderId: 44, mailboxId: 1, canWrite: false }),
        makePart(3),
    ]);
    await openList();
    await contains(messageRow(3)).click();
    await waitFor(".o_comm_conversation");
    await contains(".o_comm_conversation_row:contains(Sender 4)").click();
    await waitFor(".o_comm_message_body:contains(Body of 4)");
    expect(".o_comm_toolbar .o_comm_delete").toHaveAttribute("title", /You may only read this mailbox/);
    await expect.waitForSteps(["seen 3"]);
});

test("the menu of a row is about the whole conversation, and answers its newest message", async () => {
    mockService("comm_composer", { open: ({ mode, messageId }) => expect.step(`${mode} ${messageId}`) });
    await openList();
    for (const name of ["reply", "delete"]) {
        await click(messageRow(3), { button: 2 });
        await contains(`.o_comm_message_row_menu [data-name=${name}]`).click();
    }
    await expect.waitForSteps(["reply 3", "delete 3 true"]);
});

test("an answer that comes to the open conversation is shown there, and the row stays the open one", async () => {
    settings.comm_mark_read = "never";
    onRpc("comm.message", "search_read", () => [{ id: 3, folder_id: 10 }]);
    await openList();
    await contains(messageRow(3)).click();
    await waitFor(".o_comm_message_body:contains(Body of 3)");
    await waitFor(".o_comm_conversation");
    await tellAnswer();
    await waitFor(".o_comm_conversation_row:contains(Sender 12)");
    expect(".o_comm_message_body").toHaveText(/Body of 3/);
    expect(messageRow(12)).toHaveClass("o_comm_message_open");
    await press("Delete");
    await expect.waitForSteps(["delete 12 true"]);
    expect(untils).toEqual([12]);
});

test("what came to the open conversation and is not shown yet stays", async () => {
    settings.comm_mark_read = "never";
    await openList();
    await contains(messageRow(3)).click();
    await waitFor(".o_comm_conversation");
    isAnswered = true;
    await press("Delete");
    await expect.waitForSteps(["delete 3 true"]);
    expect(untils).toEqual([11]);
    await waitFor(messageRow(12));
});

test("a conversation stays selected when an answer comes to it", async () => {
    await openList();
    await contains(messageRow(3)).click({ ctrlKey: true });
    await contains(messageRow(9)).click({ ctrlKey: true });
    await tellAnswer();
    expect(".o_comm_selected_count").toHaveText("All 2 selected");
    expect(`${messageRow(12)}[aria-selected=true]`).toHaveCount(1);
});

test("a conversation that an answer takes out of sight stays selected", async () => {
    const rows = (ids) => ids.map((id) => makeMessage(id, { conversation: makeConversation({ thread: id }) }));
    let page = rows([20, 21, 22]);
    onRpc("comm.folder", "get_page", () => ({ ...makePage(page, { total: 60 }), last: 99 }));
    onRpc("comm.folder", "get_row_ids", ({ args: [, ids] }) => ids.map((id) => [id, id === 21 ? 30 : id]));
    await openList();
    await contains(messageRow(21)).click({ ctrlKey: true });
    await contains(messageRow(22)).click({ ctrlKey: true });
    page = rows([20, 22]);
    getService("comm_news").bus.trigger("news", { folderIds: [10] });
    await waitForNone(messageRow(21));
    await animationFrame();
    expect(".o_comm_selected_count").toHaveText("2 selected");
    await contains(".o_comm_bulk[data-action=flag]").click();
    await expect.waitForSteps(["flag 30,22 true"]);
});

test("a range begins at the conversation that was clicked, wherever an answer takes it", async () => {
    settings.comm_mark_read = "never";
    const rows = (ids) =>
        ids.map((id) => makeMessage(id, { conversation: makeConversation({ thread: id === 30 ? 21 : id }) }));
    let page = rows([20, 21, 22, 23]);
    onRpc("comm.folder", "get_page", () => ({ ...makePage(page), last: 99 }));
    onRpc("comm.message", "search_read", () => [{ id: 21, folder_id: 10 }]);
    await openList();
    await contains(messageRow(21)).click();
    page = rows([30, 20, 22, 23]);
    getService("comm_news").bus.trigger("news", { folderIds: [10] });
    await waitFor(messageRow(30));
    await contains(messageRow(22)).click({ shiftKey: true });
    await animationFrame();
    expect(".o_comm_selected_count").toHaveText("3 selected");
    expect(`${messageRow(30)}[aria-selected=true]`).toHaveCount(1);
});
