import { markRaw, markup } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { Mutex } from "@web/core/utils/concurrency";
import { isMarkup } from "@web/core/utils/html";
import { uuid } from "@web/core/utils/strings";
import { Reactive } from "@web/core/utils/reactive";
import { ComposerFiles } from "@comm_folders/composer/composer_files";
import {
    htmlToText,
    joinAddresses,
    parseAddress,
    parseAddresses,
    splitAddresses,
    textToHtml,
    withRecipients,
} from "@comm_folders/composer/composer_text";

// Milliseconds after the last change, and at most after the first one, until what was written is saved.
export const SAVE_AFTER = 2000;
export const SAVE_AT_LATEST = 10000;
// A draft that could not be saved is tried again after this.
export const SAVE_AGAIN = 15000;

const ADDRESS_FIELDS = { to: "email_to", cc: "email_cc", bcc: "email_bcc" };

/**
 * One message that is being written. Its window draws it; the editor gives its content by `editor`, which the window sets.
 */
export class ComposerModel extends Reactive {
    /**
     * @param {number} id of the window
     * @param {Object} params as `comm_composer.open` takes them
     * @param {{orm: Object, file_upload: Object, notification: Object, onLeave: Function}} services
     */
    constructor(id, params, services) {
        super();
        this.id = id;
        this.params = params;
        this.orm = services.orm;
        this.notification = services.notification;
        this.onLeave = services.onLeave;

        this.isLoaded = false;
        this.isSending = false;
        this.isDirty = false;
        this.isMinimized = false;
        this.isMaximized = false;
        /** @type {""|"saving"|"saved"|"failed"} */
        this.saveState = "";
        this.saveError = "";
        // Raised when the editor has to show another text than it does.
        this.revision = 0;

        this.draftId = false;
        // How often the draft had been saved when it was read or saved here.
        this.version = 0;
        this.mailboxes = [];
        this.fromMailboxId = false;
        this.to = [];
        this.cc = [];
        this.bcc = [];
        // What stands in the address fields and is no chip yet.
        this.typed = { to: "", cc: "", bcc: "" };
        this.isCcShown = false;
        this.subject = "";
        this.bodyHtml = markup("");
        this.bodyText = "";
        this.isPlain = false;
        this.priority = "normal";
        this.readReceipt = false;
        this.files = new ComposerFiles(services, () => this.touch());

        this._editor = undefined;
        this._mutex = markRaw(new Mutex());
        this._timer = undefined;
        this._firstChangeAt = undefined;
        this._isStopped = false;
    }

    // -------------------------------------------------------------- beginning

    async load() {
        const { mode, messageId } = this.params;
        const values = await this.orm.call("comm.message", "compose", [
            mode === "draft" ? "edit" : mode || "new",
            messageId || false,
        ]);
        this._fill(values);
        this._prefill();
        this.isLoaded = true;
    }

    _fill(values) {
        this.origin = {
            original_id: values.original_id,
            compose_mode: values.compose_mode,
            replaces_id: values.replaces_id,
            compose_token: uuid(),
            res_model: this.params.resModel || false,
            res_id: this.params.resId || false,
        };
        this.mailboxes = values.mailboxes;
        this.draftId = values.id;
        this.version = values.version;
        this.fromMailboxId = values.from_mailbox_id;
        for (const [field, name] of Object.entries(ADDRESS_FIELDS)) {
            this[field] = withRecipients([], parseAddresses(values[name]));
        }
        this.isCcShown = Boolean(this.cc.length || this.bcc.length);
        this.subject = values.subject || "";
        // The server made it harmless, whoever wrote what it quotes (models/comm_message_reply.py).
        this.bodyHtml = markup(values.body_html || "");
        this.bodyText = values.body_text || "";
        this.isPlain = values.is_plain;
        this.priority = values.priority || "normal";
        this.readReceipt = values.read_receipt;
        this.files.set(values.attachments);
        this.saveState = values.id ? "saved" : "";
    }

    /** What the caller gave goes before what the server began with. */
    _prefill() {
        const { to, cc, bcc, subject, body } = this.params;
        const given = { to, cc, bcc };
        for (const field of Object.keys(ADDRESS_FIELDS)) {
            if (given[field]) {
                this[field] = withRecipients([], parseAddresses(given[field]));
            }
        }
        this.isCcShown ||= Boolean(cc || bcc);
        this.subject = subject || this.subject;
        if (body) {
            const html = isMarkup(body) ? body.toString() : textToHtml(body);
            this.bodyHtml = markup(html + this.bodyHtml.toString());
            this.bodyText = `${htmlToText(html)}\n${this.bodyText}`;
        }
    }

    get mailbox() {
        return this.mailboxes.find(({ id }) => id === this.fromMailboxId);
    }

    get title() {
        return this.subject.trim() || _t("New message");
    }

    // ---------------------------------------------------------------- writing

    /** @param {{getHtml: () => string, replaceSignature: (html: string) => void}} editor */
    setEditor(editor) {
        this._editor = markRaw(editor);
    }

    /** The editor goes; what stood in it stays. */
    removeEditor() {
        this.bodyHtml = markup(this.html);
        this._editor = undefined;
    }

    /** Change fields as the author did. */
    update(values) {
        Object.assign(this, values);
        this.touch();
    }

    /** Note that there is something to save. */
    touch() {
        if (this._isStopped) {
            return;
        }
        this.isDirty = true;
        if (this.saveState !== "failed") {
            this.saveState = "";
        }
        this._firstChangeAt ??= Date.now();
        const latest = this._firstChangeAt + SAVE_AT_LATEST - Date.now();
        browser.clearTimeout(this._timer);
        this._timer = browser.setTimeout(() => this.saveByItself(), Math.max(Math.min(SAVE_AFTER, latest), 0));
    }

    /** Note what is being typed into an address field: it is saved, too. */
    type(field, text) {
        if (this.typed[field] !== text) {
            this.typed[field] = text;
            this.touch();
        }
    }

    /** Make recipients of what is typed; what is no address stays typed. */
    takeTyped() {
        for (const field of Object.keys(ADDRESS_FIELDS)) {
            const parts = splitAddresses(this.typed[field]);
            const found = parts.map(parseAddress).filter(({ isValid }) => isValid);
            if (found.length) {
                this[field] = withRecipients(this[field], found);
                this.type(field, parts.filter((part) => !parseAddress(part).isValid).join(", "));
            }
        }
    }

    /** @returns {string|undefined} what stands among the recipients, or is typed there, and is no address */
    get wrongAddress() {
        for (const field of Object.keys(ADDRESS_FIELDS)) {
            const wrong = this[field].find(({ isValid }) => !isValid)?.email || this.typed[field].trim();
            if (wrong) {
                return wrong;
            }
        }
        return undefined;
    }

    chooseMailbox(mailboxId) {
        const before = this.mailbox?.signature || "";
        this.fromMailboxId = mailboxId;
        const after = this.mailbox?.signature || "";
        if (after !== before) {
            if (this.isPlain) {
                const old = htmlToText(before);
                const text = htmlToText(after);
                this.bodyText =
                    old && this.bodyText.includes(old)
                        ? this.bodyText.replace(old, () => text)
                        : `${this.bodyText}${text && `\n\n${text}`}`;
            } else {
                this._editor?.replaceSignature(after);
            }
        }
        this.touch();
    }

    togglePlain() {
        if (this.isPlain) {
            this.bodyHtml = markup(textToHtml(this.bodyText));
        } else {
            this.bodyText = htmlToText(this.html);
        }
        this.isPlain = !this.isPlain;
        this.revision++;
        this.touch();
    }

    /** Put a template of Odoo where the author writes; its subject goes where none is yet. */
    async insertTextBlock(templateId) {
        const { resModel, resId } = this.params;
        const block = await this.orm.call("comm.message", "render_text_block", [templateId], {
            email_to: joinAddresses(this.to),
            res_model: resModel || false,
            res_id: resId || false,
        });
        this.subject ||= block.subject;
        if (this.isPlain) {
            this.bodyText = `${htmlToText(block.body_html)}\n${this.bodyText}`;
        } else {
            this._editor?.insertHtml(block.body_html);
        }
        this.files.add(block.attachments);
        this.touch();
    }

    insertImage(attachment) {
        if (this.isPlain) {
            this.files.add([attachment]);
        } else {
            this._editor?.insertImage(attachment);
            this.touch();
        }
    }

    /** Put something where the author writes. */
    insertLink({ url, text, until }) {
        const note = _t("until %s", until);
        if (this.isPlain) {
            const lines = this.bodyText.split("\n");
            const end = lines.findIndex((line) => line.startsWith("-- ") || line === "--" || line.startsWith(">"));
            lines.splice(end < 0 ? lines.length : end, 0, `${text}, ${note}:`, url, "");
            this.bodyText = lines.join("\n");
        } else {
            this._editor?.insertLink({ url, text, note });
        }
        this.touch();
    }

    /** The text as it stands in the editor now. */
    get html() {
        return this._editor ? this._editor.getHtml() : this.bodyHtml.toString();
    }

    // ----------------------------------------------------------------- saving

    /** What the server's `keep_draft` and `send` take. */
    get values() {
        const values = {
            ...this.origin,
            id: this.draftId,
            version: this.version,
            from_mailbox_id: this.fromMailboxId,
            subject: this.subject,
            is_plain: this.isPlain,
            priority: this.priority,
            read_receipt: this.readReceipt,
            attachment_ids: this.files.ids,
            link_ids: this.files.linkIds,
        };
        for (const [field, name] of Object.entries(ADDRESS_FIELDS)) {
            values[name] = [joinAddresses(this[field]), this.typed[field].trim()].filter(Boolean).join(", ");
        }
        if (this.isPlain) {
            values.body_text = this.bodyText;
        } else {
            values.body_html = this.html;
        }
        return values;
    }

    /** @returns {Promise<boolean>} whether everything is on the server now */
    save() {
        browser.clearTimeout(this._timer);
        return this._mutex.exec(async () => {
            if (!this.isDirty) {
                return true;
            }
            this.isDirty = false;
            this._firstChangeAt = undefined;
            this.saveState = "saving";
            // Of a draft of another mail program, what is saved takes the place.
            this.onLeave(this.origin.replaces_id);
            try {
                const kept = await this.orm.silent.call("comm.message", "keep_draft", [this.values]);
                this._take(kept);
                this.files.rename(kept.attachments);
                this._renameImages(kept.images);
            } catch (error) {
                this.isDirty = true;
                this.saveState = "failed";
                this.saveError = error.data?.message || error.message;
                throw error;
            }
            this.saveState = this.isDirty ? "" : "saved";
            return true;
        });
    }

    /** What is saved or sent is another one than before, where that was changed elsewhere. */
    _take({ id, version }) {
        if (this.draftId && id !== this.draftId) {
            this.notification.add(
                _t(
                    "“%s” was changed in another window meanwhile. What you wrote here is a message of its own now.",
                    this.title
                ),
                { type: "warning", sticky: true }
            );
        }
        Object.assign(this, { draftId: id, version });
    }

    /** Images that lay with another draft were copied: the text shows its own from now on. */
    _renameImages(pairs = []) {
        for (const [before, id] of pairs.map((pair) => pair.map((each) => `/web/image/${each}`))) {
            this._editor?.renameImage(before, id);
            this.bodyHtml = markup(this.bodyHtml.toString().replaceAll(`src="${before}"`, `src="${id}"`));
        }
    }

    /** Give the draft to the browser, which delivers it though the page is going away. */
    saveByBeacon() {
        if (!this.isDirty || this.isSending) {
            return true;
        }
        const params = { model: "comm.message", method: "keep_draft", args: [this.values], kwargs: {} };
        const blob = new Blob([JSON.stringify({ jsonrpc: "2.0", method: "call", params })], {
            type: "application/json",
        });
        const isTaken = browser.navigator.sendBeacon("/web/dataset/call_kw/comm.message/keep_draft", blob);
        this.isDirty = !isTaken;
        return isTaken;
    }

    async saveByItself() {
        if (this.isSending) {
            return;
        }
        try {
            await this.save();
        } catch {
            // The window says so, and no dialog comes between the author and the text.
            this._timer = browser.setTimeout(() => this.saveByItself(), SAVE_AGAIN);
        }
    }

    /** @returns {Promise<{id: number, leaves: string}>} */
    send() {
        browser.clearTimeout(this._timer);
        this.isSending = true;
        return this._mutex.exec(async () => {
            this.onLeave(this.draftId, this.origin.replaces_id);
            try {
                const result = await this.orm.call("comm.message", "send", [this.values]);
                this._take(result);
                this.isDirty = false;
                return result;
            } finally {
                this.isSending = false;
            }
        });
    }

    /** Forget the draft, here and on the mail server. */
    discard() {
        browser.clearTimeout(this._timer);
        this.isDirty = false;
        return this._mutex.exec(async () => {
            const { id, version, compose_token } = this.values;
            if (!id) {
                return;
            }
            this.onLeave(id);
            const isGone = await this.orm.call("comm.message", "discard_draft", [[id]], { version, compose_token });
            if (!isGone) {
                this.notification.add(_t("“%s” was changed in another window meanwhile, and is kept.", this.title), {
                    type: "warning",
                });
            }
        });
    }

    /** No timer outlives the window. */
    stop() {
        this._isStopped = true;
        browser.clearTimeout(this._timer);
        this.files.stop();
    }
}
