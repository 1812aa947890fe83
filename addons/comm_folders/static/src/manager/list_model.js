import { markRaw } from "@odoo/owl";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { Reactive } from "@web/core/utils/reactive";
import { Latest } from "@comm_folders/manager/latest";
import { Selection } from "@comm_folders/manager/selection";

/** Rows that one request brings. */
export const WINDOW = 50;
// So many rows may have come before one, or left, since its place was noted.
const MOVED = 500;
// The first rows are on every screen; of one further down, so many above it are shown.
const SEEN = 5;
const ABOVE = 2;
// Rows kept around the visible ones; what is further away is asked for again.
const KEPT = 1000;

// What the server says of a folder that is not there any more, or not for this user.
const GONE = ["odoo.exceptions.MissingError", "odoo.exceptions.AccessError"];

const DEFAULT_QUERY = { order: "date", ascending: false, filters: [], search: "", scope: "folder" };
// Sizes and dates begin with the largest, names with A.
const ASCENDING_AT_FIRST = { sender: true, subject: true };

/**
 * The messages of the open folder, by windows: however many there are, only the rows around the visible ones are here.
 *
 * Rows change in place (`update`), go optimistically (`remove`) and come back by `load`.
 */
export class ListModel extends Reactive {
    /**
     * @param {Object} env
     * @param {Object} env.orm
     * @param {Object} env.settings
     * @param {(folderId: number, counts: Object) => void} env.onCounts
     * @param {() => Promise} env.onGone the open folder is not there any more
     * @param {(row: Object) => void} env.onArrive keys came to this row
     * @param {() => number|undefined} env.openId the row of the open message
     * @param {(before: number, id: number) => void} env.onRenamed a conversation has another newest message now
     */
    constructor({ orm, settings, onCounts, onGone, onArrive, openId, onRenamed }) {
        super();
        this.orm = orm;
        this.settings = settings;
        this.onCounts = onCounts;
        this.onGone = onGone;
        this.onArrive = onArrive;
        this.openId = openId;
        this.onRenamed = onRenamed;
        this.folderId = undefined;
        this.query = { ...DEFAULT_QUERY };
        /** @type {Map<number, Object>} position in the list to row */
        this.rows = new Map();
        this.total = 0;
        // Of what a search finds in very many messages, not all are counted.
        this.hasMore = false;
        // What of the search is not understood.
        this.problem = "";
        // Messages that a search may miss, as they are not indexed yet; see UnsearchedNote.
        this.unsearched = 0;
        // The newest message of each conversation that was shown, by which its row is known.
        this._newest = markRaw(new Map());
        // Which message came last of all that conversations showed.
        this.last = undefined;
        /** Where messages lie, by folder id, when it can be more than one; see comm.folder._list_places. */
        this.places = {};
        /** The position that the keys start from. */
        this.cursor = 0;
        // The message that the cursor is with, wherever others push it, once somebody went to one.
        this.markedId = undefined;
        // Keys moved the cursor to a row that is not here yet.
        this._isArriving = false;
        // Raised when keys moved the cursor: the screen scrolls there then.
        this.steps = 0;
        /** The first position that is wanted on the screen, remembered for coming back. */
        this.offset = 0;
        this.isLoading = false;
        this.isLoaded = false;
        // Raised when the list begins anew, or elsewhere: the screen scrolls to `offset` then.
        this.revision = 0;
        this.selection = new Selection(this);
        this._requests = markRaw(new Latest());
    }

    get messages() {
        return [...this.rows.entries()].sort(([a], [b]) => a - b).flatMap(([, row]) => row || []);
    }

    /** Another one with another list: what was asked about one is not done to the next. */
    get stamp() {
        return `${this.folderId} ${this.revision}`;
    }

    get isFiltered() {
        return Boolean(this.query.filters.length || this.query.search);
    }

    /** Whether rows of other folders are shown, too. */
    get isWide() {
        return Boolean(this.query.search) && this.query.scope !== "folder";
    }

    /** Whether a row is a conversation, told by its newest message. */
    get isGrouped() {
        return Boolean(this.settings.comm_conversations) && this.query.order === "date" && !this.query.search;
    }

    /** What the server is asked for. What is open stays where it is, though reading it makes it read. */
    get request() {
        const openId = this.query.filters.length ? this.openId?.() : undefined;
        return {
            ...this.query,
            ...(this.isGrouped && { conversations: true }),
            ...(openId && this.find(openId) && { kept_id: openId }),
        };
    }

    /** Rows as what changes are told to be about: a conversation with all of its messages that were shown. */
    targetOf(ids) {
        const { isGrouped, last } = this;
        return { ids, ...(isGrouped && { conversations: true, ...(last && { until: last }) }) };
    }

    /** How these are named to the server: messages of this list, or of another folder. */
    named({ folderId = this.folderId, ...targets }) {
        return { folderId, options: folderId === this.folderId ? { ...this.query, ...targets } : targets };
    }

    // ------------------------------------------------------------- contents

    /** Show another folder, from its beginning or as one left it. */
    open(folderId, { offset, query } = {}) {
        this.close();
        this.folderId = folderId;
        this.query = { ...this.query, filters: [], search: "", ...query };
        return this.restart(offset);
    }

    close() {
        this.folderId = undefined;
        this.markedId = undefined;
        this._forget();
        this.selection.anchorAt(0);
        this.total = 0;
        this.problem = "";
        this.unsearched = 0;
        this.offset = 0;
        this.isLoading = false;
    }

    restart(offset = 0) {
        this._forget();
        this.offset = offset;
        this.revision++;
        return this._request(windowStart(offset), WINDOW, { isNew: true });
    }

    /** Read what is on the screen again, without moving it. */
    load() {
        const start = windowStart(this.offset);
        return this.folderId ? this._request(start, 2 * WINDOW, { isNew: true }) : Promise.resolve();
    }

    /** Have the rows from `start` to `end` here; what is missing comes by one request. */
    ensure(start, end) {
        this.offset = start;
        const missing = [];
        for (let index = Math.max(start, 0); index < Math.min(end, this.total); index++) {
            if (!this.rows.has(index)) {
                missing.push(index);
            }
        }
        if (missing.length) {
            const first = windowStart(missing[0]);
            const wanted = windowStart(missing.at(-1)) + WINDOW - first;
            if (this._wanted?.offset !== first || this._wanted.limit !== wanted) {
                this._request(first, wanted);
            }
        }
    }

    /** The row at the cursor, if somebody went to it and it is still there. */
    get markedRow() {
        const row = this.rows.get(this.cursor);
        return row && row.id === this.markedId ? row : undefined;
    }

    get isMarked() {
        return Boolean(this.markedRow);
    }

    /** Put the cursor on a message, also before its row is here. */
    mark(id) {
        this.markedId = id;
        this._isArriving = false;
        this._keepCursor();
    }

    /** By keys: so many rows on. Where no row is marked, the first step down is to the one at the cursor. */
    step(count) {
        this.walkTo(this.cursor + (this.isMarked || count < 0 ? count : count - 1));
    }

    /** By keys, as far as there are rows. Who selects on the way does not want to see each of them. */
    walkTo(index, { isSelecting = false } = {}) {
        this.cursor = this._within(index);
        this.markedId = this.rows.get(this.cursor)?.id;
        this.steps++;
        this._isArriving = true;
        this._arrive(isSelecting);
    }

    sortBy(order) {
        const ascending = order === this.query.order ? !this.query.ascending : Boolean(ASCENDING_AT_FIRST[order]);
        return this.change({ order, ascending });
    }

    toggleFilter(name) {
        const { filters } = this.query;
        return this.change({
            filters: filters.includes(name) ? filters.filter((other) => other !== name) : [...filters, name],
        });
    }

    /** Words and operators as typed; see search_words.py. */
    search(text, scope = this.query.scope) {
        const search = text.trim();
        return search === this.query.search && scope === this.query.scope ? undefined : this.change({ search, scope });
    }

    change(query) {
        this.query = { ...this.query, ...query };
        return this.restart();
    }

    // ------------------------------------------------------------------ rows

    indexOf(id) {
        for (const [index, row] of this.rows) {
            if (row && row.id === id) {
                return index;
            }
        }
        return -1;
    }

    find(id) {
        return this.rows.get(this.indexOf(id));
    }

    /** Change rows that are here, wherever the list shows them. */
    update(ids, values) {
        const wanted = new Set(ids);
        for (const row of this.rows.values()) {
            if (row && wanted.has(row.id)) {
                Object.assign(row, typeof values === "function" ? values(row) : values);
            }
        }
    }

    /** Take rows out at once; those behind move up. `count` may be larger: some of them are not here. */
    remove(ids, count = ids.length) {
        const gone = new Set(ids);
        const rows = new Map();
        const removed = [];
        for (const [index, row] of [...this.rows].sort(([a], [b]) => a - b)) {
            if (row && gone.has(row.id)) {
                removed.push(index);
            } else {
                rows.set(index - removed.length, row);
            }
        }
        this.rows = count > removed.length ? new Map() : rows;
        this.total = Math.max(this.total - count, 0);
        const after = (index) => this._within(index - removed.filter((other) => other < index).length);
        this.cursor = after(this.cursor);
        // The next one takes the place of what is gone.
        if (gone.has(this.markedId)) {
            this.markedId = this.rows.get(this.cursor)?.id;
        }
        const { anchor } = this.selection;
        anchor.index = after(anchor.index);
        if (gone.has(anchor.id)) {
            this.selection.anchorAt(anchor.index);
        }
        this._keepCursor();
    }

    /** @returns {Object} what `restore` takes to show these rows again, without asking the server */
    get snapshot() {
        return { rows: this.rows, total: this.total, markedId: this.markedId };
    }

    restore({ rows, total, markedId }) {
        Object.assign(this, { rows, total, markedId });
        this._keepCursor();
    }

    /** Return the ids from `first` to `last`, those that are not here from the server. */
    async idsBetween(first, last) {
        const rows = Array.from({ length: last - first + 1 }, (_, position) => this.rows.get(first + position));
        if (rows.every(Boolean)) {
            return rows.map(({ id }) => id);
        }
        return this._askIds(first, last - first + 1);
    }

    /** Return the ids of all that was found, also of what is not counted. */
    allIds() {
        return this.hasMore ? this._askIds(0, false) : this.idsBetween(0, this.total - 1);
    }

    /** Have the row on the screen that shows this message, which stood near a position before. */
    async reveal(id, position) {
        const { stamp } = this;
        const first = Math.max(position - MOVED, 0);
        const [[[, rowId = id] = []], ids] = await Promise.all([
            this.isGrouped ? this.rowsOf([id]) : [],
            this._askIds(first, 2 * MOVED),
        ]);
        const place = ids.indexOf(rowId);
        if (place < 0 || stamp !== this.stamp) {
            return;
        }
        if (rowId !== id) {
            this.onRenamed(id, rowId);
        }
        this.cursor = first + place;
        this.markedId = rowId;
        if (this.cursor > SEEN) {
            this.offset = this.cursor - ABOVE;
            this.revision++;
        }
    }

    /** Return by which rows these are shown now: an array of [id, id of the row], for those that are. */
    async rowsOf(ids) {
        if (this.isGrouped) {
            return this.orm.silent.call("comm.folder", "get_row_ids", [[this.folderId], ids], this.request);
        }
        const there = new Set(await this.allIds());
        return ids.filter((id) => there.has(id)).map((id) => [id, id]);
    }

    // -------------------------------------------------------------- internal

    _forget() {
        this.rows = new Map();
        this._newest.clear();
        this.last = undefined;
        this.places = {};
        this.selection.clear();
        this.isLoaded = false;
        this._isArriving = false;
        this._wanted = undefined;
    }

    /** @param {number|false} limit false: all that there are */
    _askIds(first, limit) {
        return this.orm.silent.call("comm.folder", "get_page_ids", [[this.folderId], first, limit], this.request);
    }

    _within(index) {
        return Math.max(Math.min(index, this.total - 1), 0);
    }

    /** Rows came or went: the cursor goes with its message, and so does where a range begins. */
    _keepCursor() {
        this.selection.keepAnchor();
        const index = this.indexOf(this.markedId);
        this.cursor = index < 0 ? this._within(this.cursor) : index;
    }

    _arrive(isSelecting = false) {
        const row = this.rows.get(this.cursor);
        if (!this._isArriving || !row) {
            return;
        }
        this._isArriving = false;
        this.markedId = row.id;
        if (!isSelecting) {
            this.onArrive(row);
        }
    }

    async _request(offset, limit, { isNew = false } = {}) {
        const { folderId, query } = this;
        const wanted = markRaw({ offset, limit });
        this._wanted = wanted;
        this.isLoading = true;
        try {
            const page = await this._requests.add(
                this.orm.silent.call("comm.folder", "get_page", [[folderId]], { ...this.request, offset, limit })
            );
            // Asked again, or left, while the answer was on its way.
            if (!page || folderId !== this.folderId || query !== this.query) {
                return;
            }
            await this._take(page, limit, isNew);
        } catch (error) {
            if (!GONE.includes(error.exceptionName)) {
                throw error;
            }
            await this.onGone();
            // It is still shown, so there is another reason.
            if (folderId === this.folderId) {
                throw error;
            }
        } finally {
            if (this._wanted === wanted) {
                this._wanted = undefined;
                this.isLoading = false;
            }
        }
    }

    async _take(page, limit, isNew) {
        page.messages.forEach((message) => this._rename(message));
        this.last = page.last;
        const rows = new Map();
        if (!isNew && page.total === this.total) {
            for (const [index, row] of this.rows) {
                if (Math.abs(index - page.offset) < KEPT) {
                    rows.set(index, row);
                }
            }
        }
        // A place without a row stays one: what the server does not hand out is not asked for again and again.
        for (let position = 0; position < Math.min(limit, page.total - page.offset); position++) {
            const message = page.messages[position];
            rows.set(page.offset + position, message && makeRow(message));
        }
        const isLess = this._misses(rows, page.total);
        this.rows = rows;
        this.places = { ...this.places, ...page.places };
        this.total = page.total;
        this.hasMore = Boolean(page.has_more);
        this.problem = page.problem || "";
        this.unsearched = page.unsearched || 0;
        this.isLoaded = true;
        this._keepCursor();
        this._arrive();
        this.onCounts(this.folderId, page.counts);
        if (isLess) {
            await this.selection.prune();
        }
    }

    /** Messages came to a conversation, or left it: who knew its row by the newest one goes on with that of now. */
    _rename({ id, conversation }) {
        if (!conversation) {
            return;
        }
        const before = this._newest.get(conversation.thread);
        this._newest.set(conversation.thread, id);
        if (before === undefined || before === id) {
            return;
        }
        if (this.markedId === before) {
            this.markedId = id;
        }
        this.selection.rename(before, id);
        this.onRenamed(before, id);
    }

    /** Whether something that is selected may have left the list. */
    _misses(rows, total) {
        const { ids } = this.selection;
        const there = new Set([...rows.values()].map((row) => row?.id));
        return ids.size > 0 && (total < this.total || this.messages.some(({ id }) => ids.has(id) && !there.has(id)));
    }
}

function makeRow(message) {
    const row = { ...message, date: message.date && deserializeDateTime(message.date) };
    if (!message.conversation) {
        return row;
    }
    const { unread, is_flagged, has_attachment } = message.conversation;
    return { ...row, is_seen: !unread, is_flagged, has_attachment, isNewestSeen: message.is_seen };
}

function windowStart(index) {
    return Math.floor(Math.max(index, 0) / WINDOW) * WINDOW;
}
