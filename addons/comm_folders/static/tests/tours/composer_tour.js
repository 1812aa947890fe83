import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { patient } from "@comm_mailboxes/../tests/tours/patient";

const composer = ".o_comm_composer:not(.o_comm_composer_folded)";
const to = `${composer} .o_comm_recipients:eq(0)`;

const openManager = () => [
    stepUtils.showAppsMenuItem(),
    {
        trigger: '.o_app[data-menu-xmlid="comm_mailboxes.menu_root"]',
        run: "click",
    },
    {
        trigger: ".o_comm_message:contains(Question)",
    },
];

/** Put the words at the beginning of the text, as the keyboard would. */
function write(words) {
    return {
        content: `Write "${words}"`,
        trigger: `${composer} .o_comm_composer_text > p`,
        run({ anchor }) {
            anchor.textContent = words;
            anchor.dispatchEvent(new InputEvent("input", { bubbles: true }));
        },
    };
}

const sendIt = () => [
    {
        trigger: `${composer} .o_comm_composer_send`,
        run: "click",
    },
    {
        content: "The window goes when the message waits in the outbox",
        trigger: "body:not(:has(.o_comm_composer))",
    },
];

const writeNew = () => [
    {
        trigger: ".o_comm_new",
        run: "click",
    },
    {
        content: "From is the own address",
        trigger: `${composer} .o_comm_composer_from:contains(Anna Ott)`,
    },
    {
        content: "A contact is suggested by the beginning of the name",
        trigger: `${to} input`,
        run: "edit Ben K",
    },
    {
        trigger: ".o_comm_suggestions .dropdown-item:contains(Ben Kern)",
        run: "click",
    },
    {
        trigger: `${to} .o_comm_chip:contains(Ben Kern)`,
    },
    {
        trigger: `${composer} .o_comm_composer_subject`,
        run: "edit Offer for your kitchen",
    },
    write("The price is 9.400"),
    {
        content: "Attach a file",
        trigger: `${composer} .o_comm_composer_file_input:not(:visible)`,
        run({ anchor }) {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["kitchen 9.400"], "price list.txt", { type: "text/plain" }));
            anchor.files = transfer.files;
            anchor.dispatchEvent(new Event("change"));
        },
    },
    {
        trigger: `${composer} .o_comm_composer_file:contains(price list.txt)`,
    },
    {
        content: "It is saved by itself",
        trigger: `${composer} .o_comm_composer_saved:contains(Draft saved)`,
    },
    ...sendIt(),
];

const answer = () => [
    {
        trigger: ".o_comm_message:contains(Question)",
        run: "click",
    },
    {
        trigger: ".o_comm_preview_subject:contains(Question)",
    },
    {
        trigger: ".o_comm_reply:not([aria-disabled])",
        run: "click",
    },
    {
        trigger: `${to} .o_comm_chip:contains(Sender)`,
    },
    {
        content: "What is answered stands below",
        trigger: `${composer} .o_comm_composer_text blockquote:contains(How much is it?)`,
    },
    write("It is 9.400"),
    ...sendIt(),
];

const forward = () => [
    {
        trigger: ".o_comm_message:contains(Plan)",
        run: "click",
    },
    {
        trigger: ".o_comm_preview_subject:contains(Plan)",
    },
    {
        trigger: ".o_comm_forward:not([aria-disabled])",
        run: "click",
    },
    {
        content: "Its file comes along",
        trigger: `${composer} .o_comm_composer_file:contains(file.bin)`,
    },
    {
        trigger: `${to} input`,
        run: "edit Ben K",
    },
    {
        trigger: ".o_comm_suggestions .dropdown-item:contains(Ben Kern)",
        run: "click",
    },
    ...sendIt(),
];

const keepDraft = () => [
    {
        trigger: ".o_comm_new",
        run: "click",
    },
    {
        trigger: `${composer} .o_comm_composer_subject`,
        run: "edit Later",
    },
    {
        trigger: `${composer} .o_comm_composer_close`,
        run: "click",
    },
    {
        trigger: "body:not(:has(.o_comm_composer))",
    },
    {
        content: "The draft lies in the drafts folder and opens by a double click",
        trigger: ".o_comm_folder_tree .o_comm_tree_row:contains(Drafts)",
        run: "click",
    },
    {
        trigger: ".o_comm_message:contains(Later)",
        run: "dblclick",
    },
    {
        trigger: `${composer} .o_comm_composer_subject:value(Later)`,
    },
    {
        trigger: `${composer} .o_comm_composer_close`,
        run: "click",
    },
    {
        trigger: "body:not(:has(.o_comm_composer))",
    },
];

registry.category("web_tour.tours").add("comm_folders.composer", {
    steps: patient(() => [...openManager(), ...writeNew(), ...answer(), ...forward(), ...keepDraft()]),
});
