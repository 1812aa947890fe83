import { markRaw } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { Reactive } from "@web/core/utils/reactive";
import { Latest } from "@comm_folders/manager/latest";

const PREVIEW_FIELDS = {
    folder_id: {},
    subject: {},
    email_from: {},
    email_to: {},
    email_cc: {},
    date: {},
    defect_text: {},
    is_partial: {},
    partial_text: {},
    outgoing_state: {},
    send_error: {},
    email_reply_to: {},
    size: {},
    is_seen: {},
    is_flagged: {},
    preview_info: {},
    linked_records: {},
    sender_contact: {},
    attachment_ids: { fields: { name: {}, mimetype: {}, file_size: {}, comm_content_id: {}, comm_is_source: {} } },
};

/** The message that the preview shows, what is read of it, and when it counts as read. */
export class OpenMessage extends Reactive {
    constructor({ model, orm, notification, settings }) {
        super();
        Object.assign(this, { model, orm, notification, settings });
        this.message = undefined;
        this.messageId = undefined;
        // The row of the list that shows it, and what else belongs to that, the newest first.
        this.rowId = undefined;
        this.isWhole = false;
        this.conversation = [];
        // Of which message the rest is on its way.
        this.loadingWholeId = undefined;
        // It could not be read; nobody knows whether it is there.
        this.isFailed = false;
        // Raised when what was there may have come in part only: the body is asked for again.
        this.revision = 0;
        // For which message pictures from the internet were allowed, for now.
        this.remoteFor = undefined;
        // Which very long message is shown with all of its text.
        this.wholeFor = undefined;
        this._previews = markRaw(new Latest());
        // Of the open conversation, messages that are just being moved elsewhere.
        this._leaving = new Set();
        // Marks that were set while the conversation is read, for each time: the answer may tell what was before.
        this._marked = markRaw(new Set());
    }

    /** The permission to load the pictures of the open message, for the addresses of its pages. */
    get remoteToken() {
        return this.message && this.remoteFor === this.message.id ? this.message.preview_info?.remote?.token || "" : "";
    }

    /** Keys that go on to the next message sooner than this (milliseconds) pass the one before. */
    get passing() {
        return 200;
    }

    /** What is known of the open message while it is read: what the list tells of it. */
    get known() {
        return (
            this.message ||
            this.model.list.find(this.messageId) ||
            this._rowOf(this.messageId) || { id: this.messageId }
        );
    }

    /** The open message as what changes are about: opened by a row of conversations, it stands for its own. */
    get target() {
        if (this.isWhole) {
            return this.model.list.targetOf([this.rowId]);
        }
        const place = this.placeElsewhere(this.messageId);
        return { ids: [this.messageId], ...(place && { folderId: place.folderId }) };
    }

    /** Where a message of the open conversation lies, if that is another folder than the open one. */
    placeElsewhere(id) {
        const place = this._rowOf(id)?.place;
        return place?.folderId === this.model.folderId ? undefined : place;
    }

    /** Show another message of the conversation that is open. */
    openOther(message) {
        return this.open(message, { rowId: this.rowId });
    }

    /**
     * Messages of the open conversation go by themselves, the open one among them: it goes on with the next in their folder,
     * and from another folder comes back to the open one.
     *
     * @returns {boolean} whether there is one
     */
    goOn(ids) {
        const { messageId, rowId } = this;
        const folderOf = (row) => row?.place?.folderId;
        const beside = this.conversation.filter((row) => folderOf(row) === folderOf(this._rowOf(messageId)));
        const isLeft = ({ id }) => !ids.includes(id);
        const place = beside.findIndex(({ id }) => id === messageId);
        const next =
            beside.slice(place + 1).find(isLeft) ||
            beside.filter(isLeft).at(-1) ||
            [this._rowOf(rowId)].find((row) => row && isLeft(row));
        if (!next) {
            return false;
        }
        ids.forEach((id) => this._leaving.add(id));
        this.conversation = this.conversation.filter(isLeft);
        this.openOther(next);
        return true;
    }

    /** The server has moved these, or refused to: the conversation is what it says now, and so is the row that stands for it. */
    async settle(ids = []) {
        ids.forEach((id) => this._leaving.delete(id));
        await this._loadConversation();
        const { list } = this.model;
        const row = this.conversation.find(({ id }) => list.find(id));
        if (row && !list.find(this.rowId)) {
            this.rowId = row.id;
            list.mark(row.id);
        }
    }

    /** The conversation has another newest message, by which its row is known: it is shown as it is now. */
    follow(before, id) {
        if (this.rowId === before) {
            this.rowId = id;
            this._asked[1].rowId = id;
            this._loadConversation();
        }
    }

    /** Show what becomes of the marks of these messages. */
    update(ids, values) {
        this._marked.forEach((marked) => ids.forEach((id) => marked.set(id, { ...marked.get(id), ...values })));
        [this.message, ...this.conversation]
            .filter((message) => ids.includes(message?.id))
            .forEach((message) => Object.assign(message, values));
    }

    /** Read again what could not be read, or not for sure. */
    retry() {
        this.revision++;
        return this.open(...this._asked);
    }

    /** Read the open message again. */
    reload() {
        const { messageId, rowId, isWhole } = this;
        return this.open({ id: messageId, is_seen: true }, { rowId, isWhole });
    }

    /**
     * @param {Object} message with its id and whether it is read
     * @param {Object} [options]
     * @param {number} [options.rowId] the row of the list that shows it; by default its own
     * @param {boolean} [options.isWhole] what is done to it is done to the whole row, which may be a conversation
     * @param {boolean} [options.isPassing] keys came here, and may go on at once: then it is neither read nor marked as read
     */
    async open(message, { rowId = message.id, isWhole = false, isPassing = false } = {}) {
        browser.clearTimeout(this._seenTimer);
        this._asked = [message, { rowId, isWhole }];
        this.isFailed = false;
        if (message.id !== this.messageId) {
            // From now on commands are about the new one: the old one must not stay on the screen.
            this.message = undefined;
        }
        this.messageId = message.id;
        this.isWhole = isWhole;
        if (rowId !== this.rowId) {
            this.rowId = rowId;
            this.conversation = [];
        }
        const wasPassing = Boolean(this._passTimer);
        this._stopPassing();
        if (isPassing) {
            this._passTimer = browser.setTimeout(() => {
                this._stopPassing();
                if (wasPassing) {
                    this._load(message);
                }
            }, this.passing);
        }
        // Of who presses a key once, nobody waits.
        return isPassing && wasPassing ? undefined : this._load(message, isPassing);
    }

    _stopPassing() {
        browser.clearTimeout(this._passTimer);
        this._passTimer = undefined;
    }

    async _load(message, isPassing = false) {
        this._loadConversation();
        const records = await this._read(message.id);
        if (!records || this.messageId !== message.id) {
            return;
        }
        const [record] = records;
        if (!record) {
            this._vanish(_t("This message is not there any more."));
            await this.model.loadPage();
            return;
        }
        this.message = {
            ...record,
            date: record.date && deserializeDateTime(record.date),
            // Images that the body shows are no attachments to a reader; the source has its place in the menu.
            attachments: record.attachment_ids.filter(
                (attachment) => !attachment.comm_content_id && !attachment.comm_is_source
            ),
        };
        if (!(message.isNewestSeen ?? message.is_seen) && this.model.places.of(message).canWrite) {
            await this._readBySetting(message, isPassing);
        }
    }

    /** Close what its author sends or discards, before it is gone: that is no news to them. */
    leave(ids) {
        if (ids.includes(this.messageId)) {
            this._vanish();
        }
    }

    /** The row that takes its place is not meant by what was about to be done to it. */
    _vanish(text) {
        this.close();
        this.model.list.mark(undefined);
        if (text) {
            this.notification.add(text, { type: "warning" });
        }
    }

    async _read(id) {
        try {
            return await this._previews.add(this.orm.webRead("comm.message", [id], { specification: PREVIEW_FIELDS }));
        } catch (error) {
            if (this.messageId === id) {
                this.message = undefined;
                this.isFailed = true;
            }
            throw error;
        }
    }

    /** Close it when it went away meanwhile: deleted or moved in another window, by a colleague, or on the server. */
    async check() {
        const { message, messageId, rowId } = this;
        // The list shows it, so it is there.
        if (!message || (messageId === rowId && this.model.list.find(rowId))) {
            return;
        }
        const [found] = await this.orm.silent.searchRead("comm.message", [["id", "=", messageId]], ["folder_id"], {
            load: "",
        });
        if (this.message !== message || found?.folder_id === message.folder_id) {
            return;
        }
        this._vanish(
            found
                ? _t("This message was moved to another folder meanwhile.")
                : _t("This message is not there any more.")
        );
    }

    /** Mark as read when the user's settings say so. */
    async _readBySetting(message, isPassing) {
        const { comm_mark_read, comm_mark_read_seconds } = this.settings;
        if (comm_mark_read === "at_once" && !isPassing) {
            await this.markSeen(message);
        } else if (comm_mark_read !== "never") {
            const delay = comm_mark_read === "later" ? comm_mark_read_seconds * 1000 : this.passing;
            this._seenTimer = browser.setTimeout(() => {
                if (this.messageId === message.id) {
                    this.markSeen(message);
                }
            }, delay);
        }
    }

    /** Bring the rest of a message of which only the header is here. */
    async loadWhole() {
        const { id } = this.message;
        this.loadingWholeId = id;
        try {
            await this.orm.call("comm.message", "load_from_server", [[id]]);
        } finally {
            this.loadingWholeId = undefined;
        }
        if (this.messageId === id) {
            await Promise.all([this.reload(), this.model.loadPage()]);
        }
    }

    async markSeen(message) {
        const { list, places } = this.model;
        const { folderId } = places.of(message);
        // Its row tells of the messages of its folder.
        const rowIds = list.find(message.id) || !this.placeElsewhere(message.id) ? [this.rowId] : [];
        await this.orm.silent.call("comm.message", "mark_seen", [[message.id]]);
        list.update(rowIds, ({ conversation }) => {
            const unread = Math.max((conversation?.unread || 1) - 1, 0);
            return {
                is_seen: !unread,
                isNewestSeen: true,
                ...(conversation && { conversation: { ...conversation, unread } }),
            };
        });
        this.update([message.id], { is_seen: true });
        const folder = this.model.folders.get(folderId);
        if (folder) {
            folder.unread_count = Math.max(folder.unread_count - 1, 0);
        }
    }

    close() {
        browser.clearTimeout(this._seenTimer);
        this._stopPassing();
        this.message = undefined;
        this.messageId = undefined;
        this.rowId = undefined;
        this.conversation = [];
        this.isFailed = false;
    }

    _rowOf(id) {
        return this.conversation.find((row) => row.id === id);
    }

    async _loadConversation() {
        const { rowId, messageId } = this;
        if (!this.settings.comm_conversations || !messageId) {
            return;
        }
        const marked = new Map();
        this._marked.add(marked);
        let rows = [];
        try {
            rows = await this.orm.silent.call("comm.message", "get_conversation", [[messageId]]);
        } finally {
            this._marked.delete(marked);
        }
        if (this.rowId === rowId) {
            this.conversation = rows
                .filter(({ id }) => !this._leaving.has(id))
                .map((row) => ({ ...row, date: row.date && deserializeDateTime(row.date), ...marked.get(row.id) }));
        }
    }
}
