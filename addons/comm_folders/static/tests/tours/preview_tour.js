import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { patient } from "@comm_mailboxes/../tests/tours/patient";

const open = (subject) => [
    {
        trigger: `.o_comm_message:contains(${subject})`,
        run: "click",
    },
    {
        trigger: `.o_comm_preview_subject:contains(${subject})`,
    },
];

/** Escape is for whoever has the keyboard: the viewer, from the moment that it is there. */
const closeViewer = (name) => [
    {
        trigger: ".o-FileViewer:focus",
        run: "press Escape",
    },
    {
        content: "The keyboard is back where it came from",
        trigger: `body:not(:has(.o-FileViewer)) .o_comm_attachment:contains(${name}):focus`,
    },
];

let wasLoading = false;

/** However soon it comes: what was there in between is seen, too. */
const loading = () => [
    {
        trigger: ".o_comm_message:contains(Plans)",
        run() {
            const page = this.anchor.ownerDocument;
            const look = () => (wasLoading ||= Boolean(page.querySelector(".o_comm_body_loading")));
            new MutationObserver(look).observe(page.body, { childList: true, subtree: true });
        },
    },
    ...open("Plans"),
    {
        content: "A body says that it is loading until all of it is there",
        trigger: ".o_comm_message_preview:has(iframe.o_comm_message_body):not(:has(.o_comm_body_loading))",
        run() {
            if (!wasLoading) {
                throw new Error("Nothing told that the body was loading");
            }
        },
    },
];

const files = () => [
    ...open("Plans"),
    {
        trigger: ".o_comm_attachment:contains(offer.pdf)",
        run: "click",
    },
    {
        content: "Odoo's viewer has drawn the first page",
        trigger: ".o-FileViewer iframe.o-FileViewer-view:iframe .page[data-page-number='1'] canvas",
    },
    ...closeViewer("offer.pdf"),
    {
        trigger: ".o_comm_attachment:contains(offer.pdf)",
        run: "click",
    },
    {
        content: "Escape is also for who clicked into the page",
        trigger: ".o-FileViewer iframe.o-FileViewer-view:iframe .page[data-page-number='1'] canvas",
        run() {
            const view = this.anchor.ownerDocument.defaultView;
            view.dispatchEvent(new view.KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
        },
    },
    {
        trigger: "body:not(:has(.o-FileViewer))",
    },
    {
        content: "The second picture of the same name",
        trigger: ".o_comm_attachment:contains(image (2).png)",
        run: "click",
    },
    {
        content: "It has arrived, and its name stands above it",
        trigger: ".o-FileViewer:has(.o-FileViewer-header:contains(image (2).png)) .o-FileViewer-viewImage",
        run() {
            return this.anchor.decode();
        },
    },
    {
        trigger: ".o-FileViewer:focus",
        run: "press ArrowRight",
    },
    {
        content: "Arrows lead on to the next one",
        trigger: ".o-FileViewer:not(:has(.o-FileViewer-header:contains(image (2).png)))",
    },
    ...closeViewer("image (2).png"),
    {
        trigger: ".o_comm_attachments_zip",
        async run() {
            const answer = await fetch(this.anchor.href);
            const bytes = new Uint8Array(await answer.arrayBuffer());
            if (answer.status !== 200 || String.fromCharCode(...bytes.slice(0, 2)) !== "PK") {
                throw new Error(`No zip file came: ${answer.status}`);
            }
        },
    },
];

const warnings = () => [
    ...open("Your account"),
    {
        content: "The name hides another address",
        trigger: ".o_comm_warning[data-kind=name]:contains(service@bank.example):contains(x@evil.example)",
    },
    {
        content: "Our own server says that it was not the bank",
        trigger: ".o_comm_warning[data-kind=check]:contains(DMARC)",
    },
    {
        content: "The link leads elsewhere",
        trigger: ".o_comm_warning[data-kind=link]:contains(bank.example):contains(evil.example)",
    },
    ...open("Plans"),
    {
        trigger: ".o_comm_message_preview:not(:has(.o_comm_warning))",
    },
];

const pictures = () => [
    ...open("Offers"),
    {
        trigger: ".o_comm_remote .o_comm_remote_always:contains(news@shop.example)",
        run: "click",
    },
    {
        trigger: ".o_comm_message_preview:not(:has(.o_comm_remote)) .o_comm_message_body[src*=remote]",
    },
];

registry.category("web_tour.tours").add("comm_folders.preview", {
    steps: patient(() => [
        stepUtils.showAppsMenuItem(),
        {
            trigger: '.o_app[data-menu-xmlid="comm_mailboxes.menu_root"]',
            run: "click",
        },
        ...loading(),
        ...files(),
        ...warnings(),
        ...pictures(),
    ]),
});
