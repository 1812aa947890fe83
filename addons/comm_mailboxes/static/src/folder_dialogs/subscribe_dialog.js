import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { FolderDialog } from "@comm_mailboxes/folder_dialogs/folder_dialog";

/** The dialog "Subscribe…": all folders of the server, and which of them are subscribed there. */
export class SubscribeDialog extends FolderDialog {
    static template = "comm_mailboxes.SubscribeDialog";

    setup() {
        super.setup();
        this.title = _t("Subscribe folders: %s", this.props.name);
        this.subscribed = new Set();
        this.wanted = new Set();
        this.state.refused = [];
        this.choice = {
            canCheck: (node) => node.item.selectable,
            isLocked: () => false,
            isChecked: (node) => this.wanted.has(node.item.key),
            isOffered: (node) => !node.item.no_mail,
            set: (nodes, isChecked) => {
                for (const node of nodes) {
                    if (isChecked) {
                        this.wanted.add(node.item.key);
                    } else {
                        this.wanted.delete(node.item.key);
                    }
                }
                this.state.revision++;
            },
        };
    }

    get summary() {
        const total = this.model.nodes.filter((node) => node.item.selectable).length;
        return _t("Subscribed: %(count)s of %(total)s", { count: this.wanted.size, total });
    }

    async load() {
        this.state.phase = "loading";
        const result = await this.call("subscription_choices");
        if (!result) {
            this.state.phase = "failed";
            return;
        }
        const folders = result.answer.map((folder) => ({ ...folder, key: folder.path, parentKey: folder.parent }));
        this.subscribed = new Set(
            folders.filter((folder) => folder.selectable && folder.subscribed).map((folder) => folder.key)
        );
        this.wanted = new Set(this.subscribed);
        this.buildTree(folders);
    }

    /** @returns {Object} from path to whether it is to be subscribed, for what the user changed */
    get changes() {
        const paths = [...new Set([...this.wanted, ...this.subscribed])];
        return Object.fromEntries(
            paths
                .filter((path) => this.wanted.has(path) !== this.subscribed.has(path))
                .map((path) => [path, this.wanted.has(path)])
        );
    }

    async save() {
        this.state.phase = "saving";
        const { changes } = this;
        const result = Object.keys(changes).length ? await this.call("set_subscriptions", changes) : { answer: [] };
        this.state.phase = "ready";
        if (!result) {
            return;
        }
        this.state.refused = result.answer;
        if (!this.state.refused.length) {
            this.props.close();
            this.offerRefresh();
            return;
        }
        // What the server did is done; what it refused is as it was.
        for (const { path } of this.state.refused) {
            this.choice.set([this.model.nodes.find((node) => node.item.key === path)], !changes[path]);
        }
        this.subscribed = new Set(this.wanted);
    }

    offerRefresh() {
        // Not the services of this component: it is gone when the answer comes.
        const { action, dialog, orm } = this.env.services;
        dialog.add(ConfirmationDialog, {
            title: _t("Refresh folder structure"),
            body: _t("The subscriptions are on the server. Refresh the folder structure of “%s” now?", this.props.name),
            confirmLabel: _t("Refresh now"),
            cancelLabel: _t("Not now"),
            confirm: async () =>
                action.doAction(await orm.call("comm.mailbox", "action_refresh_folders", [[this.props.mailboxId]])),
            cancel: () => action.doAction("soft_reload"),
        });
    }
}

registry.category("actions").add("comm_mailboxes.subscribe", (env, { params }) => {
    env.services.dialog.add(SubscribeDialog, {
        mailboxId: params.mailbox_id,
        name: params.name,
        onlySubscribed: params.only_subscribed,
    });
});
