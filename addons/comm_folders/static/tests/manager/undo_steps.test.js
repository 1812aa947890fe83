import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryOne, waitFor, waitForNone } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { contains, makeServerError, onRpc } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeWindow,
    messageRow,
    mockReading,
    openList,
    withRoles,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

const LOST = ".o_notification:contains(Odoo cannot be reached. Nothing was undone)";
let gone = new Set();
let answer = () => true;

beforeEach(() => {
    gone = new Set();
    answer = () => true;
    mockReading();
    onRpc("comm.folder", "get_page", ({ kwargs }) => {
        const page = makeWindow({ offset: 0, limit: 500 }, { total: 300 });
        const left = page.messages.filter(({ id }) => !gone.has(id));
        const messages = left.slice(kwargs.offset, kwargs.offset + kwargs.limit);
        return { ...page, offset: kwargs.offset, messages, total: left.length };
    });
    onRpc("comm.folder", "change_messages", ({ kwargs: { ids } }) => {
        ids.forEach((id) => gone.add(id));
        return { count: 1, undo_id: 70 + ids[0], counts: {} };
    });
    onRpc("comm.message.undo", "undo", async ({ args: [[id]] }) => {
        expect.step(`undo ${id}`);
        const lost = await answer();
        if (lost instanceof Response) {
            return lost;
        }
        gone.delete(id - 70);
        return 1;
    });
});

/** What comes from whatever stands before Odoo, while that is out of reach. */
const lose = () => new Response("", { status: 502 });

/** Delete these, one after the other. */
async function openAndDelete(...ids) {
    await openList(withRoles());
    for (const id of ids) {
        queryOne(`${messageRow(id)} .o_comm_row_action[data-action=delete]`).click();
        await waitForNone(messageRow(id));
        await waitFor(".o_notification:contains(Message deleted.)");
    }
    await animationFrame();
    queryOne(".o_comm_messages").focus();
}

test("an Undo that never reached Odoo is told, and done when it is asked for again", async () => {
    expect.errors(2);
    await openAndDelete(1);
    answer = lose;
    await press(["ctrl", "z"]);
    await waitFor(LOST);
    expect(".o_notification:contains(Message deleted.)").toHaveCount(0);
    await contains(`${LOST} button:contains(Undo)`).click();
    await expect.waitForSteps(["undo 71", "undo 71"]);
    await waitFor(LOST);
    expect(LOST).toHaveCount(1);
    answer = () => true;
    await press(["ctrl", "z"]);
    await expect.waitForSteps(["undo 71"]);
    await waitFor(messageRow(1));
    expect(LOST).toHaveCount(0);
    // It is undone once.
    await press(["ctrl", "z"]);
    await animationFrame();
    expect.verifySteps([]);
    expect.verifyErrors([/could.*t be established/, /could.*t be established/]);
});

test("Undo pressed again while it is under way waits for that, and does nothing when that is lost", async () => {
    expect.errors(1);
    await openAndDelete(1, 2);
    let slow = new Deferred();
    answer = () => slow;
    await press("z");
    await press("z");
    await animationFrame();
    expect.verifySteps(["undo 72"]);
    slow.resolve(lose());
    await waitFor(LOST);
    await animationFrame();
    expect.verifySteps([]);
    slow = new Deferred();
    const button = queryOne(`${LOST} button.btn-link`);
    button.click();
    button.click();
    await animationFrame();
    expect.verifySteps(["undo 72"]);
    slow.resolve();
    await waitFor(messageRow(2));
    expect(messageRow(1)).toHaveCount(0);
    await press("z");
    await expect.waitForSteps(["undo 71"]);
    await waitFor(messageRow(1));
    expect.verifyErrors([/could.*t be established/]);
});

test("where Odoo undid it and only its answer was lost, the list shows it when it is asked for again", async () => {
    expect.errors(1);
    await openAndDelete(1);
    answer = lose;
    await press("z");
    await waitFor(LOST);
    gone.clear();
    answer = () => Promise.reject(makeServerError({ type: "MissingError" }));
    await press("z");
    await waitFor(messageRow(1));
    await waitFor(".o_notification:contains(This was undone already, or cannot be undone any more.)");
    expect.verifySteps(["undo 71", "undo 71"]);
    expect.verifyErrors([/could.*t be established/]);
});

test("what Odoo refuses to undo is not asked for again", async () => {
    expect.errors(1);
    await openAndDelete(1);
    answer = () => Promise.reject(makeServerError({ message: "too late" }));
    await press("z");
    await waitFor(".o_dialog:contains(too late)");
    await contains(".o_dialog .modal-footer button").click();
    await press(["ctrl", "z"]);
    await animationFrame();
    expect.verifySteps(["undo 71"]);
    expect(LOST).toHaveCount(0);
    expect.verifyErrors(["too late"]);
});
