import { describe, expect, getFixture, test } from "@odoo/hoot";
import { click, edit, keyDown, press, queryAllTexts, queryOne, queryText, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockSendBeacon } from "@odoo/hoot-mock";
import { contains, getService, makeServerError, mockService, onRpc } from "@web/../tests/web_test_helpers";
import { defineCommModels } from "@comm_folders/../tests/comm_folders_test_helpers";
import { MAILBOXES, mountDock, serveComposer } from "@comm_folders/../tests/composer/composer_test_helpers";
import { SAVE_AFTER } from "@comm_folders/composer/composer_model";

describe.current.tags("desktop");
defineCommModels();

const toInput = ".o_comm_composer .o_comm_recipients:first .o-autocomplete--input";
const notices = [];

async function openComposer(params, beginning) {
    const server = serveComposer(beginning);
    notices.length = 0;
    mockService("notification", {
        add: (text, options) => {
            notices.push({ text: String(text), ...options });
            return () => {};
        },
    });
    const composer = await mountDock();
    await composer.open(params);
    await animationFrame();
    return server;
}

async function writeTo(text) {
    await click(toInput);
    await edit(text);
    await press("Enter");
    await animationFrame();
}

test("a new message opens in a window at the bottom, with From and signature", async () => {
    await openComposer();
    expect.verifySteps(["compose new"]);
    expect(".o_comm_composer").toHaveCount(1);
    expect(queryText(".o_comm_composer_title")).toBe("New message");
    expect(queryOne(".o_comm_composer_from").value).toBe("1");
    expect(queryText(".o_comm_composer_from option:first-child")).toBe("Anna <anna@example.com>");
    expect(".o_comm_composer_text .o_signature:contains(Anna)").toHaveCount(1);
    expect(toInput).toBeFocused();
});

test("two mailboxes of one address are told apart by their names, the others need none", async () => {
    const twin = { ...MAILBOXES[1], id: 3, name: "Sales (old server)" };
    await openComposer({}, { mailboxes: [...MAILBOXES, twin] });
    expect(queryAllTexts(".o_comm_composer_from option")).toEqual([
        "Anna <anna@example.com>",
        "Sales <sales@example.com> – Sales",
        "Sales <sales@example.com> – Sales (old server)",
    ]);
    expect.verifySteps(["compose new"]);
});

test("addresses become chips, wrong ones are marked and not sent", async () => {
    const server = await openComposer();
    await writeTo("ben@example.com");
    await writeTo("nobody");
    expect(queryAllTexts(".o_comm_chip")).toEqual(["ben@example.com", "nobody"]);
    expect(".o_comm_chip_wrong").toHaveCount(1);
    await contains(".o_comm_composer_send").click();
    expect(server.sent).toHaveLength(0);
    expect(notices[0].text).toInclude("nobody");
    await contains(".o_comm_chip_wrong .o_comm_chip_remove").click();
    expect(queryAllTexts(".o_comm_chip")).toEqual(["ben@example.com"]);
    await click(toInput);
    await press("Backspace");
    await animationFrame();
    expect(".o_comm_chip").toHaveCount(0);
    expect.verifySteps(["compose new"]);
});

test("those known are suggested", async () => {
    await openComposer();
    await click(toInput);
    await edit("be");
    await advanceTime(300);
    await waitFor(".o_comm_suggestions .dropdown-item:contains(ben@example.com)");
    await press("Enter");
    await animationFrame();
    expect(queryAllTexts(".o_comm_chip")).toEqual(["Ben"]);
    expect(queryOne(toInput).value).toBe("");
    expect.verifySteps(["compose new"]);
});

test("the browser's Undo changes no other field than the one in which it is asked for", async () => {
    await openComposer();
    const undo = (target) => {
        const ev = new InputEvent("beforeinput", { inputType: "historyUndo", bubbles: true, cancelable: true });
        return queryOne(target).dispatchEvent(ev);
    };
    await click(".o_comm_composer_subject");
    expect(undo(".o_comm_composer_text")).toBe(false);
    await click(toInput);
    expect(undo(".o_comm_composer_subject")).toBe(false);
    // And the text goes on taking letters.
    expect(".o_comm_composer_text").toHaveAttribute("contenteditable", "true");
    await click(".o_comm_composer_text");
    expect(undo(".o_comm_composer_text")).toBe(true);
    expect.verifySteps(["compose new"]);
});

test("what is written is saved by itself, each time as the same draft", async () => {
    const server = await openComposer();
    await contains(".o_comm_composer_subject").edit("One", { confirm: false });
    expect(server.saved).toHaveLength(0);
    await advanceTime(SAVE_AFTER);
    await animationFrame();
    expect(server.saved).toHaveLength(1);
    expect(queryText(".o_comm_composer_saved")).toBe("Draft saved");
    await contains(".o_comm_composer_subject").edit("Two", { confirm: false });
    await advanceTime(SAVE_AFTER);
    expect(server.saved.map(({ id, subject }) => [id, subject])).toEqual([
        [false, "One"],
        [77, "Two"],
    ]);
    expect(server.saved[0].compose_token).toBe(server.saved[1].compose_token);
    await advanceTime(60000);
    expect(server.saved).toHaveLength(2);
    expect.verifySteps(["compose new"]);
});

test("a draft that was changed in another window goes on as one of its own, and that is told", async () => {
    const server = await openComposer(
        { mode: "draft", messageId: 70 },
        {
            id: 70,
            version: 3,
            subject: "One",
            body_html: '<p>Hi <img src="/web/image/5"></p>',
        }
    );
    onRpc("comm.message", "keep_draft", ({ args: [{ id, version }] }) =>
        id === 70 && version !== 4 ? { id: 71, version: 1, attachments: [], images: [[5, 6]] } : undefined
    );
    const write = async (subject) => {
        await contains(".o_comm_composer_subject").edit(subject, { confirm: false });
        await advanceTime(SAVE_AFTER);
        await animationFrame();
    };
    await write("Two");
    expect(notices.map(({ text, sticky }) => [text, sticky])).toEqual([
        ["“Two” was changed in another window meanwhile. What you wrote here is a message of its own now.", true],
    ]);
    await write("Three");
    expect(notices).toHaveLength(1);
    expect(server.saved.map(({ id, version, subject }) => [id, version, subject])).toEqual([[71, 1, "Three"]]);
    expect(server.saved[0].body_html).toInclude('src="/web/image/6"');
    expect.verifySteps(["compose edit 70"]);
});

test("a draft that cannot be saved says so and is tried again", async () => {
    let failures = 1;
    const server = await openComposer();
    onRpc("comm.message", "keep_draft", () => {
        if (failures-- > 0) {
            throw new Error("down");
        }
        return undefined;
    });
    await contains(".o_comm_composer_subject").edit("One", { confirm: false });
    await advanceTime(SAVE_AFTER);
    await animationFrame();
    expect(".o_comm_composer_saved.text-danger:contains(Not saved)").toHaveCount(1);
    await advanceTime(20000);
    await animationFrame();
    expect(queryText(".o_comm_composer_saved")).toBe("Draft saved");
    expect(server.saved).toHaveLength(1);
    expect.verifySteps(["compose new"]);
});

test("closing keeps what was written, and an untouched window leaves nothing", async () => {
    const server = await openComposer();
    await contains(".o_comm_composer_close").click();
    expect(".o_comm_composer").toHaveCount(0);
    expect(server.saved).toHaveLength(0);
    await openComposer();
    await contains(".o_comm_composer_subject").edit("One", { confirm: false });
    await contains(".o_comm_composer_close").click();
    await animationFrame();
    expect(".o_comm_composer").toHaveCount(0);
    expect.verifySteps(["compose new", "compose new"]);
});

test("Escape closes the window, and what was written is kept as a draft, and said to be", async () => {
    const server = await openComposer();
    await contains(".o_comm_composer_subject").edit("One", { confirm: false });
    await press("Escape");
    await waitForNone(".o_comm_composer");
    expect(server.saved.map(({ subject }) => subject)).toEqual(["One"]);
    expect(notices.map(({ text }) => text)).toEqual(["Draft kept"]);
    // Of nothing, nothing is kept.
    const other = await openComposer();
    queryOne(toInput).focus();
    await press("Escape");
    await waitForNone(".o_comm_composer");
    expect(other.saved).toHaveLength(0);
    expect(notices).toEqual([]);
    expect.verifySteps(["compose new", "compose new"]);
});

test("its keys are the window's alone: what lies below does not hear them", async () => {
    const server = await openComposer({}, { email_to: "ben@example.com", subject: "Hi", body_html: "<p>Hi</p>" });
    const options = { global: true, bypassEditableProtection: true };
    for (const key of ["escape", "control+enter"]) {
        getService("hotkey").add(key, () => expect.step(`below: ${key}`), options);
    }
    queryOne(".o_comm_composer_subject").focus();
    await press("Escape");
    await waitForNone(".o_comm_composer");
    await (await getService("comm_composer")).open();
    await waitFor(".o_comm_composer_subject");
    queryOne(".o_comm_composer_subject").focus();
    await press(["ctrl", "Enter"]);
    await animationFrame();
    expect(server.sent).toHaveLength(1);
    expect.verifySteps(["compose new", "compose new"]);
});

test("Tab leads out of the text, to both sides", async () => {
    await openComposer();
    for (const keys of ["Tab", ["shift", "Tab"]]) {
        queryOne(".o_comm_composer_text").focus();
        await press(keys);
        expect(document.activeElement.closest(".o_comm_composer")).not.toBe(null);
        expect(document.activeElement.closest(".o_comm_composer_text")).toBe(null);
    }
    expect(".o_comm_composer_text .oe-tabs").toHaveCount(0);
    expect.verifySteps(["compose new"]);
});

test("Escape is for what is open in the window first", async () => {
    await openComposer();
    await click(toInput);
    await edit("be");
    await advanceTime(300);
    await waitFor(".o_comm_suggestions .dropdown-item");
    await press("Escape");
    await waitForNone(".o_comm_suggestions .dropdown-item");
    expect(".o_comm_composer").toHaveCount(1);
    await contains(".o_comm_composer_options").click();
    await waitFor(".o-dropdown--menu");
    await press("Escape");
    await waitForNone(".o-dropdown--menu");
    expect(".o_comm_composer").toHaveCount(1);
    await contains(".o_comm_composer_discard").click();
    await waitFor(".modal:contains(Discard this message?)");
    await press("Escape");
    await waitForNone(".modal");
    expect(".o_comm_composer").toHaveCount(1);
    queryOne(".o_comm_composer_subject").focus();
    await press("Escape");
    await waitForNone(".o_comm_composer");
    expect.verifySteps(["compose new"]);
});

test("a draft that cannot be kept leaves the window open", async () => {
    await openComposer();
    onRpc("comm.message", "keep_draft", () => {
        throw makeServerError({ message: "Down" });
    });
    await contains(".o_comm_composer_subject").edit("One", { confirm: false });
    await press("Escape");
    await waitFor(".modal:contains(The draft was not saved)");
    expect(".o_comm_composer").toHaveCount(1);
    expect(notices).toEqual([]);
    expect.verifySteps(["compose new"]);
});

test("closing gives the keyboard back to where the window was opened", async () => {
    serveComposer();
    const { open } = await mountDock();
    const opener = document.createElement("button");
    getFixture().append(opener);
    opener.focus();
    await open();
    await waitFor(".o_comm_composer");
    queryOne(".o_comm_composer input:not([type=file]):first").focus();
    await contains(".o_comm_composer_close").click();
    await waitForNone(".o_comm_composer");
    expect(opener).toBeFocused();
    expect.verifySteps(["compose new"]);
});

test("a page that is closed gives the draft to the browser", async () => {
    await openComposer();
    const beacons = [];
    mockSendBeacon((url, blob) => beacons.push([url, blob]));
    await contains(".o_comm_composer_subject").edit("One", { confirm: false });
    window.dispatchEvent(new Event("beforeunload"));
    expect(beacons).toHaveLength(1);
    const { params } = JSON.parse(await beacons[0][1].text());
    expect(params.method).toBe("keep_draft");
    expect(params.args[0].subject).toBe("One");
    window.dispatchEvent(new Event("beforeunload"));
    expect(beacons).toHaveLength(1);
    expect.verifySteps(["compose new"]);
});

test("discarding asks, and then the draft is gone", async () => {
    const server = await openComposer({ mode: "draft", messageId: 77 }, { id: 77, subject: "Old" });
    await contains(".o_comm_composer_discard").click();
    await contains(".modal button:contains(Keep writing)").click();
    expect(server.discarded).toEqual([]);
    await contains(".o_comm_composer_discard").click();
    await contains(".modal button:contains(Discard)").click();
    expect(server.discarded).toEqual([77]);
    expect(".o_comm_composer").toHaveCount(0);
    expect.verifySteps(["compose edit 77"]);
});

test("sending can be undone, which opens the draft again", async () => {
    const server = await openComposer();
    onRpc("comm.message", "action_undo_send", ({ args: [ids] }) => {
        expect.step(`undo ${ids}`);
        return true;
    });
    await writeTo("ben@example.com");
    await contains(".o_comm_composer_subject").edit("Offer", { confirm: false });
    await contains(".o_comm_composer_send").click();
    expect(".o_comm_composer").toHaveCount(0);
    expect(server.sent).toHaveLength(1);
    expect(server.sent[0]).toInclude("email_to");
    expect(server.sent[0].email_to).toBe("ben@example.com");
    const notice = notices.find(({ buttons }) => buttons?.[0].name.toString() === "Undo");
    await notice.buttons[0].onClick();
    await animationFrame();
    expect(".o_comm_composer").toHaveCount(1);
    expect.verifySteps(["compose new", "undo 77", "compose edit 77"]);
});

test("an Undo that never reached Odoo is offered again, as long as the message has not left", async () => {
    await openComposer();
    let isLost = true;
    onRpc("comm.message", "action_undo_send", () => {
        expect.step("undo");
        return isLost ? new Response("", { status: 502 }) : true;
    });
    await writeTo("ben@example.com");
    await contains(".o_comm_composer_subject").edit("Offer", { confirm: false });
    await contains(".o_comm_composer_send").click();
    const offers = () => notices.filter(({ buttons }) => buttons?.[0].name.toString() === "Undo");
    await expect(offers()[0].buttons[0].onClick()).rejects.toThrow();
    expect(offers()).toHaveLength(2);
    isLost = false;
    await getService("comm_sending").lastStep.undo();
    await animationFrame();
    expect(".o_comm_composer").toHaveCount(1);
    expect(getService("comm_sending").lastStep).toBe(undefined);
    expect.verifySteps(["compose new", "undo", "undo", "compose edit 77"]);
});

test("what cannot be taken back any more goes on its way, and its author learns how that ends", async () => {
    await openComposer();
    onRpc("comm.message", "action_undo_send", () => {
        throw makeServerError({ message: "It has left already." });
    });
    let isUp = false;
    onRpc(
        "/web/dataset/call_kw/comm.message/read",
        async (request) => {
            if (!isUp) {
                throw new Error("Nobody answers");
            }
            const { id } = await request.json();
            const result = [{ id: 77, outgoing_state: "failed", send_error: "Refused", subject: "Offer" }];
            return { id, jsonrpc: "2.0", result };
        },
        { pure: true }
    );
    await writeTo("ben@example.com");
    await contains(".o_comm_composer_subject").edit("Offer", { confirm: false });
    await contains(".o_comm_composer_send").click();
    const notice = notices.find(({ buttons }) => buttons?.[0].name.toString() === "Undo");
    await expect(notice.buttons[0].onClick()).rejects.toThrow();
    await advanceTime(2100);
    const told = () => notices.map(({ text }) => String(text));
    expect(told()).not.toInclude("Refused");
    // Odoo was out of reach when it was asked; that is no answer.
    isUp = true;
    await advanceTime(2100);
    await animationFrame();
    expect(told()).toInclude("Refused");
    expect.verifySteps(["compose new"]);
});

test("a draft that is asked for twice at once opens once", async () => {
    serveComposer({ id: 77, subject: "Old" });
    const composer = await mountDock();
    const [first, second] = await Promise.all([
        composer.open({ mode: "draft", messageId: 77 }),
        composer.open({ mode: "draft", messageId: 77 }),
    ]);
    await animationFrame();
    expect(".o_comm_composer").toHaveCount(1);
    expect(first.id).toBe(second.id);
    expect.verifySteps(["compose edit 77"]);
});

test("doubts are told before it is sent", async () => {
    const server = await openComposer({ to: "ben@example.com", body: "See the attached plan" });
    await contains(".o_comm_composer_send").click();
    expect(queryText(".modal-body")).toInclude("The subject is empty.");
    expect(queryText(".modal-body")).toInclude("nothing is attached");
    await contains(".modal button:contains(Keep writing)").click();
    expect(server.sent).toHaveLength(0);
    await contains(".o_comm_composer_send").click();
    await contains(".modal .btn-primary:contains(Send)").click();
    expect(server.sent).toHaveLength(1);
    expect.verifySteps(["compose new"]);
});

test("another From brings its signature", async () => {
    const server = await openComposer();
    await contains(".o_comm_composer_from").select("2");
    expect(".o_comm_composer_text .o_signature").toHaveCount(1);
    expect(queryText(".o_comm_composer_text .o_signature")).toInclude("Sales");
    await advanceTime(SAVE_AFTER);
    expect(server.saved[0].from_mailbox_id).toBe(2);
    expect(server.saved[0].body_html).toInclude("Sales");
    expect(server.saved[0].body_html).not.toInclude("Anna");
    expect.verifySteps(["compose new"]);
});

test("plain text and back", async () => {
    const server = await openComposer({ body: "Dear Ben" });
    await contains(".o_comm_composer_options").click();
    await contains(".o_comm_composer_toggle_plain").click();
    expect(queryOne("textarea.o_comm_composer_plain").value).toBe("Dear Ben\n\n-- \nAnna");
    await contains("textarea.o_comm_composer_plain").edit("Dear Ben & Carl", { confirm: false });
    await advanceTime(SAVE_AFTER);
    expect(server.saved[0].is_plain).toBe(true);
    expect(server.saved[0].body_text).toBe("Dear Ben & Carl");
    await contains(".o_comm_composer_options").click();
    await contains(".o_comm_composer_toggle_plain").click();
    expect(queryText(".o_comm_composer_text")).toBe("Dear Ben & Carl");
    expect.verifySteps(["compose new"]);
});

test("an answer begins in the text, above what it answers", async () => {
    await openComposer(
        { mode: "reply", messageId: 3 },
        {
            compose_mode: "reply",
            original_id: 3,
            email_to: '"Ben" <ben@example.com>',
            email_cc: "carl@example.com",
            subject: "Re: Offer",
            body_html: '<p><br></p><div class="o_comm_quote"><p>Ben wrote:</p><blockquote>Hi</blockquote></div>',
        }
    );
    expect(queryAllTexts(".o_comm_chip")).toEqual(["Ben", "carl@example.com"]);
    expect(queryText(".o_comm_composer_title")).toBe("Re: Offer");
    expect(".o_comm_composer_text blockquote").toHaveCount(1);
    expect(".o_comm_composer_text").toBeFocused();
    expect.verifySteps(["compose reply 3"]);
});

test("forwarding begins with to whom, and a mail to somebody in the text", async () => {
    const values = { compose_mode: "forward", original_id: 3, subject: "Fwd: Offer" };
    // Typed without a look, a letter would be a command of the screen below.
    await openComposer({ mode: "forward", messageId: 3 }, values);
    expect(toInput).toBeFocused();
    await contains(".o_comm_composer_close").click();
    const composer = getService("comm_composer");
    await composer.open({ to: "ben@example.com" });
    await animationFrame();
    expect(".o_comm_composer_text").toBeFocused();
    expect.verifySteps(["compose forward 3", "compose new"]);
});

test("a link that is quoted is shown without a look where it leads", async () => {
    // What Odoo's own does: the server reads the page, and a search engine is asked for its picture.
    onRpc("/html_editor/link_preview_external", () => expect.step("page read"));
    onRpc("/html_editor/link_preview_internal", () => expect.step("page read"));
    const address = "https://shop.example/confirm?id=7";
    await openComposer(
        { mode: "reply", messageId: 3 },
        { body_html: `<p><br></p><blockquote>Hi, <a href="${address}">click here</a> now</blockquote>` }
    );
    const [words] = [...queryOne(".o_comm_composer_text a").childNodes].filter(({ data }) => data?.includes("click"));
    getSelection().collapse(words, 3);
    await waitFor(".o-we-linkpopover", { timeout: 2000 });
    await animationFrame();
    expect(queryText(".o-we-linkpopover .o_we_url_link")).toBe(address);
    expect(".o-we-linkpopover .fa-globe").toHaveCount(1);
    expect(".o-we-linkpopover img").toHaveCount(0);
    expect.verifySteps(["compose reply 3"]);
});

test("until its window has the keyboard, a mail is opening", async () => {
    serveComposer();
    const composer = await mountDock();
    const opened = composer.open();
    expect(composer.isOpening).toBe(true);
    await opened;
    expect(composer.isOpening).toBe(true);
    await advanceTime(1000);
    expect(composer.isOpening).toBe(false);
    expect.verifySteps(["compose new"]);
});

test("a draft has one window", async () => {
    serveComposer({ id: 77 });
    const composer = await mountDock();
    await composer.open({ mode: "draft", messageId: 77 });
    await composer.open({ mode: "draft", messageId: 77 });
    await animationFrame();
    expect(".o_comm_composer").toHaveCount(1);
    expect.verifySteps(["compose edit 77"]);
});

test("a window folds to its title and unfolds, with what was written", async () => {
    const server = await openComposer();
    await contains(".o_comm_composer_subject").edit("One", { confirm: false });
    await contains(".o_comm_composer_fold").click();
    expect(".o_comm_composer_body:visible").toHaveCount(0);
    await contains(".o_comm_composer_fold").click();
    expect(queryOne(".o_comm_composer_subject").value).toBe("One");
    await contains(".o_comm_composer_size").click();
    expect(".o_comm_composer_large").toHaveCount(1);
    expect(".o_comm_composer_text .o_signature:contains(Anna)").toHaveCount(1);
    await keyDown("Control");
    await advanceTime(SAVE_AFTER);
    expect(server.saved).toHaveLength(1);
    expect(server.saved[0].body_html).toInclude("Anna");
    expect.verifySteps(["compose new"]);
});

test("without an outgoing mailbox it is said what to do", async () => {
    await openComposer({}, { mailboxes: [], from_mailbox_id: false });
    expect(".o_comm_composer").toHaveCount(0);
    expect(notices[0].text).toInclude("no outgoing mailbox");
    expect.verifySteps(["compose new"]);
});
