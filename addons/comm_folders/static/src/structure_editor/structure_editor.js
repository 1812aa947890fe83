import { Component, onWillStart, useEffect, useExternalListener, useRef, useState } from "@odoo/owl";
import { ColorList } from "@web/core/colorlist/colorlist";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useEditorFocus } from "@comm_folders/structure_editor/editor_focus";
import { StructureEditorModel } from "@comm_folders/structure_editor/structure_editor_model";
import { Tree } from "@comm_folders/tree/tree";
import { titleOf } from "@comm_folders/tree/tree_model";
import { beginDrag } from "@comm_folders/tree/tree_drop";

const ARROW_KEYS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "in" };

// What the server says of a name that does not do.
const REFUSALS = ["odoo.exceptions.UserError", "odoo.exceptions.ValidationError"];

/** My Folder Structure and Shared Folder Structure: at the left what is there, at the right what can be inserted. */
export class StructureEditor extends Component {
    static template = "comm_folders.StructureEditor";
    static components = { Dropdown, Layout, Tree };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.model = useState(
            new StructureEditorModel(useService("orm"), this.props.action.params.scope, () => this.tellGone())
        );
        useBus(useService("comm_news").bus, "news", ({ detail }) => detail.isStructure && this.model.refresh());
        // refusal: {name, reason}
        this.state = useState({ renamedKey: undefined, newName: "", refusal: undefined });
        this.display = { controlPanel: {} };
        this.modes = [
            { value: "before", label: _t("Before") },
            { value: "after", label: _t("After") },
            { value: "into", label: _t("As subfolder") },
        ];
        this.arrows = [
            { direction: "up", icon: "oi-arrow-up", label: _t("Move up"), key: "Alt+↑" },
            { direction: "down", icon: "oi-arrow-down", label: _t("Move down"), key: "Alt+↓" },
            { direction: "out", icon: "oi-arrow-left", label: _t("Move one level up"), key: "Alt+←" },
            {
                direction: "in",
                icon: "oi-arrow-right",
                label: _t("Make it a subfolder of the one above"),
                key: "Alt+→",
            },
        ];
        this.colors = ColorList.COLORS;
        this.titleOf = titleOf;
        this.root = useRef("root");
        useEditorFocus(this.root, () => this.model.isWorking);
        // On the document, since after a click beside everything nothing in here has the focus.
        useExternalListener(document, "keydown", (ev) => this.onKeydown(ev));
        this.renameInput = useRef("rename");
        useEffect(
            (input) => input?.select(),
            () => [this.renameInput.el, this.state.refusal]
        );
        onWillStart(() => this.model.load());
    }

    get isShared() {
        return this.model.scope === "shared";
    }

    get offerNodes() {
        const { mailboxes, handMade } = this.model;
        return [
            { key: "group-mailboxes", type: "group", name: _t("Mailboxes"), children: mailboxes },
            { key: "group-hand-made", type: "group", name: _t("Folders made by hand"), children: handMade },
        ].filter((group) => group.children.length);
    }

    /** Says in one sentence what Insert would do. */
    get summary() {
        const { target, targetName, offered, place, mode } = this.model;
        if (!target) {
            return offered
                ? _t("“%s” has a place here already.", offered.name)
                : _t("Choose a mailbox or a folder, or name a new one.");
        }
        if (!place) {
            return _t("“%s” goes to the end.", targetName);
        }
        const names = { name: targetName, place: place.name };
        return {
            before: _t("“%(name)s” goes before “%(place)s”.", names),
            after: _t("“%(name)s” goes after “%(place)s”.", names),
            into: _t("“%(name)s” goes into “%(place)s”.", names),
        }[mode];
    }

    get renameTitle() {
        const { folder, mailbox } = this.model.place || {};
        const isByHand = folder?.is_local && !mailbox;
        if (isByHand && !folder.user_id && !this.isShared) {
            return _t("Rename, only here: the shared structure gives it its name for all (F2)");
        }
        const isOwn = isByHand && Boolean(folder.user_id) !== this.isShared;
        return isOwn ? _t("Rename (F2)") : _t("Rename, only here and not on the mail server (F2)");
    }

    get undoTitle() {
        const { lastStep } = this.model;
        return lastStep ? _t("Undo: %s (Ctrl+Z)", lastStep.label) : _t("Undo (Ctrl+Z)");
    }

    /** Says in one sentence who may do what in the chosen folder. */
    get membersText() {
        const { read, write } = this.model.placeMembers;
        const names = { read: formatList(read), write: formatList(write) };
        if (read.length && write.length) {
            return _t("Mail kept here is read by %(read)s, and read and changed by %(write)s.", names);
        }
        if (read.length) {
            return _t("Mail kept here is read by %(read)s. Nobody may put any here.", names);
        }
        return write.length
            ? _t("Mail kept here is read and changed by %(write)s.", names)
            : _t("Nobody sees this folder, and nobody may put mail here.");
    }

    editMembers() {
        const { place } = this.model;
        this.dialog.add(FormViewDialog, {
            title: _t("Who may read “%s”", place.name),
            resModel: "comm.folder",
            resId: place.folder.id,
            context: { form_view_ref: "comm_folders.comm_folder_view_form_members" },
            size: "md",
            canExpand: false,
            onRecordSaved: () => this.model.load(),
        });
    }

    toggle(expanded, node) {
        if (!expanded.delete(node.key)) {
            expanded.add(node.key);
        }
    }

    /** @returns {boolean} whether the key did something */
    onPlaceKeydown(ev, node) {
        if (!this.model.canEdit || ev.ctrlKey || ev.metaKey) {
            return false;
        }
        if (ev.altKey ? !(ev.key in ARROW_KEYS) : !["F2", "Delete"].includes(ev.key)) {
            return false;
        }
        if (this.model.isWorking) {
            return true;
        }
        this.model.placeKey = node.key;
        if (ev.altKey) {
            this.model.move(ARROW_KEYS[ev.key]);
        } else if (ev.key === "F2") {
            this.startRename();
        } else {
            this.remove();
        }
        return true;
    }

    onKeydown(ev) {
        const isUndo = (ev.ctrlKey || ev.metaKey) && !ev.shiftKey && ev.key.toLowerCase() === "z";
        const isOurs = ev.target === document.body || this.root.el.contains(ev.target);
        if (isUndo && isOurs && this.model.lastStep && !ev.target.matches("input[type=text]")) {
            ev.preventDefault();
            ev.stopPropagation();
            this.model.undo();
        }
    }

    canDragPlace(node) {
        return this.model.canEdit && this.state.renamedKey !== node.key;
    }

    canDragOffer(node) {
        return node.type !== "group" && !this.model.isTaken(node);
    }

    onDragNewFolder(ev) {
        this.model.dragTarget();
        beginDrag(ev);
    }

    onDragOver(place) {
        const modes = this.model.dropModes(place);
        return modes && { modes };
    }

    /** Where nothing is there yet, the first is dropped anywhere. */
    onDragOverEmpty(ev) {
        if (this.model.dragged) {
            ev.preventDefault();
        }
    }

    onDropEmpty(ev) {
        if (this.model.dragged) {
            ev.preventDefault();
            this.model.drop(undefined, "after");
        }
    }

    startRename() {
        const { key, name } = this.model.place;
        Object.assign(this.state, { renamedKey: key, newName: name, refusal: undefined });
    }

    /** A name that is refused stays in the field, with the reason; who leaves it like that gives it up. */
    async finishRename(node, { isLeaving = false } = {}) {
        const { renamedKey, newName, refusal } = this.state;
        // Leaving the field ends the renaming too, also after Enter or Escape have done so.
        if (renamedKey !== node.key || this.model.isWorking) {
            return;
        }
        if (newName !== node.name && !(isLeaving && newName === refusal?.name)) {
            try {
                await this.model.rename(node, newName);
            } catch (error) {
                if (!REFUSALS.includes(error.exceptionName) || this.state.renamedKey !== node.key) {
                    throw error;
                }
                this.state.refusal = { name: newName, reason: error.data.message };
                return;
            }
        }
        this.state.renamedKey = undefined;
    }

    onRenameKeydown(ev, node) {
        if (ev.key === "Enter") {
            this.finishRename(node);
        } else if (ev.key === "Escape") {
            this.state.renamedKey = undefined;
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    async remove() {
        const node = this.model.place;
        if (await this.model.remove(node)) {
            this.notification.add(
                _t("“%s” was removed from here. Mailbox, folder and mail are untouched.", node.name),
                {
                    type: "success",
                }
            );
        }
    }

    tellGone() {
        this.notification.add(
            _t("This is not there any more: it was removed in another window, or by somebody else."),
            {
                type: "warning",
            }
        );
    }

    deleteFolder(node) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Delete folder"),
            body: _t("Delete the empty folder “%s”?", node.name),
            confirmLabel: _t("Delete"),
            confirm: () => this.model.deleteFolder(node),
            cancel: () => {},
        });
    }

    openAction(xmlId) {
        return this.action.doAction(xmlId);
    }
}

registry.category("actions").add("comm_folders.structure_editor", StructureEditor);
