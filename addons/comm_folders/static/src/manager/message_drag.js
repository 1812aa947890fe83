import { _t } from "@web/core/l10n/translation";
import { isMacOS } from "@web/core/browser/feature_detection";
import { beginDrag } from "@comm_folders/tree/tree_drop";

/** Messages that are dragged from the list onto a folder of the tree: they are moved there, with Ctrl copied. */
export class MessageDrag {
    constructor(model) {
        this.model = model;
        this.targets = undefined;
    }

    /** A row of the selection takes all of it along, any other one goes alone: a conversation with all of its messages. */
    begin(ev, message) {
        const { changes, list, selection } = this.model;
        this.stamp = list.stamp;
        this.targets = selection.has(message.id) ? selection.target : list.targetOf([message.id]);
        beginDrag(ev, "copyMove");
        this._show(ev, changes.countOf(this.targets));
    }

    end() {
        this.targets = undefined;
    }

    /** Beside the pointer stands how many messages are on their way. */
    _show(ev, count) {
        if (!ev.dataTransfer) {
            return;
        }
        const label = document.createElement("div");
        label.className = "o_comm_drag_label badge text-bg-primary fs-6 position-fixed";
        label.textContent =
            count === undefined ? _t("Selected messages") : count === 1 ? _t("1 message") : _t("%s messages", count);
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
            return undefined;
        }
        const isCopy = this.isCopy(ev);
        const folder = node && this.folderOf(node);
        return {
            modes: folder && this.takes(folder, isCopy) ? ["into"] : [],
            effect: isCopy ? "copy" : "move",
        };
    }

    folderOf(node) {
        return node.type === "group" ? undefined : this.model.folderOf(node);
    }

    /** Whether messages of the list can go into this folder; the server has the last word. */
    takes(folder, isCopy) {
        const { model } = this;
        const source = model.folder;
        if (!folder.mailbox_id) {
            // Folders made by hand: one's own, and those of the shared structure where the user may write.
            return Boolean(folder.can_write) && (folder.id !== source.id || model.list.isWide);
        }
        const isOther = folder.id !== source.id || model.list.isWide;
        const mailbox = model.mailboxes.get(folder.mailbox_id);
        const isNear = !source.mailbox_id || model.list.isWide || folder.mailbox_id === source.mailbox_id;
        return Boolean(
            isOther &&
                isNear &&
                mailbox?.kind === "imap" &&
                mailbox.can_write &&
                folder.is_selectable &&
                !folder.is_local &&
                !folder.is_missing &&
                // What lies in Odoo alone has nothing on a server to be copied there.
                (source.mailbox_id || !isCopy)
        );
    }

    drop(node, ev) {
        const { targets } = this;
        const folder = this.folderOf(node);
        const { changes } = this.model;
        this.end();
        return this.isCopy(ev) ? changes.copy(targets, folder) : changes.move(targets, folder);
    }
}
