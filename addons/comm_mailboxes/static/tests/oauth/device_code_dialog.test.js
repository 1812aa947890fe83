import { describe, expect, test } from "@odoo/hoot";
import { click, queryOne } from "@odoo/hoot-dom";
import { Deferred, advanceTime, animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    makeServerError,
    mockService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";

import { browser } from "@web/core/browser/browser";
import { MainComponentsContainer } from "@web/core/main_components_container";

import { DeviceCodeDialog } from "@comm_mailboxes/oauth/device_code_dialog";

describe.current.tags("desktop");
// The client's services ask for them.
defineMailModels();

const WAITING = { state: "waiting", text: "" };
const INTERVAL = 5000;

/** Codes 1, 2, ... are handed out one after the other; `answers` to the questions whether they were entered. */
async function open(answers = [], { seconds = 900 } = {}) {
    let number = 0;
    onRpc("comm.mailbox", "oauth_begin_device", ({ args }) => {
        number++;
        expect.step(`begin ${args}`);
        return {
            key: `key ${number}`,
            user_code: `CODE-${number}`,
            address: "https://login.example.com/device",
            account: "ben@example.com",
            seconds,
            interval: INTERVAL / 1000,
        };
    });
    onRpc("comm.mailbox", "oauth_poll_device", async ({ args }) => {
        expect.step(`poll ${args}`);
        const answer = await answers.shift();
        if (answer instanceof Error) {
            throw answer;
        }
        return answer || WAITING;
    });
    mockService("notification", { add: (text, { type }) => expect.step(`${type}: ${text}`) });
    await mountWithCleanup(MainComponentsContainer);
    getService("dialog").add(
        DeviceCodeDialog,
        { mailboxId: 7, name: "Office", provider: "Microsoft" },
        { onClose: () => expect.step("closed") }
    );
    await animationFrame();
    await animationFrame();
}

async function later(milliseconds = INTERVAL) {
    await advanceTime(milliseconds);
    await animationFrame();
}

test("shows the code, the address, and copies the code", async () => {
    patchWithCleanup(browser, {
        navigator: { clipboard: { writeText: async (text) => expect.step(`copied ${text}`) } },
    });
    await open();
    expect(".modal-title").toHaveText("Sign in with a code: Office");
    expect(".o_comm_device_user_code").toHaveText("CODE-1");
    expect(".o_comm_device_address").toHaveText("https://login.example.com/device");
    expect(queryOne(".o_comm_device_todo").textContent).toInclude("sign in as ben@example.com.");
    expect(".o_comm_device_address").toHaveAttribute("href", "https://login.example.com/device");
    expect(".o_comm_device_address").toHaveAttribute("target", "_blank");
    expect(queryOne(".o_comm_device_address").rel).toInclude("noopener");
    await contains(".modal .o_clipboard_button").click();
    expect.verifySteps(["begin 7", "copied CODE-1"]);
});

test("notices success by itself", async () => {
    await open([WAITING, WAITING, { state: "done", text: "Signed in as anna@lab.test." }]);
    await later(INTERVAL / 2);
    expect.verifySteps(["begin 7"]);
    await later();
    await later();
    await later();
    expect.verifySteps([
        "poll 7,key 1",
        "poll 7,key 1",
        "poll 7,key 1",
        "success: Signed in as anna@lab.test.",
        "closed",
    ]);
    expect(".modal").toHaveCount(0);
    await later(10 * INTERVAL);
    expect.verifySteps([]);
});

test("a code that nobody entered in time, and a new one", async () => {
    await open([], { seconds: 8 });
    await later();
    expect(".o_comm_device_user_code").toHaveText("CODE-1");
    await later();
    expect.verifySteps(["begin 7", "poll 7,key 1", "poll 7,key 1"]);
    expect(".modal .alert-danger").toHaveText("The code has expired. Ask for a new one.");
    expect(".o_comm_device_user_code").toHaveCount(0);
    await later(10 * INTERVAL);
    expect.verifySteps([]);
    await contains(".modal button:contains(New code)").click();
    await animationFrame();
    expect(".o_comm_device_user_code").toHaveText("CODE-2");
    expect(".modal .alert-danger").toHaveCount(0);
    await later();
    expect.verifySteps(["begin 7", "poll 7,key 2"]);
});

test("what the provider refuses is told", async () => {
    await open([{ state: "failed", text: "You declined at Microsoft. <b>x</b>" }]);
    await later();
    expect(".modal .alert-danger").toHaveText("You declined at Microsoft. <b>x</b>");
    expect(".modal button:contains(New code)").toHaveCount(1);
    expect.verifySteps(["begin 7", "poll 7,key 1"]);
});

test("what is refused at the beginning is told, and can be tried again", async () => {
    let isDown = true;
    onRpc("comm.mailbox", "oauth_begin_device", () => {
        if (isDown) {
            throw makeServerError({ type: "UserError", message: "The identity server cannot be reached." });
        }
        return { key: "k", user_code: "CODE", address: "https://login.example.com/", seconds: 900, interval: 5 };
    });
    await mountWithCleanup(MainComponentsContainer);
    getService("dialog").add(DeviceCodeDialog, { mailboxId: 7, name: "Office", provider: "Microsoft" });
    await animationFrame();
    await animationFrame();
    expect(".modal .alert-danger").toHaveText("The identity server cannot be reached.");
    isDown = false;
    await contains(".modal button:contains(New code)").click();
    await animationFrame();
    expect(".o_comm_device_user_code").toHaveText("CODE");
});

test("settings that were changed meanwhile end it", async () => {
    await open([makeServerError({ type: "UserError", message: "The settings were changed." })]);
    await later();
    expect(".modal .alert-danger").toHaveText("The settings were changed.");
    expect.verifySteps(["begin 7", "poll 7,key 1"]);
});

test("it goes on when the identity server, or Odoo, does not answer for a while", async () => {
    await open([
        { state: "waiting", text: "The identity server cannot be reached." },
        { state: "done", text: "Signed in." },
    ]);
    let isAway = false;
    onRpc("/web/dataset/call_kw/comm.mailbox/oauth_poll_device", () => {
        if (!isAway) {
            return undefined;
        }
        expect.step("Odoo is away");
        return new Response("", { status: 502 });
    });
    await later();
    expect(".modal .alert-warning").toHaveText("The identity server cannot be reached.");
    expect(".o_comm_device_user_code").toHaveText("CODE-1");
    isAway = true;
    await later();
    expect(".modal .alert-warning").toHaveCount(0);
    expect(".o_comm_device_user_code").toHaveText("CODE-1");
    isAway = false;
    await later();
    expect.verifySteps(["begin 7", "poll 7,key 1", "Odoo is away", "poll 7,key 1", "success: Signed in.", "closed"]);
});

/** Records what the dialog does by itself: once it is closed, its calls end nowhere, so the server's side tells nothing. */
function watch() {
    patchWithCleanup(DeviceCodeDialog.prototype, {
        wait() {
            expect.step("waits");
            super.wait();
        },
        poll(key) {
            expect.step("asks");
            return super.poll(key);
        },
    });
}

async function cancel() {
    await click(".modal-footer button:contains(Cancel)");
    await animationFrame();
    expect(".modal").toHaveCount(0);
}

test("who cancels between two questions is asked no more", async () => {
    watch();
    await open();
    await later();
    expect.verifySteps(["begin 7", "waits", "asks", "poll 7,key 1", "waits"]);
    await cancel();
    await later(10 * INTERVAL);
    expect.verifySteps(["closed"]);
});

for (const [name, outcome] of [
    ["is answered", WAITING],
    ["is refused", makeServerError({ type: "UserError", message: "Somebody signed out." })],
    ["succeeds", { state: "done", text: "Signed in as anna@lab.test." }],
]) {
    test(`who cancels during a question is asked no more when it ${name}`, async () => {
        watch();
        const answer = new Deferred();
        await open([answer]);
        await later();
        // Nothing has come back yet.
        expect.verifySteps(["begin 7", "waits", "asks", "poll 7,key 1"]);
        await cancel();
        answer.resolve(outcome);
        await later(10 * INTERVAL);
        expect.verifySteps(["closed"]);
    });
}

test("who cancels while Odoo is away is asked no more", async () => {
    watch();
    const answer = new Deferred();
    await open();
    onRpc("/web/dataset/call_kw/comm.mailbox/oauth_poll_device", async () => {
        expect.step("Odoo is away");
        await answer;
        return new Response("", { status: 502 });
    });
    await later();
    expect.verifySteps(["begin 7", "waits", "asks", "Odoo is away"]);
    await cancel();
    answer.resolve();
    await later(10 * INTERVAL);
    expect.verifySteps(["closed"]);
});
