import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAll, queryAllTexts, queryOne, resize, scroll, waitFor } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { contains, getService, onRpc } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeFolder,
    makeMessage,
    makePage,
    makeWindow,
    mockReading,
    openList,
    openManager,
    openMessage,
    withRoles,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

const ROW = 76;
const TOTAL = 100_000;
let asked = [];

beforeEach(() => {
    asked = [];
    onRpc("comm.folder", "get_page", ({ kwargs }) => {
        asked.push(kwargs);
        return makeWindow(kwargs, { total: TOTAL });
    });
});

async function scrollTo(index) {
    await scroll(".o_comm_messages", { top: index * ROW });
    await animationFrame();
    await animationFrame();
}

test("a drag marks no text of the page, also where nothing can be moved", async () => {
    await openManager();
    await contains(".o_comm_tree_row:contains(Info)").click();
    await waitFor(".o_comm_message:not([draggable])");
    expect(".o_comm_message:first").toHaveStyle({ userSelect: "none" });
});

test("of 100,000 messages one window is read, and a screenful drawn", async () => {
    await openList();
    expect(asked).toHaveLength(1);
    expect(asked[0]).toInclude(["limit", 50]);
    expect(queryAll(".o_comm_message").length).toBeLessThan(50);
    expect(queryOne(".o_comm_messages").scrollHeight).toBe(TOTAL * ROW);
    expect(".o_comm_list_total").toHaveText("100,000");
});

test("in the middle another window is read, and the rows stand where they belong", async () => {
    await openList();
    await scrollTo(50_000);
    await waitFor(".o_comm_message[data-id='50001']");
    expect(asked.slice(1).map(({ offset }) => offset)).toEqual([50_000]);
    const place = queryOne(".o_comm_message[data-id='50001']").getBoundingClientRect();
    expect(Math.round(place.top - queryOne(".o_comm_messages").getBoundingClientRect().top)).toBe(0);
    expect(".o_comm_message[data-id='50001']").toHaveAttribute("aria-rowindex", "50001");
});

for (const total of [TOTAL, 1_000_000]) {
    test(`on a phone the last of ${total} rows ends above the button for a new message`, async () => {
        onRpc("comm.folder", "get_page", ({ kwargs }) => makeWindow(kwargs, { total }));
        await resize({ width: 380, height: 700 });
        await openManager();
        await contains(".o_comm_tree_row:contains(Inbox)").click();
        const list = await waitFor(".o_comm_messages");
        const below = () => {
            const row = queryOne(`.o_comm_message[data-id='${total}']`);
            return Math.round(list.getBoundingClientRect().bottom - row.getBoundingClientRect().bottom);
        };
        list.focus();
        await press("End");
        await waitFor(`.o_comm_message[data-id='${total}']`);
        expect(below()).toBeWithin(74, 86);
        // Also where the wheel or a finger ends. (Of a million rows, a pixel of the scroll bar stands for five.)
        await scroll(".o_comm_messages", { top: list.scrollHeight });
        await animationFrame();
        expect(below()).toBeWithin(74, 86);
        const button = queryOne(".o_comm_new_floating").getBoundingClientRect();
        expect(button.top).toBeGreaterThan(list.getBoundingClientRect().bottom - below());
    });
}

test("what is still on its way shows as a place, and a late answer for elsewhere changes nothing", async () => {
    const slow = new Deferred();
    onRpc("comm.folder", "get_page", async ({ kwargs }) => {
        if (kwargs.offset === 2000) {
            await slow;
        }
        return makeWindow(kwargs, { total: TOTAL });
    });
    await openList();
    await scrollTo(2000);
    expect(".o_comm_message").toHaveCount(0);
    expect(queryAll(".o_comm_message_placeholder").length).toBeGreaterThan(5);
    await scrollTo(9000);
    await waitFor(".o_comm_message[data-id='9001']");
    slow.resolve();
    await animationFrame();
    expect(".o_comm_message[data-id='9001']").toHaveCount(1);
});

test("small steps ask for nothing twice", async () => {
    await openList();
    for (const index of [5, 10, 15, 10, 0]) {
        await scrollTo(index);
    }
    expect(asked).toHaveLength(1);
});

test("the keyboard walks on into windows that are not here yet", async () => {
    mockReading();
    await openList();
    queryOne(".o_comm_messages").focus();
    await press("j");
    await press("ArrowDown");
    await press("k");
    await animationFrame();
    expect(".o_comm_message_cursor").toHaveAttribute("data-index", "1");
    await press("End");
    await waitFor(".o_comm_message_cursor[data-id='100000']");
    expect(".o_comm_messages").toBeFocused();
    await press("PageUp");
    await press("Home");
    await waitFor(".o_comm_message_cursor[data-id='1']");
});

test("sorts by what is chosen, and the other way round when chosen again", async () => {
    await openList();
    await contains(".o_comm_sort").click();
    expect(queryAllTexts(".o-dropdown-item")).toEqual(["Date", "Sender", "Subject", "Size"]);
    expect(".o-dropdown-item[role=menuitemradio]").toHaveCount(4);
    expect(".o-dropdown-item[aria-checked=true]").toHaveAttribute("data-order", "date");
    expect(".o-dropdown-item .fa-long-arrow-down").toHaveAttribute("aria-label", "descending");
    await contains(".o-dropdown-item[data-order=sender]").click();
    await animationFrame();
    expect(asked.at(-1)).toInclude(["order", "sender"]);
    expect(asked.at(-1)).toInclude(["ascending", true]);
    expect(".o_comm_sort").toHaveText("Sender");
    await contains(".o_comm_sort").click();
    expect(".o-dropdown-item[aria-checked=true]").toHaveText("Sender");
    expect(".o-dropdown-item .fa-check").toHaveCount(1);
    expect(".o-dropdown-item[data-order=sender] .fa-check").toHaveCount(1);
    expect(".o-dropdown-item[data-order=sender] .fa-long-arrow-up").toHaveAttribute("aria-label", "ascending");
    expect(".o-dropdown-item [class*=fa-long-arrow]").toHaveCount(1);
    await contains(".o-dropdown-item[data-order=sender]").click();
    await animationFrame();
    expect(asked.at(-1)).toInclude(["ascending", false]);
    expect(".o_comm_sort .fa-long-arrow-down").toHaveAttribute("aria-label", "descending");
});

test("what is open stays in a filtered list, though reading it makes it read", async () => {
    mockReading();
    onRpc("comm.folder", "get_page", ({ kwargs }) => {
        asked.push(kwargs);
        return makePage([makeMessage(1), makeMessage(2)]);
    });
    await openList();
    await openMessage(2);
    await contains(".o_comm_filter[data-filter=unread]").click();
    await animationFrame();
    await openMessage(1);
    getService("comm_news").bus.trigger("news", { folderIds: [10] });
    await animationFrame();
    await contains(".o_comm_filter[data-filter=unread]").click();
    await animationFrame();
    expect(asked.map(({ filters, kept_id }) => [filters.length, kept_id])).toEqual([
        [0, undefined],
        // Who filters does not ask for what does not fit.
        [1, undefined],
        [1, 1],
        [0, undefined],
    ]);
});

test("folders of written mail are sorted by whom it is to", async () => {
    const tree = withRoles();
    tree.folders.push(makeFolder({ id: 15, name: "Sent", role: "sent" }));
    await openList(tree);
    await contains(".o_comm_tree_row:contains(Sent)").click();
    await animationFrame();
    await contains(".o_comm_sort").click();
    expect(queryAllTexts(".o_comm_order")).toEqual(["Date", "Recipient", "Subject", "Size"]);
});

test("filters add up, and an empty result can be left again", async () => {
    onRpc("comm.folder", "get_page", ({ kwargs }) => {
        asked.push(kwargs);
        return kwargs.filters.length > 1 ? makePage([], { message_count: 3, total: 0 }) : makePage([makeMessage(1)]);
    });
    await openList();
    await contains(".o_comm_filter[data-filter=unread]").click();
    await contains(".o_comm_filter[data-filter=flagged]").click();
    await waitFor(".o_comm_empty:contains(No message matches the filter)");
    expect(asked.at(-1).filters).toEqual(["unread", "flagged"]);
    expect(".o_comm_filter[aria-pressed=true]").toHaveCount(2);
    await contains(".o_comm_clear_filters").click();
    await waitFor(".o_comm_message");
    expect(asked.at(-1).filters).toEqual([]);
});

test("the sender shows by image when it is a contact, else by initials", async () => {
    onRpc("comm.folder", "get_page", () =>
        makePage([
            makeMessage(1, { email_from: '"Anna Maria Müller" <anna@example.com>' }),
            makeMessage(2, { email_from: "info@example.com" }),
            makeMessage(3, { partner_id: 7 }),
            makeMessage(4, { email_from: false }),
        ])
    );
    await openList();
    expect(queryAllTexts(".o_comm_message .o_comm_avatar")).toEqual(["AM", "I", "", "?"]);
    expect(".o_comm_message[data-id='3'] .o_comm_avatar img").toHaveAttribute(
        "data-src",
        /\/web\/image\/res.partner\/7\/avatar_128$/
    );
});
