import { _t } from "@web/core/l10n/translation";
import { printMessage, remoteOf } from "@comm_folders/manager/message_actions";
import { askForFolder } from "@comm_folders/manager/move_dialog";

/**
 * What users do in the Manager, each by a button of the toolbar, a key, or the menu of a message (message_menu.js).
 *
 *   name, icon, label
 *   menuLabel, menuIcon(subject, context) {string, optional} what the menu shows instead
 *   keys {string[]} as `KeyboardEvent.key` has them
 *   group {string} what stands together in the toolbar; without one there is no button
 *   isShown(subject, context) {boolean, optional}
 *   whyNot(subject, context) {string|undefined, optional} the reason why it is impossible now
 *   run(subject, context)
 *
 * The subject is what `subjectOf` (subject.js) returns; the context holds `model`, `composer`, `dialog` and the Manager's own `screen`.
 */

/** Also what another mail program put into the drafts folder can be written on here. */
export function isDraft(message, model) {
    if (message?.outgoing_state) {
        return message.outgoing_state === "draft";
    }
    return Boolean(message) && model.places.of(message).role === "drafts";
}

/** Whether what the command is about, or the folder that is open, is spam: it is not reported again, but cleared. */
function isSpam({ targets }, { model }) {
    const places = targets ? model.places.ofTargets(targets) : [model.places.of()];
    return places.every(({ role }) => role === "junk");
}

/** Not to be answered: it is still on its way, or never left. */
function isUnsent(message) {
    return ["queued", "sending", "failed", "perhaps_sent"].includes(message.outgoing_state);
}

const whyNone = ({ count }) => (count ? undefined : _t("Select a message first."));
const whySeveral = (subject) =>
    whyNone(subject) || (subject.message ? undefined : _t("This works with a single message."));
const whyUnsent = (subject) =>
    whySeveral(subject) || (isUnsent(subject.message) ? _t("This message has not left yet.") : undefined);

function write(mode) {
    return ({ message }, { composer }) => composer.open({ mode, messageId: message.id });
}

/** @returns {boolean} whether any of these rows lacks the mark, so that the command sets it */
function lacks(name, { targets }, { model }) {
    const rows = model.changes.shownOf(targets);
    return rows.length ? rows.some((row) => !row[name]) : name === "is_flagged";
}

const whyNotChange = (subject, { model }) => whyNone(subject) || model.places.whyNotChange(subject.targets);
const whyNotMove = (subject, { model }) => whyNone(subject) || model.places.whyNotMove(subject.targets);
const whyNotTo =
    (role) =>
    (subject, { model }) =>
        whyNone(subject) || model.places.whyNotTo(role, subject.targets);

export const commands = [
    {
        name: "new",
        icon: "fa-pencil",
        label: _t("New"),
        keys: ["n"],
        group: "new",
        run: (subject, { composer }) => composer.open(),
    },
    {
        name: "open",
        icon: "fa-eye",
        label: _t("Open"),
        keys: [],
        isShown: ({ message }, { model }) => !isDraft(message, model),
        whyNot: whySeveral,
        run: ({ message }, { model, screen }) => {
            model.selection.clear();
            return screen.onOpenMessage(message);
        },
    },
    {
        name: "edit_draft",
        icon: "fa-pencil-square-o",
        label: _t("Edit draft"),
        keys: [],
        group: "answer",
        isShown: ({ message }, { model }) => isDraft(message, model),
        run: write("draft"),
    },
    {
        name: "reply",
        icon: "fa-reply",
        label: _t("Reply"),
        keys: ["r"],
        group: "answer",
        isShown: ({ message }, { model }) => !isDraft(message, model),
        whyNot: whyUnsent,
        run: write("reply"),
    },
    {
        name: "reply_all",
        icon: "fa-reply-all",
        label: _t("Reply all"),
        keys: ["a"],
        group: "answer",
        isShown: ({ message }, { model }) => !isDraft(message, model),
        whyNot: whyUnsent,
        run: write("reply_all"),
    },
    {
        name: "forward",
        icon: "fa-share",
        label: _t("Forward"),
        keys: ["f"],
        group: "answer",
        isShown: ({ message }, { model }) => !isDraft(message, model),
        whyNot: whyUnsent,
        run: write("forward"),
    },
    {
        name: "forward_attachment",
        icon: "fa-paperclip",
        label: _t("Forward as attachment"),
        keys: [],
        group: "more",
        whyNot: whyUnsent,
        run: write("forward_attachment"),
    },
    {
        name: "delete",
        icon: "fa-trash",
        label: _t("Delete"),
        menuLabel: ({ targets }, { model }) =>
            model.places.ofTargets(targets).every(({ isFinal }) => isFinal) ? _t("Delete for good") : _t("Delete"),
        keys: ["Delete"],
        group: "file",
        whyNot: whyNotChange,
        run: ({ targets }, { model }) => model.changes.delete(targets),
    },
    {
        name: "archive",
        icon: "fa-archive",
        label: _t("Archive"),
        keys: ["e"],
        group: "file",
        whyNot: whyNotTo("archive"),
        run: ({ targets }, { model }) => model.changes.archive(targets),
    },
    {
        name: "spam",
        icon: "fa-ban",
        label: _t("Spam"),
        keys: ["!"],
        group: "file",
        isShown: (subject, context) => !isSpam(subject, context),
        whyNot: whyNotTo("junk"),
        run: ({ targets }, { model }) => model.changes.spam(targets),
    },
    {
        name: "not_spam",
        icon: "fa-check-circle-o",
        label: _t("Not spam"),
        keys: ["!"],
        group: "file",
        isShown: isSpam,
        whyNot: whyNotTo("inbox"),
        run: ({ targets }, { model }) => model.changes.notSpam(targets),
    },
    {
        name: "move",
        icon: "fa-folder-open-o",
        label: _t("Move"),
        menuLabel: () => _t("Move to…"),
        keys: ["m"],
        group: "file",
        whyNot: whyNotMove,
        run: ({ targets }, context) => askForFolder("move", targets, context),
    },
    {
        name: "copy",
        icon: "fa-files-o",
        label: _t("Copy to…"),
        keys: [],
        group: "more",
        // Who may only read a mailbox takes nothing out of it.
        whyNot: whyNotMove,
        run: ({ targets }, context) => askForFolder("copy", targets, context),
    },
    {
        name: "link",
        icon: "fa-link",
        label: _t("Link to…"),
        keys: [],
        group: "more",
        whyNot: whyNotChange,
        run: ({ targets }, { model }) => model.changes.askToLink(targets),
    },
    {
        name: "seen",
        icon: "fa-envelope-open-o",
        label: _t("Mark as read or unread"),
        menuLabel: (subject, context) =>
            lacks("is_seen", subject, context) ? _t("Mark as read") : _t("Mark as unread"),
        menuIcon: (subject, context) => (lacks("is_seen", subject, context) ? "fa-envelope-open-o" : "fa-envelope"),
        keys: ["u"],
        whyNot: whyNotChange,
        run: (subject, context) =>
            context.model.changes.mark(lacks("is_seen", subject, context) ? "seen" : "unseen", subject.targets),
    },
    {
        name: "flag",
        icon: "fa-star",
        label: _t("Flag or remove the flag"),
        menuLabel: (subject, context) => (lacks("is_flagged", subject, context) ? _t("Flag") : _t("Remove the flag")),
        menuIcon: (subject, context) => (lacks("is_flagged", subject, context) ? "fa-star" : "fa-star-o"),
        keys: ["s"],
        whyNot: whyNotChange,
        run: (subject, context) =>
            context.model.changes.mark(lacks("is_flagged", subject, context) ? "flag" : "unflag", subject.targets),
    },
    {
        name: "print",
        icon: "fa-print",
        label: _t("Print"),
        keys: ["p"],
        group: "file",
        whyNot: whySeveral,
        run: ({ message }, { model }) => printMessage(message, remoteOf(message, model)),
    },
    {
        name: "fetch_all",
        icon: "fa-refresh",
        label: _t("Fetch all"),
        keys: [],
        group: "mailboxes",
        isBusy: ({ model }) => model.fetching.isAll,
        whyNot: (subject, { model }) => (model.fetching.isAll ? _t("Fetching already.") : undefined),
        run: (subject, { model }) => model.fetching.fetchAll(),
    },
    {
        name: "search",
        label: _t("Search"),
        keys: ["/"],
        run: (subject, { screen }) => screen.focusSearch(),
    },
    {
        name: "undo",
        label: _t("Undo"),
        keys: ["z"],
        whyNot: (subject, { model }) => (model.changes.canUndo ? undefined : _t("There is nothing to undo.")),
        run: (subject, { model }) => model.changes.undoLast(),
    },
    {
        name: "keys",
        icon: "fa-keyboard-o",
        label: _t("Keyboard shortcuts"),
        keys: ["?"],
        group: "more",
        run: (subject, { screen }) => screen.showKeys(),
    },
    {
        name: "settings",
        icon: "fa-cog",
        label: _t("Settings"),
        keys: [],
        group: "settings",
        run: (subject, { screen }) => screen.openSettings(),
    },
];

/** How a key is called on the keyboard of who reads this. */
export function keyLabel(key) {
    return { Delete: _t("Del"), Enter: _t("Enter"), Escape: _t("Esc"), ArrowDown: "↓", ArrowUp: "↑" }[key] || key;
}
