import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { Reactive } from "@web/core/utils/reactive";
import { buildOffer, buildPlaces, findPath } from "@comm_folders/tree/tree_model";

/** One structure and what can be put into it; knows what the user picked and what may be done with it. */
export class StructureEditorModel extends Reactive {
    /** @param {() => void} onGone what the user meant is not there any more */
    constructor(orm, scope, onGone) {
        super();
        this.orm = orm;
        this.scope = scope;
        this.onGone = onGone;

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
        /** @type {string[][]} names of icons and what they are called */
        this.icons = [];
        /** Who may read and write in folders made by hand for all, by their ids. */
        this.members = {};

        /** What is being dragged: a place, or what Insert would insert. */
        this.dragged = undefined;
        /** @type {{label: string, run: Function}|undefined} how to take back what was done last */
        this.lastStep = undefined;
    }

    async load() {
        const data = await this.orm.call("comm.structure.entry", "get_editor", [this.scope]);
        const known = new Set(this.entryKeys);
        const { mailboxes, handMade } = buildOffer(data, this.scope);
        Object.assign(this, { canEdit: data.can_edit, icons: data.icons, members: data.members, mailboxes, handMade });
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

    /** @returns {{read: string[], write: string[]}|undefined} who may do what in the chosen folder, if it is made for all */
    get placeMembers() {
        return this.members?.[this.place?.folder?.id];
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

    insert() {
        return this.insertAt(this.target, this.targetName, this.place, this.mode);
    }

    /** @param {import("@comm_folders/tree/tree_model").TreeNode} [place] without it: at the end */
    async insertAt(target, name, place, mode) {
        await this._work(async () => {
            const entryId = await this.orm.call("comm.structure.entry", "insert", [this.scope, target], {
                anchor_id: place?.entryId || false,
                mode,
            });
            if (place && mode === "into") {
                this.expandedPlaces.add(place.key);
            }
            this.newName = "";
            this.placeKey = `entry-${entryId}`;
            // Whatever comes next goes behind this one, so that a row of insertions keeps its order.
            this.mode = "after";
            this._note(_t("Insert “%s”", name), () =>
                this.orm.call("comm.structure.entry", "take_back", [[entryId]], {
                    with_folder: "folder_name" in target,
                })
            );
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
        if (move) {
            await this.moveTo(this.place, move);
        }
    }

    /** @param {{anchor_id: number|false, mode: string}} where arguments for the server's move */
    async moveTo(node, where) {
        const before = this.whereIs(node);
        const move = (to) => this.orm.call("comm.structure.entry", "move", [[node.entryId]], to);
        await this._work(async () => {
            await move(where);
            if (where.mode === "into") {
                this.expandedPlaces.add(`entry-${where.anchor_id}`);
            }
            this.placeKey = node.key;
            this._note(_t("Move “%s”", node.name), () => move(before));
        });
    }

    /** Where an entry stands, as arguments for the server's move. */
    whereIs(node) {
        const path = findPath(this.places, ({ key }) => key === node.key) || [];
        const parent = path.at(-2);
        const siblings = parent ? parent.children : this.places;
        const position = siblings.findIndex(({ key }) => key === node.key);
        if (position > 0) {
            return { anchor_id: siblings[position - 1].entryId, mode: "after" };
        }
        return siblings.length > 1
            ? { anchor_id: siblings[1].entryId, mode: "before" }
            : { anchor_id: parent?.entryId || false, mode: "into" };
    }

    rename(node, name) {
        return this._work(async () => {
            const before = await this.orm.call("comm.structure.entry", "rename", [[node.entryId], name]);
            this._note(_t("Rename “%s”", node.name), () =>
                this.orm.call("comm.structure.entry", "take_back_name", [[node.entryId], before])
            );
        });
    }

    /** @param {{icon: (string|false)}|{color: number}} look */
    decorate(node, look) {
        const write = (values) => this.orm.write("comm.structure.entry", [node.entryId], values);
        const before = { icon: node.icon || false, color: node.color || 0 };
        return this._work(async () => {
            await write(look);
            this._note(_t("Icon and colour of “%s”", node.name), () => write(before));
        });
    }

    async remove(node) {
        const isDone = await this._work(async () => {
            const place = await this.orm.call("comm.structure.entry", "remove", [[node.entryId]]);
            this._note(_t("Remove “%s”", node.name), async () => {
                const entryId = await this.orm.call("comm.structure.entry", "put_back", [place]);
                this.placeKey = `entry-${entryId}`;
            });
        });
        this.placeKey = undefined;
        return isDone;
    }

    // ------------------------------------------------------------------ undo

    _note(label, run) {
        this.lastStep = { label, run };
    }

    async undo() {
        const step = this.lastStep;
        if (step && !this.isWorking) {
            this.lastStep = undefined;
            await this._work(async () => {
                try {
                    await step.run();
                } catch (error) {
                    // Odoo never answered: it can be tried again when it is back.
                    if (!(error instanceof RPCError)) {
                        this.lastStep = step;
                    }
                    throw error;
                }
            });
        }
    }

    // --------------------------------------------------------- drag and drop

    dragPlace(node) {
        this.dragged = { node };
    }

    dragOffer(node) {
        this.offer(node);
        this.dragTarget();
    }

    /** Drag what Insert would insert. */
    dragTarget() {
        this.dragged = { target: this.target, name: this.targetName };
    }

    endDrag() {
        this.dragged = undefined;
    }

    /** How what is dragged can be dropped on a place, or below all of them; undefined when nothing of ours is dragged. */
    dropModes(place) {
        if (!this.dragged) {
            return undefined;
        }
        const { node } = this.dragged;
        if (this.isWorking || (node && place && findPath([node], ({ key }) => key === place.key))) {
            return [];
        }
        return place ? ["before", "into", "after"] : ["after"];
    }

    async drop(place, mode) {
        const { node, target, name } = this.dragged;
        this.endDrag();
        if (target) {
            return this.insertAt(target, name, place, mode);
        }
        const last = this.places.at(-1);
        // The last of all is at the end already.
        if (!place && last.key === node.key) {
            return undefined;
        }
        return this.moveTo(node, { anchor_id: (place || last).entryId, mode });
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
        return this._work(async () => {
            await this.orm.call("comm.folder", "delete_empty", [[node.folder.id]]);
            // What is deleted cannot be brought back, and what was done before is not the last step any more.
            this.lastStep = undefined;
        });
    }

    /** @returns {Promise<boolean>} whether what it was about was still there */
    async _work(work) {
        this.isWorking = true;
        try {
            await work();
            return true;
        } catch (error) {
            if (error.exceptionName !== "odoo.exceptions.MissingError") {
                throw error;
            }
            this.onGone();
            return false;
        } finally {
            // Also after a refusal: its reason may be what somebody else did.
            await this.load().finally(() => (this.isWorking = false));
        }
    }

    /** Somebody changed it in another window. What is under way here loads it itself. */
    async refresh() {
        if (!this.isWorking) {
            await this.load();
        }
    }
}
