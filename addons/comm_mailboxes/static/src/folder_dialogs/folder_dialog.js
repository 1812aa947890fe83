import { Component, onMounted, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { RPCError } from "@web/core/network/rpc";
import { useService } from "@web/core/utils/hooks";
import { CheckTree } from "@comm_mailboxes/check_tree/check_tree";
import { CheckTreeModel } from "@comm_mailboxes/check_tree/check_tree_model";
import { compareFolders, iconOf } from "@comm_mailboxes/folder_dialogs/folder_items";

/** What the dialogs "Subscribe…" and "Select…" share: a tree of folders that comes from the server and goes back on OK. */
export class FolderDialog extends Component {
    static components = { CheckTree, Dialog };
    static props = { mailboxId: Number, name: String, onlySubscribed: Boolean, close: Function };

    setup() {
        this.orm = useService("orm");
        this.iconOf = iconOf;
        // "revision" counts what the user changes: what is checked is kept outside OWL, for speed.
        this.state = useState({ phase: "loading", error: "", revision: 0 });
        onMounted(() => this.load());
    }

    get isReady() {
        return ["ready", "saving"].includes(this.state.phase);
    }

    /** Call a method of the mailbox; a refusal that was written for users becomes part of the dialog. */
    async call(method, ...args) {
        this.state.error = "";
        try {
            return { answer: await this.orm.silent.call("comm.mailbox", method, [[this.props.mailboxId], ...args]) };
        } catch (error) {
            if (!(error instanceof RPCError) || !error.exceptionName?.startsWith("odoo.exceptions.")) {
                this.props.close();
                throw error;
            }
            this.state.error = error.data.message;
            return undefined;
        }
    }

    buildTree(items) {
        this.model = new CheckTreeModel(items, compareFolders);
        this.state.phase = items.length ? "ready" : "empty";
    }
}
