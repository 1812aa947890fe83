import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, waitFor } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { contains, onRpc } from "@web/../tests/web_test_helpers";
import { defineCommModels, makeMessage, makePage, openManager } from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

const button = ".o_comm_server_search button";
let answer;
let here = [];

beforeEach(() => {
    answer = new Deferred();
    here = [1];
    onRpc("comm.folder", "get_page", ({ kwargs: { search } }) => ({
        ...makePage(here.map((id) => makeMessage(id))),
        has_more: search === "common",
    }));
    onRpc("comm.folder", "search_on_server", async ({ args: [[id], text], kwargs: { whole_mailbox } }) => {
        expect.step(`${id} ${text} ${whole_mailbox}`);
        return answer;
    });
});

async function searchFor(text) {
    await openManager();
    await waitFor(".o_comm_message");
    await contains(".o_comm_search_input").edit(text, { confirm: "enter" });
    await waitFor(".o_comm_server_search");
}

test("what is not here is looked for on the server, and the list shows what came", async () => {
    await searchFor("kitchen");
    await contains(button).click();
    // The list stays usable.
    expect(button).not.toBeEnabled();
    expect(".o_comm_message").toHaveCount(1);
    here = [1, 2, 3];
    answer.resolve({ found: 5, loaded: 2, left: 1, refused: 0 });
    await waitFor(".o_comm_message[data-id='3']");
    expect(".o_comm_server_told").toHaveText("2 messages were loaded. 1 more is there: search again.");
    expect.verifySteps(["10 kitchen false"]);
    // The answer was about that search.
    await contains(".o_comm_search_input").edit("garden", { confirm: "enter" });
    await animationFrame();
    expect(".o_comm_server_told").toHaveText("");
});

test("in the whole mailbox, and when nothing is found", async () => {
    await searchFor("kitchen");
    await contains(".o_comm_scope[data-scope=mailbox]").click();
    expect(button).toHaveText("Search all folders of “Office” on the server, too");
    await contains(button).click();
    answer.resolve({ found: 0, loaded: 0, left: 0, refused: 0 });
    await waitFor(".o_comm_server_told:contains(The server finds nothing else.)");
    expect.verifySteps(["10 kitchen true"]);
});

test("what only Odoo holds, and lists without a search, offer none", async () => {
    await openManager();
    await waitFor(".o_comm_message");
    expect(".o_comm_server_search").toHaveCount(0);
    await contains(".o_comm_tree_row:contains(Later)").click();
    await contains(".o_comm_search_input").edit("kitchen", { confirm: "enter" });
    await animationFrame();
    expect(".o_comm_server_search").toHaveCount(0);
});

test("of a word in very many messages, the list says that there are more", async () => {
    await searchFor("common");
    expect(queryAllTexts(".o_comm_list_total")).toEqual(["more than 1"]);
    onRpc("comm.folder", "get_page_ids", ({ args: [, offset, limit] }) => {
        expect.step([offset, limit]);
        return [1, 2, 3];
    });
    await contains(".o_comm_select_all").click();
    expect.verifySteps([[0, false]]);
    expect(".o_comm_selected_count").toHaveText("3 selected");
});
