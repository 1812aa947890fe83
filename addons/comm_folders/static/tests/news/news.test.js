import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, resize, waitFor } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { contains, getService, mockService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { session } from "@web/session";
import {
    defineCommModels,
    makeMessage,
    makePage,
    makePreview,
    makeTree,
    mockReading,
    openManager,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

let unread = 2;
let asked = 0;

beforeEach(() => {
    unread = 2;
    asked = 0;
    patchWithCleanup(session, {
        comm_badge: { unread: 2, mailboxes: [{ id: 1, name: "Office", unread_count: 2 }] },
    });
    onRpc("comm.mailbox", "get_badge", () => ({
        unread,
        mailboxes: [{ id: 1, name: "Office", unread_count: unread }],
    }));
    onRpc("comm.folder", "get_counts", ({ args: [ids] }) =>
        Object.fromEntries(ids.map((id) => [id, { message_count: 9, unread_count: id === 10 ? unread : 0 }]))
    );
    onRpc("comm.folder", "get_page", () => {
        asked++;
        return makePage(
            Array.from({ length: unread }, (_, position) => makeMessage(position + 1, { is_seen: false })),
            { unread_count: unread }
        );
    });
});

/** What arrives when the server side says something. */
async function arrive(news) {
    for (const callback of listeners) {
        callback(news);
    }
    await advanceTime(1100);
    await animationFrame();
}

const listeners = [];
let tellBadge = undefined;
function listenToBus() {
    listeners.length = 0;
    mockService("bus_service", (env) => {
        return {
            addChannel() {},
            deleteChannel() {},
            addEventListener() {},
            removeEventListener() {},
            forceUpdateChannels() {},
            start: () => Promise.resolve(),
            stop() {},
            send() {},
            subscribe(type, callback) {
                if (type === "comm_folders/news") {
                    listeners.push(callback);
                } else if (type === "comm_folders/badge") {
                    tellBadge = callback;
                }
            },
            unsubscribe() {},
            isActive: true,
            env,
        };
    });
}

test("new mail shows by itself, in the list, the tree and the badge", async () => {
    listenToBus();
    await openManager();
    await waitFor(".o_comm_message");
    expect(".o_comm_message").toHaveCount(2);
    expect(".o_comm_mail_badge_count").toHaveText("2");
    unread = 3;
    await arrive({ folders: [10], new: [{ folder_id: 10, count: 1 }] });
    await animationFrame();
    expect(".o_comm_message").toHaveCount(3);
    expect(".o_comm_tree_row:contains(Inbox):first .o_comm_tree_unread").toHaveText("3");
    expect(".o_comm_mail_badge_count").toHaveText("3");
});

test("what is closed tells the unread mail of all that is in it, as it comes", async () => {
    listenToBus();
    await openManager();
    await waitFor(".o_comm_message");
    const count = (name) => `.o_comm_tree_row:contains(${name}) .o_comm_tree_unread`;
    expect(count("Office")).toHaveCount(0);
    await contains(".o_comm_tree_row:contains(Office) .o_comm_tree_caret").click();
    expect(count("Office")).toHaveText("3");
    expect(count("My folders")).toHaveCount(0);
    await contains(".o_comm_tree_row:contains(My folders)").click();
    expect(count("My folders")).toHaveText("3");
    unread = 6;
    await arrive({ folders: [10], new: [{ folder_id: 10, count: 4 }] });
    expect(count("My folders")).toHaveText("7");
});

test("a mailbox that gets its place while the Manager is there shows its folders and its inbox", async () => {
    listenToBus();
    const tree = makeTree();
    await openManager({ entries: [], mailboxes: [], folders: [] });
    await waitFor(".o_comm_manager_empty");
    onRpc("comm.structure.entry", "get_tree", () => tree);
    await arrive({ folders: [], new: [], structure: true });
    await waitFor(".o_comm_message");
    expect(queryAllTexts(".o_comm_tree_row[aria-level='2']")).toHaveLength(3);
    expect(".o_comm_tree_row:contains(Office)").toHaveAttribute("aria-expanded", "true");
    expect(".o_comm_tree_selected").toHaveText(/^Inbox/);
    // Who closes it finds it closed.
    await contains(".o_comm_tree_row:contains(Office) .o_comm_tree_caret").click();
    await arrive({ folders: [], new: [], structure: true });
    expect(".o_comm_tree_row:contains(Office)").toHaveAttribute("aria-expanded", "false");
});

test("a mailbox whose folders come later shows its inbox then", async () => {
    listenToBus();
    const tree = makeTree();
    await openManager({ ...tree, entries: tree.entries.slice(0, 1), folders: [] });
    await waitFor(".o_comm_tree_row:contains(Office)");
    await contains(".o_comm_tree_row:contains(Office)").click();
    onRpc("comm.structure.entry", "get_tree", () => tree);
    await arrive({ folders: [], new: [], structure: true });
    await waitFor(".o_comm_message");
    expect(".o_comm_list_title").toHaveText("Inbox");
});

test("many commits are one question, and other folders none for the list", async () => {
    listenToBus();
    await openManager();
    await waitFor(".o_comm_message");
    const before = asked;
    for (let commit = 0; commit < 20; commit++) {
        listeners.forEach((callback) => callback({ folders: [10], new: [] }));
    }
    await arrive({ folders: [12], new: [] });
    expect(asked - before).toBe(1);
    await arrive({ folders: [12], new: [] });
    expect(asked - before).toBe(1);
});

test("a folder that is not known yet brings the tree anew", async () => {
    listenToBus();
    const tree = makeTree();
    await openManager(tree);
    await waitFor(".o_comm_message");
    tree.folders.push({ ...tree.folders[0], id: 99, name: "Brand new", role: "" });
    await arrive({ folders: [99], new: [] });
    await waitFor(".o_comm_tree_row:contains(Brand new)");
});

test("who may read something else now gets another tree and badge", async () => {
    listenToBus();
    const tree = makeTree();
    await openManager(tree);
    await waitFor(".o_comm_message");
    tree.entries = tree.entries.filter(({ name }) => name !== "Info");
    unread = 5;
    await arrive({ folders: [], new: [], structure: true });
    expect(".o_comm_tree_row:contains(Info)").toHaveCount(0);
    expect(".o_comm_mail_badge_count").toHaveText("5");
});

test("the list looks for changes as often as the setting says, and not at 0", async () => {
    listenToBus();
    await openManager();
    await waitFor(".o_comm_message");
    const { settings } = getService("comm_settings");
    settings.comm_refresh_interval = 5;
    await animationFrame();
    const before = asked;
    await advanceTime(5100);
    await animationFrame();
    expect(asked).toBe(before + 1);
    settings.comm_refresh_interval = 0;
    await animationFrame();
    await advanceTime(60_000);
    expect(asked).toBe(before + 1);
});

test("desktop notifications are asked for when switched on, and shown when allowed", async () => {
    const shown = [];
    class FakeNotification {
        static permission = "default";
        static requestPermission() {
            expect.step("asked");
            FakeNotification.permission = "granted";
            return Promise.resolve("granted");
        }
        constructor(title, options) {
            shown.push(`${title}: ${options.body}`);
        }
        close() {}
    }
    patchWithCleanup(browser, { Notification: FakeNotification });
    listenToBus();
    await openManager();
    await waitFor(".o_comm_message");
    await arrive({ folders: [10], new: [{ folder_id: 10, count: 1 }] });
    expect(shown).toEqual([]);
    getService("comm_settings").settings.comm_desktop_notification = true;
    await animationFrame();
    expect.verifySteps([]);
    // Some browsers show the question only when something of the user's led to it.
    await contains(".o_comm_list_title").click();
    expect.verifySteps(["asked"]);
    await contains(".o_comm_list_title").click();
    expect.verifySteps([]);
    await arrive({ folders: [10], new: [{ folder_id: 10, count: 2 }] });
    await arrive({ folders: [10], new: [] });
    expect(shown).toEqual(["New mail: 2 new messages"]);
});

test("of one mail the desktop notification tells who and what, and leads to it", async () => {
    const shown = [];
    class FakeNotification {
        static permission = "granted";
        constructor(title, options) {
            shown.push(this);
            Object.assign(this, options, { title });
        }
        close() {}
    }
    patchWithCleanup(browser, { Notification: FakeNotification });
    patchWithCleanup(window, { focus: () => expect.step("to the front") });
    mockReading();
    onRpc("/web/action/load", () => ({ type: "ir.actions.client", tag: "comm_folders.manager", name: "Manager" }));
    onRpc("comm.message", "mark_seen", () => true);
    onRpc("comm.message", "web_read", ({ args: [[id]] }) => [makePreview(id, { folder_id: 12 })]);
    onRpc("comm.message", "search_read", ({ kwargs }) => {
        expect.step(kwargs.domain[0]);
        return [{ id: 5, email_from: '"Ben" <ben@example.com>', subject: "Lunch?", folder_id: 12 }];
    });
    listenToBus();
    await openManager();
    await waitFor(".o_comm_message");
    getService("comm_settings").settings.comm_desktop_notification = true;
    await arrive({ folders: [12], new: [{ folder_id: 12, count: 1 }] });
    expect.verifySteps([["folder_id", "in", [12]]]);
    expect([shown[0].title, shown[0].body]).toEqual(["Ben", "Lunch?"]);
    shown[0].onclick();
    expect.verifySteps(["to the front"]);
    await waitFor(".o_comm_list_title:contains(Alpha)");
    await waitFor(".o_comm_message_body:contains(Body of 5)");
});

test("the badge tells of each mailbox and leads to the Manager", async () => {
    listenToBus();
    await openManager();
    expect(".o_comm_mail_badge").toHaveAttribute("aria-label", "2 unread messages");
    await contains(".o_comm_mail_badge").click();
    expect(queryAllTexts(".o-dropdown-item")).toEqual(["Office\n2", "Communication Manager"]);
    getService("comm_settings").settings.comm_badge = false;
    await animationFrame();
    expect(".o_comm_mail_badge").toHaveCount(0);
});

describe("a line of the badge opens the Manager at that mailbox", () => {
    const line = (name) => `.o_comm_mail_badge_mailbox:contains(${name})`;
    let tree;

    beforeEach(() => {
        tree = makeTree();
        patchWithCleanup(session, {
            comm_badge: {
                unread: 3,
                mailboxes: [
                    { id: 1, name: "Office", unread_count: 2 },
                    { id: 2, name: "Info", unread_count: 1 },
                ],
            },
        });
        onRpc("comm.folder", "get_page", ({ args: [[folderId]] }) => makePage([makeMessage(folderId)]));
        onRpc("/web/action/load", () => ({ type: "ir.actions.client", tag: "comm_folders.manager", name: "Manager" }));
        listenToBus();
    });

    async function chooseLine(name) {
        await contains(".o_comm_mail_badge").click();
        await contains(line(name)).click();
    }

    test("from the Manager, where another one was open", async () => {
        await openManager(tree);
        await waitFor(".o_comm_message[data-id='10']");
        await chooseLine("Info");
        await waitFor(".o_comm_message[data-id='20']");
        expect(".o_comm_tree_selected").toHaveText(/Info/);
        expect(".o_comm_pane_list .o_comm_list_title + div").toHaveText("Info");
        await chooseLine("Office");
        await waitFor(".o_comm_message[data-id='10']");
    });

    test("below a place that was closed, by its inbox alone where the mailbox has no place of its own", async () => {
        tree.entries = tree.entries.filter(({ name }) => name !== "Info");
        tree.entries.push({
            id: 9,
            scope: "personal",
            parent_id: 2,
            name: "Requests",
            mailbox_id: false,
            folder_id: 20,
        });
        await openManager(tree);
        await waitFor(".o_comm_message[data-id='10']");
        expect(".o_comm_tree_row:contains(Requests)").toHaveCount(1);
        await contains(".o_comm_tree_row:contains(Later) .o_comm_tree_caret").click();
        expect(".o_comm_tree_row:contains(Requests)").toHaveCount(0);
        await chooseLine("Info");
        await waitFor(".o_comm_message[data-id='20']");
        expect(".o_comm_tree_selected").toHaveText(/Requests/);
    });

    test("a mailbox without a place says so", async () => {
        tree.entries = tree.entries.filter(({ name }) => name !== "Info");
        await openManager(tree);
        await chooseLine("Info");
        await waitFor(".o_notification:contains(“Info” has no place in your folders yet.)");
        await waitFor(".o_comm_message[data-id='10']");
    });

    test("on a phone it opens its list", async () => {
        await resize({ width: 380, height: 700 });
        await openManager(tree);
        await chooseLine("Info");
        await waitFor(".o_comm_message[data-id='20']");
        expect(".o_comm_pane_list").toBeVisible();
        expect(".o_comm_pane_tree").not.toBeVisible();
    });
});

test("the badge follows at once when other mailboxes shall count", async () => {
    listenToBus();
    await openManager();
    tellBadge({ unread: 7, mailboxes: [{ id: 2, name: "Info", unread_count: 7 }] });
    await animationFrame();
    expect(".o_comm_mail_badge_count").toHaveText("7");
});

test("who has no mail gets no badge", async () => {
    listenToBus();
    patchWithCleanup(session, { comm_badge: undefined });
    await openManager();
    expect(".o_comm_mail_badge").toHaveCount(0);
});
