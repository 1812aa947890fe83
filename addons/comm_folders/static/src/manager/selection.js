import { _t } from "@web/core/l10n/translation";
import { Reactive } from "@web/core/utils/reactive";
import { formatInteger } from "@web/views/fields/formatters";

/**
 * Which messages of a list are selected: some, or all that the list shows but some. "All" is never a list of ids: the
 * server finds them by the query that the list shows.
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
    }

    get count() {
        return this.isAll ? Math.max(this.list.total - this.excluded.size, 0) : this.ids.size;
    }

    get isEmpty() {
        return !this.count;
    }

    /** How many are selected, in words. */
    get label() {
        const { count, isAll, list } = this;
        if (isAll && list.hasMore) {
            return _t("All that was found is selected");
        }
        return isAll && count === list.total
            ? _t("All %s selected", formatInteger(count))
            : _t("%s selected", formatInteger(count));
    }

    has(id) {
        return this.isAll ? !this.excluded.has(id) : this.ids.has(id);
    }

    clear() {
        this.isAll = false;
        this.ids.clear();
        this.excluded.clear();
    }

    selectAll() {
        this.clear();
        this.isAll = true;
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
