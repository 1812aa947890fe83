import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { waitFor } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { contains, makeServerError, mockService, onRpc } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeFolder,
    makePage,
    makeTree,
    openManager,
    treeRow,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

const BUSY = {
    errorName: "odoo.addons.comm_mailboxes.sync.lease.MailboxBusy",
    message: "“Office” is being fetched right now. Try again in a moment.",
};
const notifications = [];
// What the next tries to fetch are answered with; after these there is nothing new.
let refusals = [];

beforeEach(() => {
    notifications.length = 0;
    refusals = [];
    mockService("notification", {
        add: (text) => {
            notifications.push(String(text));
            return () => {};
        },
    });
    onRpc("comm.folder", "get_page", () => makePage([]));
    onRpc("comm.folder", "fetch_mail", ({ args: [[id]] }) => {
        expect.step(`fetch ${id}`);
        const refusal = refusals.shift();
        if (refusal) {
            throw makeServerError(refusal);
        }
        return 0;
    });
    return openManager({
        ...makeTree(),
        folders: [
            makeFolder({ id: 10, name: "Inbox", role: "inbox" }),
            makeFolder({ id: 11, name: "Sent", role: "sent", is_unfetched: true }),
            makeFolder({ id: 12, name: "Fetched" }),
        ],
    });
});

test("a folder that was never fetched is fetched when it is opened, once", async () => {
    await contains(treeRow("Fetched")).click();
    await contains(treeRow("Sent")).click();
    await animationFrame();
    expect.verifySteps(["fetch 11"]);
    expect(notifications).toEqual(["No new messages in “Sent”."]);
});

test("that such a folder cannot be fetched is told by the way, and the next time tries again", async () => {
    refusals = [{ message: "The server accepts no connections" }];
    await contains(treeRow("Sent")).click();
    await expect.waitForSteps(["fetch 11"]);
    await animationFrame();
    expect(notifications).toEqual(["The server accepts no connections"]);
    expect(".modal").toHaveCount(0);
    await contains(treeRow("Inbox")).click();
    await contains(treeRow("Sent")).click();
    await expect.waitForSteps(["fetch 11"]);
});

test("while the mailbox is busy, with what was done just before or the automatic fetch, it waits and tells nothing", async () => {
    refusals = [BUSY, BUSY];
    await contains(treeRow("Sent")).click();
    await expect.waitForSteps(["fetch 11"]);
    await advanceTime(1000);
    await expect.waitForSteps(["fetch 11"]);
    expect(notifications).toEqual([]);
    await waitFor(`${treeRow("Sent")} .fa-spin`);
    await advanceTime(2000);
    await expect.waitForSteps(["fetch 11"]);
    await animationFrame();
    expect(notifications).toEqual(["No new messages in “Sent”."]);
});

test("it does not wait for ever", async () => {
    refusals = Array(14).fill(BUSY);
    await contains(treeRow("Sent")).click();
    for (let second = 0; second < 70; second++) {
        await advanceTime(1000);
    }
    expect.verifySteps(Array(14).fill("fetch 11"));
    expect(notifications).toEqual([BUSY.message]);
});

test("whoever goes on to another folder does not wait for it, and the next time tries again", async () => {
    refusals = [BUSY];
    await contains(treeRow("Sent")).click();
    await expect.waitForSteps(["fetch 11"]);
    await contains(treeRow("Inbox")).click();
    await advanceTime(60000);
    expect.verifySteps([]);
    expect(notifications).toEqual([]);
    await contains(treeRow("Sent")).click();
    await expect.waitForSteps(["fetch 11"]);
});
