import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { FolderDialog } from "@comm_mailboxes/folder_dialogs/folder_dialog";

/**
 * The dialog "Select…": what the automatic fetch takes of the folders that the last refresh brought. A folder is taken by
 * itself ("this") or with all below, also future ones ("tree"), and then covers what is below it.
 */
export class SelectDialog extends FolderDialog {
    static template = "comm_mailboxes.SelectDialog";

    setup() {
        super.setup();
        this.title = _t("Select folders: %s", this.props.name);
        this.modes = new Map();
        this.choice = {
            canCheck: (node) => node.item.selectable,
            isChecked: (node) => this.isFetched(node),
            isLocked: (node) => this.isInbox(node) || Boolean(this.coveredBy(node)),
            isOffered: (node) => !node.item.no_mail,
            set: (nodes, isChecked) => {
                for (const node of nodes) {
                    if (!isChecked || this.mode(node) === "no") {
                        this.modes.set(node.item.key, isChecked ? "this" : "no");
                    }
                }
                this.state.revision++;
            },
        };
    }

    mode(node) {
        return this.modes.get(node.item.key) ?? node.item.fetch_mode;
    }

    /** The automatic fetch takes the inbox in any case. */
    isInbox(node) {
        return node.item.role === "inbox";
    }

    isTree(node) {
        return this.mode(node) === "tree";
    }

    /** @returns {Object|undefined} the node above that takes this one along */
    coveredBy(node) {
        for (let above = node.parent; above; above = above.parent) {
            if (this.isTree(above)) {
                return above;
            }
        }
        return undefined;
    }

    isFetched(node) {
        return this.isInbox(node) || this.mode(node) !== "no" || Boolean(this.coveredBy(node));
    }

    toggleTree(node) {
        if (this.coveredBy(node)) {
            return;
        }
        const without = node.item.selectable ? "this" : "no";
        this.modes.set(node.item.key, this.isTree(node) ? without : "tree");
        this.state.revision++;
    }

    onKeydown(ev, node) {
        if (ev.key === " " && ev.shiftKey) {
            this.toggleTree(node);
            return true;
        }
        return false;
    }

    hintOf(node) {
        const above = this.coveredBy(node);
        if (above) {
            return _t("with “%s”", above.item.name);
        }
        return this.isInbox(node) ? _t("always fetched") : "";
    }

    get summary() {
        const count = this.model.nodes.filter((node) => node.item.selectable && this.isFetched(node)).length;
        return _t("Fetched automatically: %(count)s of %(total)s", {
            count,
            total: this.model.nodes.filter((node) => node.item.selectable).length,
        });
    }

    async load() {
        const result = await this.call("folder_choices");
        if (!result) {
            this.state.phase = "failed";
            return;
        }
        this.buildTree(result.answer.map((folder) => ({ ...folder, key: folder.id, parentKey: folder.parent_id })));
    }

    async refresh() {
        this.state.phase = "loading";
        if (await this.call("refresh_folders")) {
            await this.load();
        } else {
            this.state.phase = "empty";
        }
    }

    async save() {
        const changed = this.model.nodes.filter((node) => this.mode(node) !== node.item.fetch_mode);
        this.state.phase = "saving";
        const changes = Object.fromEntries(changed.map((node) => [node.item.key, this.mode(node)]));
        if (changed.length && !(await this.call("set_fetch_modes", changes))) {
            this.state.phase = "ready";
            return;
        }
        this.props.close();
    }
}

registry.category("actions").add("comm_mailboxes.select_folders", (env, { params }) => {
    env.services.dialog.add(
        SelectDialog,
        { mailboxId: params.mailbox_id, name: params.name, onlySubscribed: params.only_subscribed },
        { onClose: () => env.services.action.doAction("soft_reload") }
    );
});
