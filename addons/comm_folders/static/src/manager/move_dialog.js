import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { normalize } from "@web/core/l10n/utils";
import { useAutofocus, useService } from "@web/core/utils/hooks";

// More than anybody looks through; who has more folders types a part of the name.
const SHOWN = 200;

/**
 * Ask into which folder messages are to go, and take them there.
 *
 * @param {"move"|"copy"} change
 * @param {Object} targets as `MessageChanges` takes them, of one mailbox
 * @param {Object} context with the Manager's `model` and the service `dialog`
 */
export function askForFolder(change, targets, { model, dialog }) {
    const [{ folderId }] = model.places.ofTargets(targets);
    const { stamp } = model.list;
    dialog.add(MoveDialog, {
        folderId,
        isCopy: change === "copy",
        onChosen: (folder) => model.changes[change](targets, folder, stamp),
    });
}

/** A path as it is compared: people type it without blanks. */
const comparable = (path) => normalize(path).replace(/\s*\/\s*/g, "/");

/** Asks into which folder, by a list that typing narrows. */
export class MoveDialog extends Component {
    static template = "comm_folders.MoveDialog";
    static components = { Dialog };
    static props = {
        // Where the messages lie, which decides where they can go.
        folderId: Number,
        isCopy: { type: Boolean, optional: true },
        onChosen: Function,
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ text: "", cursor: 0, found: [] });
        useAutofocus();
        onWillStart(async () => {
            const { folderId, isCopy } = this.props;
            this.targets = await this.orm.call("comm.folder", "get_move_targets", [[folderId]], {
                is_copy: Boolean(isCopy),
            });
            this.state.found = this.targets.slice(0, SHOWN);
        });
    }

    get title() {
        return this.props.isCopy ? _t("Copy to folder") : _t("Move to folder");
    }

    /**
     * The folders in whose path every word stands, whatever its accents: first the one with this very path, then what is
     * called so, then what begins so, or has this piece of a path.
     */
    find(text) {
        // Once for all that is typed: with thousands of folders this is the work.
        this.known ??= this.targets.map(({ name, path }) => ({ name: comparable(name), path: comparable(path) }));
        const wanted = comparable(text)
            .trim()
            .replace(/^\/|\/$/g, "");
        const words = wanted.split(/[\s/]+/).filter(Boolean);
        const isPath = wanted.includes("/");
        const begins = (name, path) => name.startsWith(wanted) || (isPath && path.includes(wanted));
        const rankOf = (name, path) => [path === wanted, name === wanted, begins(name, path)].indexOf(true);
        const ranks = [[], [], [], []];
        this.known.forEach(({ name, path }, index) => {
            if (words.every((word) => path.includes(word))) {
                ranks.at(wanted ? rankOf(name, path) : 0).push(this.targets[index]);
            }
        });
        return ranks.flat().slice(0, SHOWN);
    }

    get cursorId() {
        return this.state.found[this.state.cursor]?.id;
    }

    onInput(ev) {
        const text = ev.target.value;
        Object.assign(this.state, { text, cursor: 0, found: this.find(text) });
    }

    onKeydown(ev) {
        const step = { ArrowDown: 1, ArrowUp: -1 }[ev.key];
        if (step) {
            const last = this.state.found.length - 1;
            this.state.cursor = Math.max(Math.min(this.state.cursor + step, last), 0);
            ev.target.ownerDocument
                .getElementById(`o_comm_target_${this.cursorId}`)
                ?.scrollIntoView({ block: "nearest" });
        } else if (ev.key === "Enter" && !ev.isComposing) {
            this.choose(this.state.found[this.state.cursor]);
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    choose(folder) {
        if (folder) {
            this.props.close();
            this.props.onChosen(folder);
        }
    }
}
