import { _t } from "@web/core/l10n/translation";

/**
 * Where the messages of the list lie, and what can be done with them there. In most cases that is the open folder; a search
 * in more than one shows messages of folders and mailboxes that need not even be in the tree, and the server tells of these. So
 * it does of the messages of a conversation, some of which lie elsewhere.
 */
export class MessagePlaces {
    /** @param {import("@comm_folders/manager/manager_model").ManagerModel} model */
    constructor(model) {
        this.model = model;
    }

    /**
     * @param {Object} [message] a row of the list, or the open message
     * @returns {{folderId: number, mailboxId: number|false, role: string, canWrite: boolean,
     *     isFinal: boolean, isHereOnly: boolean, roles: string[]}} its own role, and those of folders of its mailbox to which it can go
     */
    of(message) {
        const { model } = this;
        const found = message?.folder_id && model.list.isWide && model.list.places[message.folder_id];
        const told = found || model.reading.placeElsewhere(message?.id);
        if (told) {
            return told;
        }
        const { folder } = model;
        return {
            folderId: folder?.id,
            mailboxId: folder?.mailbox_id || false,
            role: folder?.role || "",
            canWrite: model.canWrite,
            isFinal: model.isFinalFolder,
            isHereOnly: !model.isFolderOnServer,
            roles: ["archive", "junk", "inbox"].filter((role) => model.folderWithRole(role)),
        };
    }

    /** @returns {Object[]} the places of targets as `MessageChanges` takes them, each once */
    ofTargets(targets) {
        const places = new Map();
        for (const row of this.model.changes.rowsOf(targets)) {
            const place = this.of(row);
            places.set(place.folderId, place);
        }
        // What is open need not be on the screen any more.
        return places.size ? [...places.values()] : [this.of(this.model.reading.known)];
    }

    /** @returns {string|undefined} why these cannot be changed */
    whyNotChange(targets) {
        const readOnly = this.ofTargets(targets).find(({ canWrite }) => !canWrite);
        if (!readOnly) {
            return undefined;
        }
        return readOnly.mailboxId ? _t("You may only read this mailbox.") : _t("You may only read this folder.");
    }

    /** @returns {string|undefined} why these cannot go to the folder with a role */
    whyNotTo(role, targets) {
        const reason = this.whyNotChange(targets);
        if (reason) {
            return reason;
        }
        if (this.ofTargets(targets).every(({ roles }) => roles.includes(role))) {
            return undefined;
        }
        if (!this.model.list.isWide && this.model.folder?.role === role) {
            return _t("This is that folder.");
        }
        return {
            archive: _t("This mailbox has no archive folder."),
            junk: _t("This mailbox has no spam folder."),
            inbox: _t("The inbox of this mailbox is not known yet."),
        }[role];
    }

    /** @returns {string|undefined} why these cannot be moved */
    whyNotMove(targets) {
        const mailboxes = new Set(this.ofTargets(targets).map(({ mailboxId }) => mailboxId));
        if (mailboxes.size > 1) {
            return _t("These messages lie in several mailboxes. Move those of one mailbox at a time.");
        }
        return this.whyNotChange(targets);
    }
}
