import { Reactive } from "@web/core/utils/reactive";
import { buildOffer, buildPlaces, findPath } from "@comm_folders/tree/tree_model";

/** One structure and what can be put into it; knows what the user picked and what may be done with it. */
export class StructureEditorModel extends Reactive {
    constructor(orm, scope) {
        super();
        this.orm = orm;
        this.scope = scope;

        this.canEdit = false;
        this.places = [];
        this.mailboxes = [];
        this.handMade = [];
        this.taken = new Set();
        this.expandedPlaces = new Set();
        this.expandedOffer = new Set(["group-mailboxes", "group-hand-made"]);

        this.placeKey = undefined;
        this.offerKey = undefined;
        this.newName = "";
        this.mode = "after";
        this.isWorking = false;
    }

    async load() {
        const data = await this.orm.call("comm.structure.entry", "get_editor", [this.scope]);
        const known = new Set(this.entryKeys);
        const { mailboxes, handMade } = buildOffer(data);
        Object.assign(this, { canEdit: data.can_edit, mailboxes, handMade });
        this.places = buildPlaces(data, this.scope);
        this.taken = new Set(
            data.entries.map(({ mailbox_id, folder_id }) =>
                mailbox_id ? `mailbox-${mailbox_id}` : `folder-${folder_id}`
            )
        );
        // What is new shows with everything below it.
        for (const key of this.entryKeys) {
            if (!known.has(key)) {
                this.expandedPlaces.add(key);
            }
        }
    }

    get entryKeys() {
        const keysOf = (nodes) => nodes.flatMap((node) => [node.key, ...keysOf(node.children)]);
        return keysOf(this.places);
    }

    // ---------------------------------------------------------------- insert

    /** @returns {import("@comm_folders/tree/tree_model").TreeNode|undefined} */
    get place() {
        return findPath(this.places, (node) => node.key === this.placeKey)?.at(-1);
    }

    get offered() {
        return findPath([...this.mailboxes, ...this.handMade], (node) => node.key === this.offerKey)?.at(-1);
    }

    /** What would be inserted, as the server wants it. */
    get target() {
        if (this.newName.trim()) {
            return { folder_name: this.newName.trim() };
        }
        const node = this.offered;
        if (!node || this.isTaken(node)) {
            return undefined;
        }
        return node.type === "mailbox" ? { mailbox_id: node.mailbox.id } : { folder_id: node.folder.id };
    }

    get targetName() {
        return this.newName.trim() || this.offered?.name;
    }

    isTaken(node) {
        const record = node.type === "mailbox" ? node.mailbox : node.folder;
        return Boolean(record) && this.taken.has(`${node.type}-${record.id}`);
    }

    offer(node) {
        this.offerKey = node.key;
        this.newName = "";
    }

    async insert() {
        await this._work(async () => {
            const entryId = await this.orm.call("comm.structure.entry", "insert", [this.scope, this.target], {
                anchor_id: this.place?.entryId || false,
                mode: this.mode,
            });
            if (this.place && this.mode === "into") {
                this.expandedPlaces.add(this.placeKey);
            }
            this.newName = "";
            this.placeKey = `entry-${entryId}`;
            // Whatever comes next goes behind this one, so that a row of insertions keeps its order.
            this.mode = "after";
        });
    }

    // --------------------------------------------------------------- arrange

    /**
     * Where each of the four arrows would take the chosen entry.
     *
     * @returns {{up?: Object, down?: Object, out?: Object, in?: Object}} arguments for the server's move
     */
    get moves() {
        const path = findPath(this.places, (node) => node.key === this.placeKey);
        if (!path) {
            return {};
        }
        const [parent, node] = [path.at(-2), path.at(-1)];
        const siblings = parent ? parent.children : this.places;
        const position = siblings.indexOf(node);
        const beside = (sibling, mode) => sibling && { anchor_id: sibling.entryId, mode };
        return {
            up: beside(siblings[position - 1], "before"),
            down: beside(siblings[position + 1], "after"),
            out: beside(parent, "after"),
            in: beside(siblings[position - 1], "into"),
        };
    }

    async move(direction) {
        const move = this.moves[direction];
        if (!move) {
            return;
        }
        await this._work(async () => {
            await this.orm.call("comm.structure.entry", "move", [[this.place.entryId]], move);
            this.expandedPlaces.add(`entry-${move.anchor_id}`);
        });
    }

    rename(node, name) {
        return this._work(() => this.orm.call("comm.structure.entry", "rename", [[node.entryId], name]));
    }

    async remove(node) {
        await this._work(() => this.orm.unlink("comm.structure.entry", [node.entryId]));
        this.placeKey = undefined;
    }

    // ------------------------------------------------------ hand-made folders

    /** An empty folder without a place is only in the way. */
    canDelete(node) {
        const { folder } = node;
        return Boolean(
            folder?.is_local &&
                !folder.message_count &&
                !this.isTaken(node) &&
                (folder.user_id || this.scope === "shared")
        );
    }

    deleteFolder(node) {
        return this._work(() => this.orm.unlink("comm.folder", [node.folder.id]));
    }

    async _work(work) {
        this.isWorking = true;
        try {
            await work();
            await this.load();
        } finally {
            this.isWorking = false;
        }
    }
}
