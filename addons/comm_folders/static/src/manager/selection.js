import { _t } from "@web/core/l10n/translation";
import { Reactive } from "@web/core/utils/reactive";
import { formatInteger } from "@web/views/fields/formatters";

/**
 * Which messages of a list are selected. "All" is all that there was when somebody said so: what comes later was not meant.
 * Until the server has told which these are, the list's query stands for them.
 */
export class Selection extends Reactive {
    /** @param {import("@comm_folders/manager/list_model").ListModel} list */
    constructor(list) {
        super();
        this.list = list;
        this.ids = new Set();
        this.isAll = false;
        this.excluded = new Set();
        // Where a range begins: at a message, wherever others push it; see `anchorAt`.
        this.anchor = { index: 0, id: undefined };
        // Raised when it begins anew: what the server tells of an earlier one is not meant any more.
        this._round = 0;
    }

    get count() {
        return this.isAll ? Math.max(this.list.total - this.excluded.size, 0) : this.ids.size;
    }

    get isEmpty() {
        return !this.count;
    }

    /** How many are selected, in words. */
    get label() {
        const { count, list } = this;
        return count > 1 && count === list.total
            ? _t("All %s selected", formatInteger(count))
            : _t("%s selected", formatInteger(count));
    }

    has(id) {
        return this.isAll ? !this.excluded.has(id) : this.ids.has(id);
    }

    clear() {
        this._round++;
        this.isAll = false;
        this.ids.clear();
        this.excluded.clear();
    }

    async selectAll() {
        this.clear();
        this.isAll = true;
        const round = this._round;
        try {
            const ids = await this.list.allIds();
            if (round === this._round) {
                this.ids = new Set(ids.filter((id) => !this.excluded.has(id)));
            }
        } finally {
            if (round === this._round) {
                this.isAll = false;
                this.excluded.clear();
            }
        }
    }

    /** Let ranges begin here. */
    anchorAt(index) {
        this.anchor = { index, id: this.list.rows.get(index)?.id };
    }

    /** Rows came or went: the anchor goes with its message. */
    keepAnchor() {
        const index = this.list.indexOf(this.anchor.id);
        if (index >= 0) {
            this.anchor.index = index;
        }
    }

    /** A row is known by another message now. */
    rename(before, id) {
        [this.ids, this.excluded].filter((ids) => ids.delete(before)).forEach((ids) => ids.add(id));
        if (this.anchor.id === before) {
            this.anchor.id = id;
        }
    }

    /** What left the list is not selected any more; of rows that are not here, the server tells. */
    async prune() {
        const round = this._round;
        const asked = [...this.ids];
        const rows = new Map(await this.list.rowsOf(asked));
        if (round === this._round) {
            asked.forEach((id) => (rows.has(id) ? this.rename(id, rows.get(id)) : this.ids.delete(id)));
        }
    }

    toggle(index, id) {
        this.anchorAt(index);
        const changed = this.isAll ? this.excluded : this.ids;
        if (!changed.delete(id)) {
            changed.add(id);
        }
        if (this.isEmpty) {
            this.clear();
        }
    }

    /** Select from the anchor to `index`, and nothing else. Rows that are not here are asked for by their ids. */
    async range(index) {
        const ids = await this._idsTo(index);
        this.clear();
        ids.forEach((id) => this.ids.add(id));
    }

    async _idsTo(index) {
        const { list, anchor } = this;
        const between = (ends) => [Math.min(...ends), Math.max(...ends)];
        if (anchor.id === undefined || list.find(anchor.id)) {
            return list.idsBetween(...between([anchor.index, index]));
        }
        // Far away, and rows may have come or gone between.
        const { id } = list.rows.get(index) || {};
        const ids = await list.allIds();
        const placeOf = (wanted, otherwise) => (ids.includes(wanted) ? ids.indexOf(wanted) : otherwise);
        const [first, last] = between([placeOf(anchor.id, anchor.index), placeOf(id, index)]);
        return ids.slice(first, last + 1);
    }

    /** What the server is told: `ids`, or what the list shows but `excluded`. */
    get target() {
        return this.isAll ? { ...this.list.request, excluded: [...this.excluded] } : this.list.targetOf([...this.ids]);
    }
}
