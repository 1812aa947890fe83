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
        // The position where a range begins.
        this.anchor = 0;
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

    toggle(index, id) {
        this.anchor = index;
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
        const first = Math.min(this.anchor, index);
        const last = Math.max(this.anchor, index);
        const ids = await this.list.idsBetween(first, last);
        this.clear();
        ids.forEach((id) => this.ids.add(id));
    }

    /** What the server is told: `ids`, or what the list shows but `excluded`. */
    get target() {
        return this.isAll ? { ...this.list.request, excluded: [...this.excluded] } : this.list.targetOf([...this.ids]);
    }
}
