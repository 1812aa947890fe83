import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryOne, waitFor } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { contains, onRpc } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeMessage,
    makePage,
    makePlace,
    makePreview,
    messageRow,
    mockReading,
    openManager,
    openMessage,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

let asked = [];
let slow = {};

beforeEach(() => {
    asked = [];
    slow = {};
    onRpc("comm.folder", "get_page", async ({ kwargs }) => {
        const { search, scope } = kwargs;
        asked.push(search && `${search} in ${scope}`);
        await slow[search];
        if (search === "nothing") {
            return makePage([], { message_count: 2, total: 0 });
        }
        const isWide = search && scope !== "folder";
        const places = isWide ? { 12: makePlace({ folderId: 12, name: "Office / Alpha" }) } : {};
        const message = makeMessage(1, { subject: search || "All", ...(isWide && { folder_id: 12 }) });
        return { ...makePage([message]), places };
    });
});

async function type(text, pause = 300) {
    await contains(".o_comm_search_input").edit(text, { confirm: false });
    await advanceTime(pause);
    await animationFrame();
}

test("results come while one types, one question for several letters", async () => {
    await openManager();
    await waitFor(".o_comm_message");
    await type("kitchen");
    expect(asked).toEqual(["", "kitchen in folder"]);
    expect(".o_comm_message_subject").toHaveText("kitchen");
    expect(queryAllTexts(".o_comm_scope")).toEqual(["This folder", "This mailbox", "Everywhere"]);
});

test("a slow answer for what was typed before is dropped", async () => {
    await openManager();
    await waitFor(".o_comm_message");
    slow.kit = new Deferred();
    await type("kit");
    await type("kitchen");
    slow.kit.resolve();
    await animationFrame();
    expect(".o_comm_message_subject").toHaveText("kitchen");
});

test("elsewhere, rows tell where they lie", async () => {
    await openManager();
    await waitFor(".o_comm_message");
    await type("kitchen");
    expect(".o_comm_message_folder").toHaveCount(0);
    await contains(".o_comm_scope[data-scope=everywhere]").click();
    await animationFrame();
    expect(asked.at(-1)).toBe("kitchen in everywhere");
    expect(".o_comm_message_folder").toHaveText("Office / Alpha");
});

test("Escape brings the folder back, arrow down leads into the list, another folder starts anew", async () => {
    await openManager();
    await waitFor(".o_comm_message");
    await type("kitchen");
    queryOne(".o_comm_search_input").focus();
    await press("ArrowDown");
    expect(".o_comm_messages").toBeFocused();
    queryOne(".o_comm_search_input").focus();
    await press("Escape");
    await animationFrame();
    expect(".o_comm_search_input").toHaveValue("");
    expect(".o_comm_message_subject").toHaveText("All");
    // Nothing is left to empty.
    await press("Escape");
    expect(".o_comm_messages").toBeFocused();
    await type("kitchen");
    await contains(".o_comm_tree_row:contains(Later)").click();
    await animationFrame();
    expect(asked.at(-1)).toBe("");
    expect(".o_comm_search_input").toHaveValue("");
});

test("nothing found says so and leads back", async () => {
    await openManager();
    await waitFor(".o_comm_message");
    await type("nothing");
    expect(".o_comm_empty p:contains(Nothing found)").toHaveCount(1);
    await contains(".o_comm_clear_filters").click();
    await waitFor(".o_comm_message");
    // The box follows the list, a rendering later.
    await animationFrame();
    await animationFrame();
    expect(".o_comm_search_input").toHaveValue("");
});

test("what is not understood is told at the head of the list, until it is corrected", async () => {
    const problem = "“ist:blau” is not understood. Write for example ist:ungelesen";
    onRpc("comm.folder", "get_page", ({ kwargs: { search } }) =>
        search === "ist:blau" ? { ...makePage([], { total: 0 }), problem } : undefined
    );
    await openManager();
    await waitFor(".o_comm_message");
    await type("ist:blau", 1100);
    expect("[role=status] .o_comm_search_problem").toHaveText(problem);
    expect(".o_comm_empty p").toHaveText("Nothing was searched");
    // The server would not know it, either.
    expect(".o_comm_server_search").toHaveCount(0);
    await type("kitchen");
    await waitFor(".o_comm_server_search");
    expect(".o_comm_search_problem").toHaveCount(0);
    await type("ist:blau", 1100);
    await contains(".o_comm_tree_row:contains(Later)").click();
    await animationFrame();
    expect(".o_comm_search_problem").toHaveCount(0);
});

test("half an operator is no question yet, and no mistake", async () => {
    await openManager();
    await waitFor(".o_comm_message");
    await type("from:", 5000);
    await type("kitchen before:20");
    expect(asked).toEqual([""]);
    await type("kitchen before:2027 ");
    expect(asked).toEqual(["", "kitchen before:2027 in folder"]);
    // Whoever asks for it is told.
    await type("from:");
    await press("Enter");
    await animationFrame();
    expect(asked.at(-1)).toBe("from: in folder");
});

test("the message tells in which folder it was found, and shows it", async () => {
    mockReading();
    onRpc("comm.message", "web_read", ({ args: [[id]] }) => [makePreview(id, { folder_id: 12 })]);
    await openManager();
    await type("kitchen");
    await contains(".o_comm_scope[data-scope=everywhere]").click();
    await waitFor(`${messageRow(1)} .o_comm_message_folder`);
    await openMessage(1);
    expect(".o_comm_preview_folder").toHaveText("Folder: Office / Alpha");
    await contains(".o_comm_preview_folder button").click();
    await waitFor(".o_comm_list_title:contains(Alpha)");
    await animationFrame();
    expect(".o_comm_search_input").toHaveValue("");
    expect(".o_comm_tree_selected").toHaveText(/Alpha/);
    await waitFor(".o_comm_message_body:contains(Body of 1)");
    // Nothing to say any more: it is the open folder.
    expect(".o_comm_preview_folder").toHaveCount(0);
});

test("a folder that has no place in the tree is only named", async () => {
    mockReading();
    onRpc("comm.folder", "get_page", ({ kwargs: { search } }) => ({
        ...makePage([makeMessage(1, search && { folder_id: 70 })]),
        places: { 70: makePlace({ folderId: 70, name: "Sales / Inbox" }) },
    }));
    onRpc("comm.message", "web_read", ({ args: [[id]] }) => [makePreview(id, { folder_id: 70 })]);
    await openManager();
    await type("kitchen");
    await contains(".o_comm_scope[data-scope=everywhere]").click();
    await waitFor(`${messageRow(1)} .o_comm_message_folder`);
    await openMessage(1);
    expect(".o_comm_preview_folder").toHaveText("Folder: Sales / Inbox");
    expect(".o_comm_preview_folder button").toHaveCount(0);
});

test("what is not indexed yet is told, indexed, and searched again by itself", async () => {
    let waiting = 5001;
    let isBusy = true;
    onRpc("comm.folder", "get_page", ({ kwargs: { search } }) => ({
        ...makePage(waiting ? [] : [makeMessage(7)]),
        unsearched: search ? waiting : 0,
    }));
    onRpc("comm.folder", "index_for_search", ({ args: [[id]], kwargs: { search, scope } }) => {
        expect.step(`${id} ${search} ${scope}`);
        if (isBusy) {
            isBusy = waiting !== 1200;
            waiting = 1200;
            return 0;
        }
        waiting = waiting === 1200 ? 1 : 0;
        return 600;
    });
    await openManager();
    await type("quagga");
    await waitFor(".o_comm_unsearched");
    expect(".o_comm_unsearched").toHaveText(
        "More than 5,000 messages are still being prepared for the search. What is found in them is added by itself."
    );
    await advanceTime(2000);
    await animationFrame();
    expect(".o_comm_unsearched").toHaveText(
        "1,200 messages are still being prepared for the search. What is found in them is added by itself."
    );
    expect(".o_comm_empty p").toHaveText("Nothing found yet");
    // The scheduled action was at it: a little later each time.
    expect.verifySteps(["10 quagga folder", "10 quagga folder"]);
    await advanceTime(2000);
    await waitFor(".o_comm_message[data-id='7']");
    expect.verifySteps(["10 quagga folder", "10 quagga folder"]);
    expect(".o_comm_unsearched").toHaveCount(0);
});

test("who searches for something else, or leaves, has nothing else indexed", async () => {
    onRpc("comm.folder", "get_page", ({ kwargs: { search } }) => ({
        ...makePage([]),
        unsearched: search ? 5 : 0,
    }));
    onRpc("comm.folder", "index_for_search", ({ args: [[id]] }) => {
        expect.step(id);
        return 0;
    });
    await openManager();
    await type("quagga");
    await waitFor(".o_comm_unsearched");
    expect.verifySteps([10]);
    await contains(".o_comm_tree_row:contains(Later)").click();
    await animationFrame();
    expect(".o_comm_unsearched").toHaveCount(0);
    await advanceTime(10000);
    expect.verifySteps([]);
});
