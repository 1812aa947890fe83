import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { describeFinalDelete } from "@comm_folders/manager/delete_question";
import { LinkDialog } from "@comm_folders/manager/link_dialog";
import { byCount } from "@comm_folders/manager/message_format";
import { confirmNewReaders } from "@comm_folders/manager/new_readers";
import { UndoSteps } from "@comm_folders/manager/undo_steps";

const NAME_LENGTH = 40;
const MARKS = {
    seen: { is_seen: true },
    unseen: { is_seen: false },
    flag: { is_flagged: true },
    unflag: { is_flagged: false },
};

/** As much of the subject as a note has room for. */
function nameOf({ subject }) {
    const characters = [...(subject || "")];
    return characters.length > NAME_LENGTH ? `${characters.slice(0, NAME_LENGTH).join("")}…` : subject || undefined;
}

const unreadOf = (row) => (row.conversation ? row.conversation.unread : Number(!row.is_seen));
const unreadAfter = (row, isSeen) => (isSeen ? 0 : row.conversation?.count || 1);

/**
 * What users do to messages: shown at once, told to the server, taken back when it refuses, undone when the user says so.
 *
 * Each takes targets as `Selection.target` gives them: `{ids}`, or the list's query with `excluded`; with `folderId` those of
 * another folder than the open one.
 */
export class MessageChanges {
    constructor({ model, orm, notification, dialog, sending }) {
        Object.assign(this, { model, orm, notification, dialog, sending });
        this._steps = new UndoSteps({ orm, notification, sending, onUndone: () => this._loadAgain() });
        // How many changes are under way: read before the last one is done, the list would show again what is leaving it.
        this._underWay = 0;
    }

    get canUndo() {
        return this._steps.canUndo;
    }

    get list() {
        return this.model.list;
    }

    /** The rows that are here of these targets. */
    rowsOf(targets) {
        const ids = targets.ids && new Set(targets.ids);
        const excluded = new Set(targets.excluded);
        return this.list.messages.filter(({ id }) => (ids ? ids.has(id) : !excluded.has(id)));
    }

    /** What shows the marks of these: their rows, or the open message where it has none of its own. */
    shownOf(targets) {
        const { reading } = this.model;
        const rows = this._isPart(targets) ? [] : this.rowsOf(targets);
        return rows.length || !targets.ids?.includes(reading.messageId) ? rows : [reading.known];
    }

    /** How many messages these are, as far as the rows that are here tell; undefined when not all are. */
    countOf(targets) {
        const count = this._rowCountOf(targets);
        if (!targets.ids && this.list.hasMore) {
            return undefined;
        }
        if (!targets.conversations) {
            return count;
        }
        const rows = this.rowsOf(targets);
        return rows.length === count ? rows.reduce((sum, { conversation }) => sum + conversation.count, 0) : undefined;
    }

    /** @param {"seen"|"unseen"|"flag"|"unflag"} mark */
    async mark(mark, targets) {
        const values = MARKS[mark];
        const [name] = Object.keys(values);
        const { folder, reading } = this.model;
        const isPart = this._isPart(targets);
        const before = new Map(isPart ? [] : this.rowsOf(targets).map((row) => [row.id, row]));
        const old = new Map(
            [...before].map(([id, { conversation, ...row }]) => [id, { [name]: row[name], conversation }])
        );
        let unread = 0;
        this.list.update([...before.keys()], (row) => {
            const shift = name === "is_seen" ? unreadAfter(row, values.is_seen) - unreadOf(row) : 0;
            unread += shift;
            const { conversation } = row;
            return {
                ...values,
                ...(conversation && { conversation: { ...conversation, unread: conversation.unread + shift } }),
            };
        });
        // Of messages of other folders, the answer brings the counts.
        const count = (shift) => {
            folder.unread_count = Math.max(folder.unread_count + (this.list.isWide ? 0 : shift), 0);
        };
        count(unread);
        const marked = targets.ids || [];
        reading.update(marked, values);
        try {
            await this._call(mark, targets);
        } catch (error) {
            this.list.update([...old.keys()], (row) => old.get(row.id));
            reading.update(marked, { [name]: !values[name] });
            count(-unread);
            this._tellLost(error);
            throw error;
        }
        if (isPart) {
            await this.list.load();
        }
    }

    /** Every message of a mailbox or a folder, as the tree offers it. */
    async markAllRead(resModel, id) {
        const { model } = this;
        const call = this.orm.call(resModel, "mark_all_seen", [[id]]);
        const step = this._follow(call);
        const { count, undo_id: isUndoable } = await call;
        const text = count
            ? byCount(count, _t("1 message marked as read."), (many) => _t("%s messages marked as read.", many))
            : _t("There was no unread message.");
        this._steps.offer(text, { type: "success" }, isUndoable && step);
        await model.loadTree();
        if (model.folderId) {
            await model.loadPage();
        }
    }

    archive(targets) {
        return this._take("archive", targets, {}, (count) =>
            byCount(count, _t("Message archived."), (many) => _t("%s messages archived.", many))
        );
    }

    spam(targets) {
        return this._take("spam", targets, {}, (count) =>
            byCount(count, _t("Message moved to spam."), (many) => _t("%s messages moved to spam.", many))
        );
    }

    notSpam(targets) {
        return this._take("not_spam", targets, {}, (count) =>
            byCount(count, _t("Message moved to the inbox."), (many) => _t("%s messages moved to the inbox.", many))
        );
    }

    /** @param {string} [stamp] of the list that the targets are of, where something was asked before */
    async move(targets, folder, stamp = this.list.stamp) {
        if (!(await this._mayGo(targets, folder, stamp, _t("Move")))) {
            return undefined;
        }
        return this._take("move", targets, { target_id: folder.id }, (number) =>
            byCount(number, _t("Message moved to “%s”.", folder.name), (count) =>
                _t("%(count)s messages moved to “%(folder)s”.", { count, folder: folder.name })
            )
        );
    }

    async copy(targets, folder, stamp = this.list.stamp) {
        if (!(await this._mayGo(targets, folder, stamp, _t("Copy")))) {
            return;
        }
        const mailboxIds = this._mailboxIdsOf(targets);
        const { folderId, options } = this.list.named(targets);
        const copied = await this.orm.call("comm.folder", "copy_messages", [[folderId], folder.id], options);
        this.model.takeCounts(copied.counts);
        const text = byCount(copied.count, _t("Message copied to “%s”.", folder.name), (count) =>
            _t("%(count)s messages copied to “%(folder)s”.", { count, folder: folder.name })
        );
        this._steps.offer(text, { type: "success", mailboxIds });
    }

    /** Link all of them to one record, by one dialog. */
    askToLink(targets) {
        const { stamp } = this.list;
        this.dialog.add(LinkDialog, {
            count: this.countOf(targets) || 0,
            link: async (resModel, resId) => {
                if (this._isStill(stamp)) {
                    await this._link(targets, resModel, resId);
                }
            },
        });
    }

    /** To the trash; what is deleted for good is asked for before. */
    delete(targets) {
        const { stamp } = this.list;
        const describe = (number) =>
            byCount(number, _t("Message deleted."), (many) => _t("%s messages deleted.", many));
        const isFinal = (row) => this.model.places.of(row).isFinal;
        const places = this.model.places.ofTargets(targets).filter((place) => place.isFinal);
        if (!places.length) {
            return this._take("delete", targets, {}, describe);
        }
        // Of messages of several folders, those that go to the trash need no question.
        const count = this.list.isWide ? this.rowsOf(targets).filter(isFinal).length : this.countOf(targets);
        this.dialog.add(ConfirmationDialog, {
            title: _t("Delete for good?"),
            body: describeFinalDelete(
                count,
                places.every(({ isHereOnly }) => isHereOnly)
            ),
            confirmLabel: _t("Delete"),
            confirm: () =>
                this._isStill(stamp)
                    ? this._take("delete", targets, { final: true, at_most: count ?? false }, describe)
                    : undefined,
            cancel: () => {},
        });
        return Promise.resolve();
    }

    /** The server of a mailbox cannot be reached: a note of its own tells that, in place of the one that says it is done. */
    withdrawNote(mailboxId) {
        this._steps.withdrawNote(mailboxId);
    }

    undoLast() {
        return this._steps.undoLast();
    }

    // -------------------------------------------------------------- internal

    async _link(targets, resModel, resId) {
        const { model } = this;
        const open = this.rowsOf(targets).some(({ id }) => id === model.reading.rowId);
        const { folderId, options } = this.list.named(targets);
        const count = await this.orm.call("comm.folder", "link_messages", [[folderId], resModel, resId], options);
        this.notification.add(
            byCount(count, _t("Message linked."), (many) => _t("%s messages linked.", many)),
            { type: "success" }
        );
        if (open) {
            await model.reading.reload();
        }
    }

    async _loadAgain() {
        await Promise.all([this.list.load(), this.model.loadTree()]);
        await this.model.reading.settle();
    }

    /** Ask before messages go where more people can read them; see new_readers.js. */
    async _mayGo(targets, folder, stamp, label) {
        const { orm, dialog, list } = this;
        const ask = () => confirmNewReaders({ orm, dialog, list, targets, folder, label });
        return this._isStill(stamp) && (await ask()) && this._isStill(stamp);
    }

    /** Whether what was asked about is still what the list shows. "All of it" would mean something else otherwise. */
    _isStill(stamp) {
        if (stamp === this.list.stamp) {
            return true;
        }
        this.notification.add(_t("The list shows something else meanwhile. Nothing was done."), { type: "warning" });
        return false;
    }

    /** Whether these are single messages where rows are conversations. */
    _isPart(targets) {
        return this.list.isGrouped && !targets.conversations;
    }

    _mailboxIdsOf(targets) {
        return this.model.places.ofTargets(targets).map(({ mailboxId }) => mailboxId);
    }

    /** How many rows these are. */
    _rowCountOf({ ids, excluded }) {
        return ids ? ids.length : this.list.total - excluded.length;
    }

    async _call(change, targets, options = {}) {
        const named = this.list.named(targets);
        const result = await this.orm.silent.call("comm.folder", "change_messages", [[named.folderId], change], {
            ...named.options,
            ...options,
        });
        this.model.takeCounts(result.counts);
        return result;
    }

    /** Do what makes messages leave the list. */
    async _take(change, targets, options, describe) {
        const { model } = this;
        const { folderId, snapshot } = this.list;
        const { reading } = model;
        const { known } = reading;
        const isSingle = !reading.isWhole && !targets.conversations && targets.ids?.includes(known.id);
        const goesOn = isSingle && reading.goOn(targets.ids);
        const gone = goesOn && this._isPart(targets) ? [] : this.rowsOf(targets);
        const open = gone.find(({ id }) => id === reading.rowId);
        if (!goesOn) {
            this._openNext(gone, targets);
        }
        const expected = this.countOf(targets);
        const title = expected === 1 ? nameOf(gone[0] || known) : undefined;
        const mailboxIds = this._mailboxIdsOf(targets);
        model.selection.clear();
        this.list.remove(
            gone.map(({ id }) => id),
            goesOn ? gone.length : this._rowCountOf(targets)
        );
        const call = this._call(change, targets, options);
        const step = this._follow(call);
        try {
            this._tell(await call, { expected, describe, step, title, mailboxIds });
        } catch (error) {
            this._tellLost(error);
            if (this.list.folderId === folderId) {
                this.list.restore(snapshot);
                // What is to be told is the refusal, not that reading fails as well while Odoo is out of reach.
                await Promise.allSettled([this.list.load(), open && model.open(open)]);
            }
            if (goesOn) {
                await Promise.allSettled([reading.settle(targets.ids), reading.openOther(known)]);
            }
            throw error;
        }
        if (this.list.folderId === folderId && !this._underWay) {
            await this.list.load();
        }
        if (goesOn) {
            await reading.settle(targets.ids);
        }
    }

    /** What is refused comes back by itself, and is told where it was asked for: here it is nothing to undo. */
    _follow(call) {
        this._underWay++;
        const end = (result) => {
            this._underWay--;
            return result?.undo_id;
        };
        return this._steps.follow(call.then(end, () => end()));
    }

    /** Odoo tells that the connection is lost, but not what that means for what was just done. */
    _tellLost(error) {
        if (error instanceof ConnectionLostError) {
            this.notification.add(_t("Odoo cannot be reached. What you did was taken back."), { type: "warning" });
        }
    }

    /** Say what was done, and that it can be undone. Of a single message, its subject says to which. */
    _tell(result, { expected, describe, step, title, mailboxIds }) {
        const some = expected !== undefined && result.count < expected;
        const waits = result.count && result.waits;
        const told = [
            result.count && describe(result.count),
            some && _t("Some messages were changed elsewhere meanwhile and stayed where they are."),
            waits && _t("The mail server cannot be reached at present. It learns of this as soon as it can be."),
        ].filter(Boolean);
        if (told.length) {
            const type = some || waits ? "warning" : "success";
            const options = { type, title: result.count && title, mailboxIds };
            this._steps.offer(told.join(" "), options, result.undo_id && step);
        }
    }

    /**
     * When the open message goes, the one that takes its place is opened, as mail programs do. Not waited for: that it
     * cannot be read does not undo what was done.
     */
    _openNext(gone, targets) {
        const { model, list } = this;
        // What is open need not be in the list any more.
        const ids = new Set([...gone.map(({ id }) => id), ...(targets.ids || [])]);
        const { rowId } = model.reading;
        if (!rowId || !ids.has(rowId)) {
            return;
        }
        const place = list.find(rowId) ? list.indexOf(rowId) : list.cursor - 1;
        const rest = [...list.rows].filter(([, row]) => row && !ids.has(row.id)).sort(([a], [b]) => a - b);
        const next = rest.find(([index]) => index > place) || rest.at(-1);
        model.closeMessage();
        if (next && model.panes.isPreviewShown) {
            model.open(next[1]);
        }
    }
}
