import { _t } from "@web/core/l10n/translation";
import { isMacOS } from "@web/core/browser/feature_detection";
import { byCount } from "@comm_folders/manager/message_format";
import { beginDrag } from "@comm_folders/tree/tree_drop";

/** Messages that are dragged from the list onto a folder of the tree: they are moved there, with Ctrl copied. */
export class MessageDrag {
    constructor(model) {
        this.model = model;
        this.targets = undefined;
        /** Why the folder under the pointer cannot take them. */
        this.refusal = undefined;
        this._leaveTree = () => (this.refusal = undefined);
    }

    /** A row of the selection takes all of it along, any other one goes alone: a conversation with all of its messages. */
    begin(ev, message) {
        const { changes, list, selection } = this.model;
        this.stamp = list.stamp;
        this.targets = selection.has(message.id) ? selection.target : list.targetOf([message.id]);
        // The tree keeps for itself what is dragged over it.
        document.addEventListener("dragover", this._leaveTree);
        beginDrag(ev, "copyMove");
        this._show(ev, changes.countOf(this.targets));
    }

    /** Browsers drop nothing where nothing can be dropped: what was wrong there is told when the button is let go. */
    end() {
        if (this.refusal) {
            this.model.notification.add(this.refusal, { type: "warning" });
        }
        this._forget();
    }

    _forget() {
        document.removeEventListener("dragover", this._leaveTree);
        this.targets = undefined;
        this.refusal = undefined;
    }

    /** Beside the pointer stands how many messages are on their way. */
    _show(ev, count) {
        if (!ev.dataTransfer) {
            return;
        }
        const label = document.createElement("div");
        label.className = "o_comm_drag_label badge text-bg-primary fs-6 position-fixed";
        label.textContent =
            count === undefined
                ? _t("Selected messages")
                : byCount(count, _t("1 message"), (many) => _t("%s messages", many));
        document.body.append(label);
        ev.dataTransfer.setDragImage(label, -12, -4);
        // The browser has taken its picture then.
        setTimeout(() => label.remove());
    }

    isCopy(ev) {
        return isMacOS() ? ev.altKey : ev.ctrlKey;
    }

    /** What the tree asks while something is dragged over it; see tree_drop.js. */
    over(node, ev) {
        // Another list may have taken the place of the one that they are of.
        if (!this.targets || this.stamp !== this.model.list.stamp) {
            this.refusal = undefined;
            return undefined;
        }
        const isCopy = this.isCopy(ev);
        const isNowhere = !node || node.type === "group" || this.isHere(node);
        this.refusal = isNowhere ? undefined : this.whyNot(node, isCopy);
        return {
            modes: isNowhere || this.refusal ? [] : ["into"],
            effect: isCopy ? "copy" : "move",
        };
    }

    /** Whether they lie there already. */
    isHere(node) {
        const { folderId, list } = this.model;
        return !list.isWide && this.model.folderOf(node)?.id === folderId;
    }

    /**
     * The server has the last word.
     *
     * @returns {string|undefined} why messages of the list cannot go there, and what can be done instead
     */
    whyNot(node, isCopy) {
        const folder = this.model.folderOf(node);
        if (!folder) {
            return node.children.length
                ? _t("“%s” holds folders only. Choose one of those below it.", node.name)
                : _t("“%s” holds no mail. Choose another folder.", node.name);
        }
        return folder.mailbox_id ? this._whyNotOnServer(node, folder, isCopy) : this._whyNotByHand(node, folder);
    }

    /** Folders made by hand: one's own, and those of the shared structure where the user may write. */
    _whyNotByHand(node, folder) {
        return folder.can_write ? undefined : _t("You may only read “%s”. Choose another folder.", node.name);
    }

    _whyNotOnServer(node, folder, isCopy) {
        const { folder: source, mailboxes, places } = this.model;
        const mailbox = mailboxes.get(folder.mailbox_id);
        const isOfOther = ({ mailboxId }) => mailboxId && mailboxId !== folder.mailbox_id;
        if (places.ofTargets(this.targets).some(isOfOther)) {
            return _t(
                "“%s” is of another mailbox. Choose a folder of the same mailbox, or one made by hand.",
                node.name
            );
        }
        if (mailbox?.kind !== "imap" || folder.is_local) {
            return _t("No mail can be put into “%s”. Choose another folder.", node.name);
        }
        if (folder.is_missing) {
            return _t("“%s” is gone from the server. Choose another folder.", node.name);
        }
        if (!mailbox.can_write) {
            return _t("You may only read “%s”. Choose another folder.", node.name);
        }
        // What lies in Odoo alone has nothing on a server to be copied there.
        return source.mailbox_id || !isCopy
            ? undefined
            : _t("What is in Odoo alone cannot be copied to a mail server. Move it, or choose a folder made by hand.");
    }

    drop(node, ev) {
        const { targets } = this;
        const folder = this.model.folderOf(node);
        const { changes } = this.model;
        this._forget();
        return this.isCopy(ev) ? changes.copy(targets, folder) : changes.move(targets, folder);
    }
}
