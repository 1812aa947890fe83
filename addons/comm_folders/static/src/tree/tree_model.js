import { markRaw, toRaw } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

/**
 * The server answers with flat lists that name their parents (models/comm_structure_tree.py); here they become trees.
 *
 * @typedef {Object} TreeNode
 * @property {string} key unique within the tree: a folder may appear in several places
 * @property {"group"|"mailbox"|"folder"} type
 * @property {string} name
 * @property {string} [label] the name that the user gave to the place, which is empty when it bears that of what is there
 * @property {string} [hint] whose folder it is, where the place does not tell, or that a mailbox only sends
 * @property {number} [entryId] set on places that the user arranged
 * @property {string} [icon] of the user's choice, as Font Awesome calls it without "fa-"
 * @property {number} [color] of the user's choice: a number of Odoo's colours
 * @property {Object} [mailbox]
 * @property {Object} [folder]
 * @property {TreeNode[]} children
 */

const ROLE_ICONS = {
    inbox: "fa-inbox",
    drafts: "fa-pencil-square-o",
    outbox: "fa-share-square-o",
    sent: "fa-paper-plane-o",
    archive: "fa-archive",
    junk: "fa-ban",
    trash: "fa-trash-o",
};

const isOutgoing = (mailbox) => mailbox?.kind === "smtp";
const hintOf = (mailbox) => (isOutgoing(mailbox) ? _t("outgoing") : "");
/** Among one's own folders made by hand there may be one of all of the same name. */
const hintByHand = (folder) => (folder?.is_local && !folder.mailbox_id && !folder.user_id ? _t("shared") : "");

/**
 * @param {TreeNode} node
 * @returns {string}
 */
export function iconOf(node) {
    if (node.icon) {
        return `fa-${node.icon}`;
    }
    if (node.type === "mailbox") {
        return isOutgoing(node.mailbox) ? "fa-paper-plane-o" : "fa-envelope-o";
    }
    return ROLE_ICONS[node.folder.role] || (node.folder.is_local ? "fa-folder" : "fa-folder-o");
}

/**
 * @param {TreeNode} node
 * @returns {string} what its name tells who points at it
 */
export function titleOf(node) {
    return node.folder?.is_missing ? _t("Gone from the server. What Odoo holds of it is kept.") : node.name;
}

function groupBy(records, fieldName) {
    const groups = new Map();
    for (const record of records) {
        const value = record[fieldName];
        if (!groups.has(value)) {
            groups.set(value, []);
        }
        groups.get(value).push(record);
    }
    return groups;
}

class TreeBuilder {
    constructor({ entries = [], mailboxes, folders }) {
        this.entries = entries;
        this.mailboxes = new Map(mailboxes.map((mailbox) => [mailbox.id, mailbox]));
        this.folders = new Map(folders.map((folder) => [folder.id, folder]));
        // A folder whose parent is not shown hangs at the top of its mailbox.
        this.foldersByParent = groupBy(
            folders.filter((folder) => this.folders.has(folder.parent_id)),
            "parent_id"
        );
        this.topFolders = groupBy(
            folders.filter((folder) => !this.folders.has(folder.parent_id)),
            "mailbox_id"
        );
    }

    entryNodes(scope) {
        const byParent = groupBy(
            this.entries.filter((entry) => entry.scope === scope),
            "parent_id"
        );
        const nodesBelow = (parentId) =>
            (byParent.get(parentId) || []).map((entry) => {
                const node = this.entryNode(entry);
                node.children.unshift(...nodesBelow(entry.id));
                return node;
            });
        return nodesBelow(false);
    }

    entryNode(entry) {
        const folder = this.folders.get(entry.folder_id);
        const mailbox = this.mailboxes.get(entry.mailbox_id || folder?.mailbox_id);
        const key = `entry-${entry.id}`;
        return {
            key,
            type: entry.mailbox_id ? "mailbox" : "folder",
            name: entry.name,
            hint: entry.mailbox_id
                ? hintOf(mailbox)
                : mailbox?.name || (entry.scope === "personal" ? hintByHand(folder) : ""),
            entryId: entry.id,
            label: entry.label,
            icon: entry.icon,
            color: entry.color,
            mailbox,
            // Managers arrange folders that they may not read: of those only the place is known.
            folder: entry.mailbox_id ? undefined : folder || { id: entry.folder_id, role: "" },
            children: entry.mailbox_id
                ? this.mailboxFolders(entry.mailbox_id, key)
                : this.folderNodes(this.foldersByParent.get(entry.folder_id), key),
        };
    }

    mailboxFolders(mailboxId, prefix) {
        return this.folderNodes(this.topFolders.get(mailboxId), prefix);
    }

    folderNodes(folders = [], prefix = "") {
        return folders.map((folder) => {
            const key = `${prefix}/folder-${folder.id}`;
            return {
                key,
                type: "folder",
                name: folder.name,
                mailbox: this.mailboxes.get(folder.mailbox_id),
                folder,
                children: this.folderNodes(this.foldersByParent.get(folder.id), key),
            };
        });
    }
}

/**
 * Build the places of one structure, with the live server folders below them.
 *
 * @param {{entries: Object[], mailboxes: Object[], folders: Object[]}} data
 * @param {"personal"|"shared"} scope
 * @returns {TreeNode[]}
 */
export function buildStructure(data, scope) {
    return new TreeBuilder(data).entryNodes(scope);
}

/**
 * Build the places of one structure alone, as its editor shows them.
 *
 * @param {{entries: Object[], mailboxes: Object[], folders: Object[]}} data
 * @param {"personal"|"shared"} scope
 * @returns {TreeNode[]}
 */
export function buildPlaces(data, scope) {
    const withoutFolders = (nodes) => {
        for (const node of nodes) {
            node.children = node.children.filter((child) => child.entryId);
            withoutFolders(node.children);
        }
        return nodes;
    };
    return withoutFolders(buildStructure(data, scope));
}

/**
 * Build what can be inserted: mailboxes with their folders, and folders made by hand.
 *
 * @param {{mailboxes: Object[], folders: Object[]}} data
 * @param {"personal"|"shared"} scope of the structure that it is for
 * @returns {{mailboxes: TreeNode[], handMade: TreeNode[]}}
 */
export function buildOffer(data, scope) {
    const builder = new TreeBuilder(data);
    const mailboxes = data.mailboxes.map((mailbox) => {
        const key = `mailbox-${mailbox.id}`;
        return {
            key,
            type: "mailbox",
            name: mailbox.name,
            hint: hintOf(mailbox),
            mailbox,
            children: builder.mailboxFolders(mailbox.id, key),
        };
    });
    const handMade = builder
        .mailboxFolders(false)
        .map((node) => (scope === "personal" ? { ...node, hint: hintByHand(node.folder) } : node));
    return { mailboxes, handMade };
}

/**
 * @param {TreeNode[]} nodes
 * @param {Set<string>} expanded keys of the nodes whose children show
 * @returns {{node: TreeNode, level: number, parent: (TreeNode|undefined)}[]}
 */
export function visibleRows(nodes, expanded, level = 1, parent = undefined) {
    const rows = [];
    for (const node of nodes) {
        rows.push({ node, level, parent });
        if (node.children.length && expanded.has(node.key)) {
            rows.push(...visibleRows(node.children, expanded, level + 1, node));
        }
    }
    return rows;
}

/**
 * @param {TreeNode[]} nodes
 * @param {(node: TreeNode) => boolean} matches
 * @returns {TreeNode[]|undefined} the nodes from the root down to the first that matches
 */
export function findPath(nodes, matches) {
    for (const node of nodes) {
        if (matches(node)) {
            return [node];
        }
        const below = findPath(node.children, matches);
        if (below) {
            return [node, ...below];
        }
    }
    return undefined;
}

/**
 * What every row and button asks, and what would be looked for among thousands of folders each time. It names places and ids,
 * not what is there: that is read through whoever asks, who then is drawn again when it changes.
 *
 * @param {TreeNode[]} roots
 * @param {Map<number, Object>} folders
 * @returns {{places: Map<string, number[]>, idsByRole: Map<string, number>}} for each key of a node the positions to go, from
 *     the root down; for each "mailbox id role" the first folder with it
 */
export function indexOf(roots, folders) {
    const [places, idsByRole] = [new Map(), new Map()];
    const collect = (children, above) => {
        children.forEach((node, position) => {
            const place = [...above, position];
            places.set(node.key, place);
            collect(node.children, place);
        });
    };
    collect(toRaw(roots), []);
    for (const { id, mailbox_id: mailboxId, role } of toRaw(folders).values()) {
        const key = `${mailboxId} ${role}`;
        if (mailboxId && role && !idsByRole.has(key)) {
            idsByRole.set(key, id);
        }
    }
    return markRaw({ places, idsByRole });
}

/**
 * Unread messages of a node and, when its children do not show, of all below. A folder counts once.
 *
 * @param {TreeNode} node
 * @param {boolean} withChildren
 * @returns {number}
 */
export function unreadOf(node, withChildren) {
    const counts = new Map();
    const collect = ({ folder, children }) => {
        if (folder) {
            counts.set(folder.id, folder.unread_count || 0);
        }
        if (withChildren) {
            children.forEach(collect);
        }
    };
    collect(node);
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
