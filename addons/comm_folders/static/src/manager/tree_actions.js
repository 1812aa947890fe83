import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * What the menu of a mailbox or a folder in the tree offers. Others add to it:
 *
 *   label {string}, icon {string}, isLong {boolean}: not offered while the node is busy,
 *   isAvailable(node, model) {boolean}, run(node, model)
 */
export const treeActions = registry.category("comm_folders.tree_actions");

const isOnServer = (node) => Boolean(node.folder?.is_selectable && node.mailbox && !node.folder.is_missing);

treeActions
    .add(
        "refresh_folders",
        {
            label: _t("Refresh folder structure"),
            icon: "fa-refresh",
            isLong: true,
            isAvailable: (node) => node.type === "mailbox",
            run: (node, model) => model.refreshFolders(node),
        },
        { sequence: 10 }
    )
    .add(
        "fetch_mail",
        {
            label: _t("Fetch now"),
            icon: "fa-download",
            isLong: true,
            isAvailable: (node) => node.type === "mailbox" || isOnServer(node),
            run: (node, model) => model.fetchMail(node),
        },
        { sequence: 20 }
    )
    .add(
        "properties",
        {
            label: _t("Properties"),
            icon: "fa-cog",
            isAvailable: (node) => node.type === "mailbox",
            run: (node, model) => model.openProperties(node),
        },
        { sequence: 90 }
    );
