import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { Component, reactive, xml } from "@odoo/owl";
import { contains, mockService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeMessage,
    makePage,
    makePreview,
    openManager,
} from "@comm_folders/../tests/comm_folders_test_helpers";
import { MessagePreview } from "@comm_folders/manager/message_preview";
import { DEFAULTS } from "@comm_folders/settings/settings_service";

class FakeBody extends Component {
    static template = xml`<div class="o_comm_message_body">Body of <t t-out="props.messageId"/></div>`;
    static props = ["*"];
}

describe.current.tags("desktop");
defineCommModels();

const rowOf = (id) => `.o_comm_message[data-id='${id}']`;
let settings;
let asked = [];

function makeConversation(values) {
    return {
        count: 3,
        unread: 2,
        is_flagged: false,
        has_attachment: false,
        participants: ['"Anna" <anna@example.com>', "Ben <ben@example.com>"],
        ...values,
    };
}

beforeEach(() => {
    asked = [];
    settings = reactive({ ...DEFAULTS, comm_conversations: true });
    patchWithCleanup(MessagePreview.components, { MessageBody: FakeBody });
    mockService("comm_settings", { settings, set: (name, value) => (settings[name] = value) });
    onRpc("comm.message", "web_read", ({ args: [[id]] }) => [makePreview(id)]);
    onRpc("comm.message", "mark_seen", ({ args: [[id]] }) => {
        expect.step(`seen ${id}`);
        return true;
    });
    onRpc("comm.folder", "get_page", ({ kwargs }) => {
        asked.push(kwargs);
        return kwargs.conversations
            ? makePage([
                  makeMessage(3, { is_seen: false, conversation: makeConversation() }),
                  makeMessage(9, { conversation: makeConversation({ count: 1, unread: 0 }) }),
              ])
            : makePage([makeMessage(3, { is_seen: false }), makeMessage(2), makeMessage(1), makeMessage(9)]);
    });
    onRpc("comm.message", "get_conversation", ({ args: [[id]] }) =>
        id === 9
            ? [makeMessage(9)]
            : [
                  makeMessage(4, { folder_name: "Sent" }),
                  makeMessage(3, { is_seen: false }),
                  makeMessage(2, { is_seen: false }),
                  makeMessage(1),
              ]
    );
    onRpc("comm.folder", "change_messages", ({ args: [, change], kwargs: { ids, conversations = false } }) => {
        expect.step(`${change} ${ids} ${conversations}`);
        return { count: conversations ? 3 : ids.length, undo_id: false, counts: {} };
    });
});

async function openList() {
    await openManager();
    await waitFor(".o_comm_message");
    await animationFrame();
}

test("a row tells who took part, of how many messages, and whether some are unread", async () => {
    await openList();
    expect(`${rowOf(3)} .o_comm_message_from`).toHaveText("Unread:\nAnna, Ben3");
    expect(`${rowOf(3)} .o_comm_conversation_count`).toHaveAttribute("title", "3 messages, 2 of them unread");
    expect(`${rowOf(9)} .o_comm_conversation_count`).toHaveCount(0);
    expect(".o_comm_message_unread").toHaveCount(1);
});

test("it is switched above the list, and remembered", async () => {
    await openList();
    expect(".o_comm_conversations").toHaveAttribute("aria-pressed", "true");
    await contains(".o_comm_conversations").click();
    await waitFor(rowOf(1));
    expect(settings.comm_conversations).toBe(false);
    expect(asked.map(({ conversations }) => Boolean(conversations))).toEqual([true, false]);
    await contains(".o_comm_conversations").click();
    await animationFrame();
    expect(rowOf(1)).toHaveCount(0);
});

test("sorted by something else, or found by a search, messages stand alone", async () => {
    await openList();
    await contains(".o_comm_sort").click();
    await contains(".o-dropdown-item[data-order=size]").click();
    await waitFor(rowOf(1));
    expect(asked.at(-1)).not.toInclude("conversations");
});

test("opening one shows its newest message, the others folded; each opens by a click", async () => {
    await openList();
    await contains(rowOf(3)).click();
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
    expect(rowOf(3)).toHaveClass("o_comm_message_open");
    expect(".o_comm_message_unread").toHaveCount(0);
    await contains(rowOf(9)).click();
    await waitFor(".o_comm_message_body:contains(Body of 9)");
    await animationFrame();
    expect(".o_comm_conversation").toHaveCount(0);
});

test("what is done to a row is done to its conversation, to one opened by itself to that alone", async () => {
    settings.comm_mark_read = "never";
    await openList();
    await contains(rowOf(3)).click();
    await waitFor(".o_comm_conversation");
    await contains(".o_comm_toolbar .o_comm_delete").click();
    await animationFrame();
    await animationFrame();
    await contains(rowOf(3)).click();
    await waitFor(".o_comm_conversation");
    await contains(".o_comm_conversation_row:contains(Sender 2)").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    await contains(".o_comm_toolbar .o_comm_delete").click();
    await animationFrame();
    await contains(rowOf(3)).click({ ctrlKey: true });
    await contains(".o_comm_bulk[data-action=seen]").click();
    expect.verifySteps(["delete 3 true", "delete 2 false", "seen 3 true"]);
});
