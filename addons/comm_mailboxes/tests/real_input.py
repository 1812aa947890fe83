import json
from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests.common import ChromeBrowser

# What a page under test writes to its console to have the browser do, followed by JSON: [[method, parameters], ...]
MARK = "comm-input:"

# Helpers of such a page. Keys and clicks come from the browser itself: Tab goes where the browser goes, and a click into a
# frame is one, which no script of the page could do.
SCRIPT = """
const KEYS = { Tab: 9, Enter: 13, Escape: 27, " ": 32, PageUp: 33, PageDown: 34, End: 35, Home: 36, ArrowLeft: 37,
    ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, Delete: 46, ContextMenu: 93, F10: 121, Control: 17 };
const MODIFIERS = { Alt: 1, Control: 2, Meta: 4, Shift: 8 };
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const send = (...commands) => console.log("comm-input:" + JSON.stringify(commands));

async function until(what, check) {
    for (let time = 0; time < 600; time++) {
        const found = check();
        if (found) {
            return found;
        }
        await pause(100);
    }
    throw new Error(`Not so: ${what}; the focus is on ${describe(document.activeElement)}`);
}
const there = (selector) => until(`${selector} is there`, () => document.querySelector(selector));
const gone = (selector) => until(`${selector} is gone`, () => !document.querySelector(selector));
const focused = (selector) =>
    until(`${selector} has the focus`, () => document.activeElement?.matches(selector) && document.activeElement);
const describe = (element) => `${element?.tagName} ${element?.className} ${element?.getAttribute("aria-label") || ""}`;

async function press(key, ...held) {
    const modifiers = held.reduce((sum, name) => sum + MODIFIERS[name], 0);
    const isText = key.length === 1 && !modifiers;
    const windowsVirtualKeyCode = KEYS[key] || key.toUpperCase().charCodeAt(0);
    const event = { key, code: KEYS[key] ? key : `Key${key.toUpperCase()}`, windowsVirtualKeyCode, modifiers };
    const text = key === "Enter" ? "\\r" : isText ? key : undefined;
    send(
        ["Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", ...event, ...(text && { text }) }],
        ["Input.dispatchKeyEvent", { type: "keyUp", ...event }]
    );
    await pause(150);
}

/**
 * What `mark` marks, by way of the clipboard: nobody else can look into a frame of another origin, which has a process of its
 * own, so that it takes its time.
 */
async function marked(mark) {
    const field = document.createElement("textarea");
    const enter = (text) => {
        document.body.append(field);
        field.value = text;
        field.focus();
        field.select();
    };
    enter("nothing");
    await edit("c", "copy");
    field.remove();
    await mark();
    await edit("c", "copy");
    for (let time = 0; time < 20 && ["", "nothing"].includes(field.value.trim()); time++) {
        await pause(300);
        enter("");
        await edit("v", "paste");
    }
    field.remove();
    return field.value;
}

async function edit(key, command) {
    const code = key.toUpperCase().charCodeAt(0);
    const event = { key, code: `Key${key.toUpperCase()}`, windowsVirtualKeyCode: code, modifiers: 2 };
    await press("Control");
    send(
        ["Input.dispatchKeyEvent", { type: "rawKeyDown", ...event, commands: [command] }],
        ["Input.dispatchKeyEvent", { type: "keyUp", ...event }]
    );
    await pause(300);
}

/** From one place within an element to another, with the button held. */
async function drag(element, from, to) {
    const { left, top } = element.getBoundingClientRect();
    const at = ({ x, y }, button = "left") => ({ x: left + x, y: top + y, button, buttons: 1, clickCount: 1 });
    send(
        ["Input.dispatchMouseEvent", { type: "mouseMoved", ...at(from, "none"), buttons: 0 }],
        ["Input.dispatchMouseEvent", { type: "mousePressed", ...at(from) }],
        ["Input.dispatchMouseEvent", { type: "mouseMoved", ...at(to) }],
        ["Input.dispatchMouseEvent", { type: "mouseReleased", ...at(to), buttons: 0 }]
    );
    await pause(300);
}

/** At a place within an element, by default its middle. */
async function clickAt(element, { x = element.clientWidth / 2, y = element.clientHeight / 2, button = "left" } = {}) {
    const place = element.getBoundingClientRect();
    const at = { x: place.left + x, y: place.top + y, button, clickCount: 1 };
    send(
        ["Input.dispatchMouseEvent", { type: "mouseMoved", ...at, button: "none" }],
        ["Input.dispatchMouseEvent", { type: "mousePressed", ...at }],
        ["Input.dispatchMouseEvent", { type: "mouseReleased", ...at }]
    );
    await pause(300);
}
"""


@contextmanager
def real_input():
    """Let the page under test press keys and click as a user does, by ``SCRIPT``."""
    tell = ChromeBrowser._handle_console

    def handle(browser, type, args=None, **kw):
        [text, *_rest] = [arg.get("value") for arg in args or []] or [None]
        if not isinstance(text, str) or not text.startswith(MARK):
            return tell(browser, type, args=args, **kw)
        for method, params in json.loads(text.removeprefix(MARK)):
            browser._websocket_send(method, params=params)
        return None

    with patch.object(ChromeBrowser, "_handle_console", handle):
        yield
