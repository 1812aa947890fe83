import { beforeEach, describe, expect, getFixture, test } from "@odoo/hoot";
import {
    click,
    manuallyDispatchProgrammaticEvent,
    press,
    queryOne,
    resize,
    waitFor,
    waitForNone,
} from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { contains, getService, mountWebClient, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeMessage,
    makePage,
    makeTree,
    messageRow,
    mockReading,
    openList,
    openManager,
    openMessage,
    treeRow,
    withRoles,
} from "@comm_folders/../tests/comm_folders_test_helpers";
import { useBodyFocus } from "@comm_folders/manager/body_focus";

describe.current.tags("desktop");
defineCommModels();

let left = [];

beforeEach(() => {
    left = [1, 2];
    mockReading();
    onRpc("comm.folder", "get_page", () => makePage(left.map((id) => makeMessage(id))));
    onRpc("comm.folder", "change_messages", ({ args: [, change], kwargs: { ids = [] } }) => {
        expect.step(`${change} ${ids}`);
        left = left.filter((id) => !ids.includes(id));
        return { count: ids.length || 1, undo_id: 9, counts: {} };
    });
    onRpc("comm.folder", "get_move_targets", () => [{ id: 13, name: "Archive", path: "Archive", is_shared: false }]);
});

/** Pick by the keyboard, as who has no mouse. */
async function focus(selector) {
    queryOne(selector).focus();
    await animationFrame();
}

describe("the Manager that just came", () => {
    const enter = () =>
        getService("action").doAction({ type: "ir.actions.client", tag: "comm_folders.manager", name: "Test" });

    beforeEach(() => {
        onRpc("comm.structure.entry", "get_tree", () => makeTree());
        return mountWebClient();
    });

    test("has the keyboard, and not the button of the bar that led to it", async () => {
        await focus(".o_navbar_apps_menu button");
        await enter();
        expect(".o_comm_message_list").toBeFocused();
        await waitFor(".o_comm_message");
        // It has chosen no message.
        await press("Delete");
        await press("j");
        await animationFrame();
        expect(".o_comm_messages").toHaveAttribute("aria-activedescendant", "o_comm_message_1");
        await press("?");
        await waitFor(".modal .o_comm_keys");
    });

    test("has it, too, where it is opened once more", async () => {
        await enter();
        await focus(".o_navbar_apps_menu button");
        await enter();
        expect(".o_comm_pane_list :is(.o_comm_messages, .o_comm_message_list):focus").toHaveCount(1);
    });

    test("has it where there is no mail yet", async () => {
        onRpc("comm.structure.entry", "get_tree", () => ({ entries: [], mailboxes: [], folders: [] }));
        await focus(".o_navbar_apps_menu button");
        await enter();
        expect(".o_comm_manager_empty").toBeFocused();
    });

    test("takes it from nobody who writes, and out of no menu", async () => {
        const input = document.createElement("input");
        getFixture().append(input);
        input.focus();
        await enter();
        expect(input).toBeFocused();
        input.remove();
        const answer = new Deferred();
        onRpc("comm.structure.entry", "get_tree", async () => {
            await answer;
            return makeTree();
        });
        const opened = enter();
        await contains(".o_navbar_apps_menu button").click();
        await waitFor(".o-dropdown--menu");
        answer.resolve();
        await opened;
        expect(".o_comm_manager :focus").toHaveCount(0);
    });
});

test("a button that goes with what it did leaves the keyboard in the list", async () => {
    await openList(withRoles());
    await contains(messageRow(1)).click({ ctrlKey: true });
    await focus(".o_comm_bulk[data-action=archive]");
    await press("Enter");
    await waitForNone(messageRow(1));
    expect(".o_comm_messages").toBeFocused();
    await press("Delete");
    await waitFor(".o_comm_empty");
    expect.verifySteps(["archive 1", "delete 2"]);
    // Of an emptied list nothing is left to walk in, but the next Tab goes on from here.
    expect(".o_comm_message_list").toBeFocused();
});

test("what the mouse does on a row leaves the keyboard in the list, at that row where none is open", async () => {
    left = [1, 2, 3, 4];
    await openList(withRoles());
    for (const [button, step] of [
        [".o_comm_flag", "flag 2"],
        [".o_comm_row_action[data-action=seen]", "unseen 2"],
    ]) {
        await click(`${messageRow(2)} ${button}`);
        await animationFrame();
        expect.verifySteps([step]);
        expect(".o_comm_messages").toBeFocused();
        expect(".o_comm_messages").toHaveAttribute("aria-activedescendant", "o_comm_message_2");
    }
    await click(`${messageRow(2)} .o_comm_row_action[data-action=delete]`);
    await waitForNone(messageRow(2));
    await press("Enter");
    // The row that took its place, and not its button.
    await waitFor(".o_comm_message_body:contains(Body of 3)");
    expect.verifySteps(["delete 2"]);
    // Keys go on being about the open one.
    await click(`${messageRow(4)} .o_comm_flag`);
    await animationFrame();
    expect(".o_comm_messages").toBeFocused();
    expect(".o_comm_messages").toHaveAttribute("aria-activedescendant", "o_comm_message_3");
    await press("u");
    await animationFrame();
    expect.verifySteps(["flag 4", "unseen 3"]);
});

test("after a click on a button of the toolbar, arrows and Delete are about the messages", async () => {
    await openList(withRoles());
    await openMessage(1);
    await focus(".o_comm_tool.o_comm_print");
    await press("ArrowDown");
    await animationFrame();
    expect(".o_comm_messages").toBeFocused();
    expect(".o_comm_messages").toHaveAttribute("aria-activedescendant", "o_comm_message_2");
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    await focus(".o_comm_tool.o_comm_print");
    await press("Delete");
    await waitForNone(messageRow(2));
    expect.verifySteps(["delete 2"]);
});

test("the dialog to move gives the keyboard back to where it was opened", async () => {
    await openList(withRoles());
    await focus(".o_comm_messages");
    await press("m");
    await waitFor(".o_comm_move_dialog");
    expect(".o_comm_move_search").toBeFocused();
    await press("Escape");
    await waitForNone(".o_comm_move_dialog");
    expect(".o_comm_messages").toBeFocused();
    await press("m");
    await waitFor(".o_comm_target");
    await press("Enter");
    await waitForNone(messageRow(1));
    expect.verifySteps(["move 1"]);
    expect(".o_comm_messages").toBeFocused();
});

test("a row of the tree that goes leaves the keyboard in the tree", async () => {
    const tree = makeTree();
    onRpc("comm.folder", "delete_on_server", () => {
        tree.folders = tree.folders.filter(({ id }) => ![11, 12].includes(id));
        return true;
    });
    await openManager(tree);
    await focus(treeRow("Projects"));
    await press(["shift", "F10"]);
    await contains(".o-dropdown-item:contains(Delete)").click();
    await contains(".modal .btn-primary").click();
    await waitForNone(treeRow("Projects"));
    await advanceTime(100);
    expect(document.activeElement).toHaveAttribute("role", "treeitem");
});

test("a name is asked and the keyboard is back on the folder", async () => {
    onRpc("comm.folder", "create_subfolder", () => [99]);
    await openManager();
    await focus(treeRow("Projects"));
    await press("ContextMenu");
    await contains(".o-dropdown-item:contains(New folder)").click();
    await contains(".o_comm_name_dialog input").edit("Kitchen", { confirm: "enter" });
    await waitForNone(".modal");
    await advanceTime(100);
    expect(treeRow("Projects")).toBeFocused();
});

test("Escape goes from the message back to the list", async () => {
    await openList();
    await openMessage(1);
    await focus(".o_comm_head_toggle");
    await press("Escape");
    expect(".o_comm_messages").toBeFocused();
});

test("on a phone the keyboard goes along from pane to pane", async () => {
    await resize({ width: 380, height: 700 });
    await openManager();
    await focus(`${treeRow("Inbox")}:first`);
    await press("Enter");
    await animationFrame();
    expect(".o_comm_messages").toBeFocused();
    await press("ArrowDown");
    await press("Enter");
    await waitFor(".o_comm_message_body");
    await animationFrame();
    expect(".o_comm_message_preview").toBeFocused();
    await press("Escape");
    await animationFrame();
    expect(".o_comm_messages").toBeFocused();
});

test("the panes follow each other in the order in which they stand", async () => {
    await openList();
    await openMessage(1);
    const order = [".o_comm_tool", "[role=treeitem]", ".o_comm_search_input", ".o_comm_filter", ".o_comm_messages"];
    const stops = [...document.querySelectorAll("button, input, [tabindex='0']")].filter(
        (element) => element.tabIndex >= 0 && element.checkVisibility()
    );
    const places = [...order, ".o_comm_head_toggle"].map((selector) =>
        stops.findIndex((element) => element.matches(`${selector}`))
    );
    expect(places).toEqual([...places].sort((first, second) => first - second));
    expect(Math.min(...places)).toBeGreaterThan(-1);
    // One stop each: the arrows walk within.
    for (const selector of ["[role=treeitem]", ".o_comm_messages, .o_comm_messages button"]) {
        expect(stops.filter((element) => element.matches(selector))).toHaveLength(1);
    }
});

describe("the frame of a message", () => {
    class Pane extends Component {
        static template = xml`
            <article tabindex="-1" class="pane"><iframe t-ref="frame" class="frame" srcdoc="Text"/></article>
            <button class="beside">Beside</button>`;
        static props = [];
        setup() {
            useBodyFocus({
                get el() {
                    return document.querySelector(".frame");
                },
            });
        }
    }

    /** As a click into the frame has it: hoot's pages have no focus of the window to lose. */
    async function clickInto() {
        queryOne(".frame").focus();
        await manuallyDispatchProgrammaticEvent(window, "blur");
        await advanceTime(1);
    }

    beforeEach(() => mountWithCleanup(Pane));

    test("a click into it leaves the keyboard around it", async () => {
        await clickInto();
        expect(".pane").toBeFocused();
    });

    test("who clicks again works with the text", async () => {
        await clickInto();
        await clickInto();
        expect(".frame").toBeFocused();
        await manuallyDispatchProgrammaticEvent(queryOne(".beside"), "pointerover");
        expect(".pane").toBeFocused();
    });

    test("and has the keys again a moment later, also where the mouse stays", async () => {
        await clickInto();
        await clickInto();
        await advanceTime(2000);
        expect(".frame").toBeFocused();
        await advanceTime(1000);
        expect(".pane").toBeFocused();
    });

    test("after another key a click is the first one again", async () => {
        await clickInto();
        await press("u");
        await clickInto();
        expect(".pane").toBeFocused();
    });

    test("who comes by Tab stays there", async () => {
        queryOne(".pane").focus();
        await press("Tab");
        await clickInto();
        expect(".frame").toBeFocused();
    });

    test("it is lent the keys that copy, and has those that scroll", async () => {
        await clickInto();
        await press("Control");
        expect(".frame").toBeFocused();
        await advanceTime(2000);
        expect(".pane").toBeFocused();
        await press("PageDown");
        await advanceTime(2000);
        expect(".frame").toBeFocused();
    });

    test("it is lent no Ctrl once something else was done: Ctrl+Z takes that back", async () => {
        await clickInto();
        await press("Delete");
        await press("Control");
        expect(".pane").toBeFocused();
        await clickInto();
        await manuallyDispatchProgrammaticEvent(queryOne(".beside"), "pointerdown");
        await press("Control");
        expect(".pane").toBeFocused();
    });
});
