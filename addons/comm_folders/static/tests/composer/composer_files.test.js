import { describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryOne, queryRect, queryText, waitFor, waitUntil } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, delay } from "@odoo/hoot-mock";
import { contains, mockService, onRpc } from "@web/../tests/web_test_helpers";
import { Domain } from "@web/core/domain";
import { defineCommModels } from "@comm_folders/../tests/comm_folders_test_helpers";
import { mountDock, serveComposer } from "@comm_folders/../tests/composer/composer_test_helpers";
import { ComposerFiles, dataUrlToBlob } from "@comm_folders/composer/composer_files";
import { SAVE_AFTER } from "@comm_folders/composer/composer_model";

describe.current.tags("desktop");
defineCommModels();

const MB = 1024 * 1024;
const notices = [];

/** Uploads end when the test says so. */
function mockUploads() {
    const uploads = [];
    mockService("file_upload", {
        upload: async (route, files, { buildFormData }) => {
            const data = new FormData();
            buildFormData(data);
            const xhr = new EventTarget();
            Object.assign(xhr, {
                upload: new EventTarget(),
                status: 200,
                abort: () => xhr.dispatchEvent(new Event("abort")),
            });
            uploads.push({
                route,
                file: files[0],
                data,
                progress: (loaded, total) => {
                    const event = new Event("progress");
                    Object.assign(event, { loaded, total });
                    xhr.upload.dispatchEvent(event);
                },
                endWith: (text) => {
                    xhr.responseText = text;
                    xhr.dispatchEvent(new Event("load"));
                },
                end: (answer) => {
                    xhr.responseText = JSON.stringify([answer]);
                    xhr.dispatchEvent(new Event("load"));
                },
            });
            return { xhr };
        },
    });
    mockService("notification", { add: (text) => notices.push(String(text)) });
    return uploads;
}

test("an upload that a page answers, since its author was logged out, ends and says so", async () => {
    const uploads = mockUploads();
    serveComposer();
    await (await mountDock()).open();
    await attach(file("plan.pdf"));
    uploads[0].endWith("<!DOCTYPE html><title>Log in</title>");
    await animationFrame();
    expect(".o_comm_composer_upload").toHaveCount(0);
    expect(notices.at(-1)).toInclude("“plan.pdf”: It was not uploaded.");
    expect.verifySteps(["compose new"]);
});

async function attach(...files) {
    await contains(".o_comm_composer_attach").click();
    await contains(".o-dropdown-item:contains(Files of this device)").click();
    const input = queryOne(".o_comm_composer_file_input");
    const transfer = new DataTransfer();
    files.forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
    input.dispatchEvent(new Event("change"));
    await animationFrame();
}

const file = (name, size = 3) => new File([new Uint8Array(size)], name, { type: "application/pdf" });

test("an upload shows how far it is and is attached when it is there", async () => {
    const uploads = mockUploads();
    const server = serveComposer();
    await (await mountDock()).open();
    await attach(file("plan.pdf"));
    expect(queryText(".o_comm_composer_upload")).toInclude("plan.pdf");
    expect(uploads[0].route).toBe("/web/binary/upload_attachment");
    expect(uploads[0].data.get("model")).toBe("comm.message");
    uploads[0].progress(1, 4);
    await animationFrame();
    expect(queryOne(".o_comm_composer_upload progress").value).toBe(25);
    await contains(".o_comm_composer_send").click();
    expect(server.sent).toHaveLength(0);
    uploads[0].end({ id: 9, filename: "plan.pdf", mimetype: "application/pdf", size: 3 });
    await waitFor(".o_comm_composer_file:contains(plan.pdf)");
    expect(".o_comm_composer_upload").toHaveCount(0);
    await advanceTime(SAVE_AFTER);
    expect(server.saved[0].attachment_ids).toEqual([9]);
    await contains(".o_comm_composer_file_remove").click();
    await advanceTime(SAVE_AFTER);
    expect(server.saved[1].attachment_ids).toEqual([]);
    expect.verifySteps(["compose new"]);
});

/** What a browser tells of files that are dragged, dropped or pasted. */
function dispatch(type, target, ...files) {
    const data = new DataTransfer();
    files.forEach((each) => data.items.add(each));
    const { x, y } = queryRect(target);
    const options = { bubbles: true, cancelable: true, clientX: x + 5, clientY: y + 5 };
    const event =
        type === "paste"
            ? new ClipboardEvent(type, { ...options, clipboardData: data })
            : new DragEvent(type, { ...options, dataTransfer: data });
    queryOne(target).dispatchEvent(event);
    return event;
}

test("files that are dragged over the window are attached where they are dropped", async () => {
    const uploads = mockUploads();
    const server = serveComposer();
    await (await mountDock()).open();
    await waitFor(".o_comm_composer_text");
    // Odoo's chatter has a place to drop on that must not cover the window.
    dispatch("dragenter", ".o_comm_composer_text", file("plan.pdf"));
    dispatch("dragover", ".o_comm_composer_text", file("plan.pdf"));
    await animationFrame();
    expect(".o_comm_composer_dock").toHaveClass("o_comm_composer_above");
    expect(".o_comm_composer_drop").toHaveCount(1);
    const dropped = dispatch("drop", ".o_comm_composer_text", file("plan.pdf"), file("map.pdf"));
    expect(dropped.defaultPrevented).toBe(true);
    await animationFrame();
    expect(".o_comm_composer_dock").not.toHaveClass("o_comm_composer_above");
    expect(".o_comm_composer_drop").toHaveCount(0);
    expect(uploads.map((upload) => upload.file.name)).toEqual(["plan.pdf", "map.pdf"]);
    uploads[0].end({ id: 9, filename: "plan.pdf", mimetype: "application/pdf", size: 3 });
    uploads[1].end({ id: 10, filename: "map.pdf", mimetype: "application/pdf", size: 3 });
    await waitFor(".o_comm_composer_file:contains(map.pdf)");
    await advanceTime(SAVE_AFTER);
    expect(server.saved.at(-1).attachment_ids).toEqual([9, 10]);
    expect.verifySteps(["compose new"]);
});

test("files of records are offered, but none of those that are attached already", async () => {
    mockUploads();
    const dialogs = [];
    mockService("dialog", { add: (dialog, props) => dialogs.push(props) });
    serveComposer({ attachments: [{ id: 5, name: "a.pdf", mimetype: "application/pdf", file_size: 3 }] });
    await (await mountDock()).open({ resModel: "res.partner", resId: 7 });
    await contains(".o_comm_composer_attach").click();
    await contains(".o-dropdown-item:contains(Files of Odoo)").click();
    const { domain } = dialogs[0];
    const takes = (values) =>
        new Domain(domain).contains({
            id: 6,
            type: "binary",
            res_model: "res.partner",
            res_id: 7,
            res_field: false,
            comm_is_source: false,
            comm_content_id: false,
            ...values,
        });
    expect(takes({})).toBe(true);
    for (const other of [
        { id: 5 },
        { type: "url" },
        { res_model: "ir.ui.view" },
        { res_id: 0 },
        { res_field: "image_1920" },
        { comm_is_source: true },
        { comm_content_id: "image@x" },
    ]) {
        expect(takes(other)).toBe(false, { message: JSON.stringify(other) });
    }
    const ofRecord = new Domain(dialogs[0].dynamicFilters[0].domain);
    expect(ofRecord.contains({ res_model: "res.partner", res_id: 7 })).toBe(true);
    expect.verifySteps(["compose new"]);
});

test("a pasted document is attached, and in plain text a picture, too", async () => {
    const uploads = mockUploads();
    serveComposer({ is_plain: true });
    await (await mountDock()).open();
    await waitFor(".o_comm_composer_plain");
    const picture = new File([new Uint8Array(3)], "image.png", { type: "image/png" });
    expect(dispatch("paste", ".o_comm_composer_plain", picture).defaultPrevented).toBe(true);
    expect(dispatch("paste", ".o_comm_composer_plain", file("plan.pdf")).defaultPrevented).toBe(true);
    expect(uploads.map((upload) => upload.file.name)).toEqual(["image.png", "plan.pdf"]);
    expect.verifySteps(["compose new"]);
});

const PIXEL = dataUrlToBlob(
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
);
const PICTURE = new File([PIXEL], "map.png", { type: "image/png" });

/** As long as Odoo's editor takes to put a picture that it was given into the text. */
const editorIsDone = () => delay(100);

test("a picture that is dropped on the text is attached, and put into the text by nobody", async () => {
    const uploads = mockUploads();
    serveComposer();
    await (await mountDock()).open();
    await waitFor(".o_comm_composer_text p");
    dispatch("drop", ".o_comm_composer_text p:first", PICTURE);
    await editorIsDone();
    expect(uploads.map((upload) => upload.file.name)).toEqual(["map.png"]);
    expect(".o_comm_composer_text img").toHaveCount(0);
    expect.verifySteps(["compose new"]);
});

test("of a document and a picture pasted together, one is attached, and the other is put into the text", async () => {
    const uploads = mockUploads();
    serveComposer();
    await (await mountDock()).open();
    await waitFor(".o_comm_composer_text p");
    await click(".o_comm_composer_text p:first");
    dispatch("paste", ".o_comm_composer_text p:first", file("plan.pdf"), PICTURE);
    await waitFor(".o_comm_composer_text img");
    await waitUntil(() => uploads.length === 2);
    expect(uploads.map((upload) => upload.file.type)).toEqual(["application/pdf", "image/png"]);
    expect.verifySteps(["compose new"]);
});

function chooseImages(...files) {
    const transfer = new DataTransfer();
    files.forEach((each) => transfer.items.add(each));
    const input = queryOne(".o_comm_composer_image_input");
    input.files = transfer.files;
    input.dispatchEvent(new Event("change"));
}

test("what no mail shows as a picture is not put into the text, and the author is told", async () => {
    const uploads = mockUploads();
    notices.length = 0;
    serveComposer();
    await (await mountDock()).open();
    await waitFor(".o_comm_composer_text");
    const svg = new File(["<svg xmlns='http://www.w3.org/2000/svg'/>"], "logo.svg", { type: "image/svg+xml" });
    const broken = new File([PIXEL.slice(0, 40)], "broken.png", { type: "image/png" });
    chooseImages(svg, broken, PICTURE);
    await waitUntil(() => uploads.length);
    expect(uploads.map((upload) => upload.file.name)).toEqual(["map.png"]);
    expect(notices.length).toBe(2);
    expect(notices[0]).toInclude("“logo.svg” cannot be shown");
    expect(notices[1]).toInclude("“broken.png” cannot be shown");
    expect.verifySteps(["compose new"]);
});

test("the picture button puts a picture into the text, and into plain text an attachment", async () => {
    const uploads = mockUploads();
    const server = serveComposer();
    await (await mountDock()).open();
    await waitFor(".o_comm_composer_text");
    const choose = async () => {
        const before = uploads.length;
        chooseImages(PICTURE);
        await waitUntil(() => uploads.length > before);
        const id = 20 + uploads.length;
        uploads.at(-1).end({ id, filename: "map.png", mimetype: "image/png", size: 3 });
        await animationFrame();
        await animationFrame();
    };
    await choose();
    expect(".o_comm_composer_text img[alt='map.png']").toHaveCount(1);
    await advanceTime(SAVE_AFTER);
    expect(server.saved.at(-1).attachment_ids).toEqual([]);
    expect(server.saved.at(-1).body_html).toInclude("/web/image/21");
    await contains(".o_comm_composer_options").click();
    await contains(".o_comm_composer_toggle_plain").click();
    await contains(".modal .btn-primary").click();
    await waitFor(".o_comm_composer_plain");
    await choose();
    await advanceTime(SAVE_AFTER);
    expect(server.saved.at(-1).attachment_ids).toEqual([22]);
    expect.verifySteps(["compose new"]);
});

test("an upload can be given up, and one that the server refuses says why", async () => {
    const uploads = mockUploads();
    notices.length = 0;
    serveComposer();
    await (await mountDock()).open();
    await attach(file("one.pdf"), file("two.pdf"));
    expect(".o_comm_composer_upload").toHaveCount(2);
    await contains(".o_comm_composer_upload:first button").click();
    uploads[1].end({ error: "You may not." });
    await animationFrame();
    await animationFrame();
    expect(".o_comm_composer_files").toHaveCount(0);
    expect(notices.some((text) => text.includes("You may not."))).toBe(true);
    expect.verifySteps(["compose new"]);
});

test("what the draft made of a file is what is saved from then on", async () => {
    mockUploads();
    const server = serveComposer({
        attachments: [{ id: 5, name: "theirs.pdf", mimetype: "application/pdf", file_size: 3 }],
    });
    onRpc("comm.message", "keep_draft", ({ args: [values] }) => {
        server.saved.push(values);
        return { id: 77, attachments: values.attachment_ids.map((id) => [id, id === 5 ? 50 : id]) };
    });
    await (await mountDock()).open();
    await contains(".o_comm_composer_subject").edit("One", { confirm: false });
    await advanceTime(SAVE_AFTER);
    await contains(".o_comm_composer_subject").edit("Two", { confirm: false });
    await advanceTime(SAVE_AFTER);
    expect(server.saved.map((values) => values.attachment_ids)).toEqual([[5], [50]]);
    expect(queryAllTexts(".o_comm_composer_file a span.text-truncate")).toEqual(["theirs.pdf"]);
    expect.verifySteps(["compose new"]);
});

test("a mail that the server will not take is warned of, and large files go as a link", async () => {
    mockUploads();
    const server = serveComposer({
        email_to: "ben@example.com",
        subject: "Film",
        attachments: [{ id: 5, name: "film.mp4", mimetype: "video/mp4", file_size: 30 * MB }],
    });
    onRpc("comm.message", "send_limit", ({ args: [id] }) => {
        expect.step(`limit of ${id}`);
        return 20 * MB;
    });
    onRpc("comm.attachment.link", "share", ({ args }) => {
        expect.step(`share ${args}`);
        return { id: 3, url: "https://odoo.example/f/x", name: "film.mp4", file_size: 30 * MB, until: "12/01/2026" };
    });
    await (await mountDock()).open();
    await waitFor(".o_comm_composer_size_warning");
    expect(queryText(".o_comm_composer_size_warning")).toInclude("20");
    await contains(".o_comm_composer_send").click();
    expect(queryText(".modal-body")).toInclude("at most");
    await contains(".modal button:contains(Keep writing)").click();
    await contains(".o_comm_share").click();
    await contains(".o-dropdown-item:contains(30)").click();
    await animationFrame();
    expect(".o_comm_composer_file").toHaveCount(0);
    expect('.o_comm_composer_text a[href="https://odoo.example/f/x"]:contains(film.mp4)').toHaveCount(1);
    await advanceTime(SAVE_AFTER);
    expect(server.saved.at(-1).link_ids).toEqual([3]);
    expect(server.saved.at(-1).body_html).toInclude("https://odoo.example/f/x");
    expect.verifySteps(["compose new", "limit of 1", "share 5,30"]);
});

test("the size counts what files grow by on their way", () => {
    const files = new ComposerFiles({}, () => {});
    expect(files.size).toBe(0);
    files.set([{ id: 1, file_size: 10 * MB }]);
    expect(files.size > 13.5 * MB && files.size < 14 * MB).toBe(true);
});

test("an image of the text is read without the network", () => {
    const blob = dataUrlToBlob("data:image/png;base64,aGk=");
    expect(blob.type).toBe("image/png");
    expect(dataUrlToBlob("https://example.com/a.png")).toBe(undefined);
});
