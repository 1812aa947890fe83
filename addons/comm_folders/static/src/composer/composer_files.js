import { _t } from "@web/core/l10n/translation";
import { Reactive } from "@web/core/utils/reactive";
import { checkFileSize } from "@web/core/utils/files";
import { fileSize } from "@comm_mailboxes/format/file_size";

const ROUTE = "/web/binary/upload_attachment";
// What attachments and text grow by on their way (base64 in lines), and what headers and text take.
const GROWTH = 1.37;
const OVERHEAD = 20_000;
// Below this no server of today refuses a mail: it is not asked.
const ASK_LIMIT_FROM = 4_000_000;

/**
 * @typedef {{id: number, name: string, mimetype: string, file_size: number}} Attachment
 * @typedef {{id: number, name: string, size: number, progress: number, abort: Function}} Upload
 */

/** The files of a message that is being written, also those that are still on their way to Odoo. */
export class ComposerFiles extends Reactive {
    /** @param {{orm: Object, file_upload: Object, notification: Object}} services */
    constructor(services, onChange) {
        super();
        this.services = services;
        this.onChange = onChange;
        /** @type {Attachment[]} */
        this.attachments = [];
        /** @type {Upload[]} */
        this.uploads = [];
        this.linkIds = [];
        // What the server of the chosen mailbox takes; by mailbox, 0: it does not say.
        this.limits = {};
        this._nextId = 1;
    }

    get ids() {
        return this.attachments.map(({ id }) => id);
    }

    get isUploading() {
        return this.uploads.length > 0;
    }

    /** @returns {number} bytes of the mail, about */
    get size() {
        const files = this.attachments.reduce((sum, each) => sum + (each.file_size || 0), 0);
        return files ? Math.round(files * GROWTH) + OVERHEAD : 0;
    }

    set(attachments) {
        this.attachments = attachments;
    }

    /** After saving: what was copied into the draft has another id from now on. */
    rename(pairs) {
        const ids = new Map(pairs);
        this.attachments = this.attachments
            .filter(({ id }) => ids.has(id))
            .map((attachment) => ({ ...attachment, id: ids.get(attachment.id) }));
    }

    /** @param {Attachment[]} attachments */
    add(attachments) {
        const known = new Set(this.ids);
        const added = attachments.filter(({ id }) => !known.has(id));
        if (added.length) {
            this.attachments = [...this.attachments, ...added];
            this.onChange();
        }
    }

    remove(id) {
        this.attachments = this.attachments.filter((each) => each.id !== id);
        this.onChange();
    }

    /** @param {Iterable<File>} files */
    async upload(files) {
        const uploaded = await Promise.all([...files].map((file) => this._upload(file)));
        this.add(uploaded.filter(Boolean));
    }

    /**
     * An image of the text.
     *
     * @param {Blob} blob
     * @returns {Promise<Attachment|undefined>}
     */
    uploadImage(blob) {
        const extension = blob.type.split("/")[1]?.replace("jpeg", "jpg") || "png";
        return this._upload(blob.name ? blob : new File([blob], `image.${extension}`, { type: blob.type }));
    }

    async _upload(file) {
        const { notification, file_upload: fileUpload } = this.services;
        if (!checkFileSize(file.size, notification)) {
            return undefined;
        }
        const entry = { id: this._nextId++, name: file.name, size: file.size, progress: 0, abort: () => {} };
        this.uploads.push(entry);
        const shown = this.uploads.at(-1);
        try {
            return await new Promise((resolve, reject) => {
                fileUpload
                    .upload(ROUTE, [file], {
                        buildFormData: (data) => {
                            data.append("model", "comm.message");
                            data.append("id", 0);
                        },
                    })
                    .then(({ xhr }) => {
                        shown.abort = () => xhr.abort();
                        xhr.upload.addEventListener("progress", (ev) => {
                            shown.progress = ev.total ? ev.loaded / ev.total : 0;
                        });
                        xhr.addEventListener("load", () => resolve(this._read(xhr, file)));
                        // The service says why.
                        xhr.addEventListener("error", () => resolve(undefined));
                        xhr.addEventListener("abort", () => resolve(undefined));
                    }, reject);
            });
        } finally {
            this.uploads = this.uploads.filter(({ id }) => id !== entry.id);
        }
    }

    _read(xhr, file) {
        if (xhr.status >= 400) {
            return undefined;
        }
        const { error, ...answer } = readAnswer(xhr.responseText ?? xhr.response);
        if (error) {
            this.services.notification.add(_t("“%(name)s”: %(reason)s", { name: file.name, reason: error }), {
                type: "danger",
            });
            return undefined;
        }
        return { id: answer.id, name: answer.filename, mimetype: answer.mimetype, file_size: answer.size };
    }

    /** Send a file as a link instead of the file itself. */
    async share(attachment, days) {
        const link = await this.services.orm.call("comm.attachment.link", "share", [attachment.id, days]);
        this.linkIds.push(link.id);
        this.remove(attachment.id);
        return { url: link.url, text: `${link.name} (${fileSize(link.file_size)})`, until: link.until };
    }

    // ------------------------------------------------------------------ size

    /** Ask what the server takes, where that matters. */
    async askLimit(mailboxId) {
        if (this.size < ASK_LIMIT_FROM || mailboxId in this.limits) {
            return;
        }
        this.limits[mailboxId] = 0;
        this.limits[mailboxId] = await this.services.orm.silent.call("comm.message", "send_limit", [mailboxId]);
    }

    /** @returns {string} a warning, or "" */
    warning(mailboxId) {
        const limit = this.limits[mailboxId];
        if (!limit || this.size <= limit) {
            return "";
        }
        return _t("The mail has about %(size)s, but the server takes at most %(limit)s. Send large files as a link.", {
            size: fileSize(this.size),
            limit: fileSize(limit),
        });
    }

    stop() {
        this.uploads.forEach(({ abort }) => abort());
    }
}

/** What came of an upload. Who is not logged in any more is answered by a page. */
function readAnswer(text) {
    try {
        return JSON.parse(text)[0];
    } catch {
        return { error: _t("It was not uploaded. You may have been logged out: log in again in another tab.") };
    }
}

/** @param {DataTransfer|null} data */
export function hasFiles(data) {
    return Boolean(data) && [...data.types].includes("Files");
}

/**
 * @param {File} file
 * @returns {Promise<boolean>} whether it is a picture that is shown in mails: drawings of XML (SVG) are not
 */
export async function canBeShown(file) {
    if (file.type === "image/svg+xml") {
        return false;
    }
    const image = new Image();
    image.src = URL.createObjectURL(file);
    try {
        await image.decode();
        return true;
    } catch {
        // Not an error of ours: the caller tells the author.
        return false;
    } finally {
        URL.revokeObjectURL(image.src);
    }
}

/** The image of a `data:` address, without asking the network. */
export function dataUrlToBlob(url) {
    const [, type, base64] = url.match(/^data:([^;,]+);base64,(.*)$/s) || [];
    if (!base64) {
        return undefined;
    }
    const letters = window.atob(base64);
    return new Blob([Uint8Array.from(letters, (letter) => letter.charCodeAt(0))], { type });
}
