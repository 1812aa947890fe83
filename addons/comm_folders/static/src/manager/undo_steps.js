import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";

const UNDO_DELAY = 8000;

/** What can be undone, in the order in which the user did it, and the notes that offer that; Odoo may answer in another order. */
export class UndoSteps {
    /** @param {{onUndone: () => Promise}} services what to do once Odoo has undone something */
    constructor({ orm, notification, sending, onUndone }) {
        Object.assign(this, { orm, notification, sending, onUndone });
        this._steps = [];
        // The note that told last what was done, and of which mailboxes.
        this._told = undefined;
    }

    /** Also what is still on its way can be undone: its rows left the list already. */
    get canUndo() {
        return this._steps.length > 0 || Boolean(this.sending.lastStep);
    }

    /** @param {Promise<number|undefined>} answer by what Odoo undoes it; nothing when there is nothing to undo */
    follow(answer) {
        const step = { at: Date.now(), answer };
        this._steps.push(step);
        answer.then((id) => id || this._forget(step));
        return step;
    }

    /** Tell what was done, and that it can be undone. */
    offer(text, { type, title, mailboxIds = [] }, step) {
        const close = this.notification.add(text, {
            type,
            ...(title && { title }),
            autocloseDelay: UNDO_DELAY,
            buttons: step ? [{ name: _t("Undo"), primary: true, onClick: () => this.undo(step) }] : [],
        });
        this._told = { close, mailboxIds };
        if (step) {
            step.close = close;
        }
    }

    withdrawNote(mailboxId) {
        if (this._told?.mailboxIds.includes(mailboxId)) {
            this._told.close();
        }
    }

    /** Take back what was done last: a message that was just sent is a step like those here. */
    async undoLast() {
        const { lastStep } = this.sending;
        const step = this._steps.at(-1);
        if (lastStep && !(step?.at > lastStep.at)) {
            await lastStep.undo();
        } else if (!step?.undoing) {
            await this.undo(step);
        } else if (await step.undoing) {
            // Who asks again means what was done before that, but only once that is undone.
            await this.undoLast();
        }
    }

    /** Bring back what one step changed, once Odoo has done it. */
    async undo(step) {
        if (!this._steps.includes(step) || step.undoing) {
            return;
        }
        const undoing = this._undo(step);
        step.undoing = undoing.catch(() => false);
        if (await undoing) {
            await this.onUndone();
        }
    }

    // -------------------------------------------------------------- internal

    /** @returns {Promise<boolean>} whether Odoo did it */
    async _undo(step) {
        const id = await step.answer;
        if (!id) {
            return false;
        }
        step.close?.();
        try {
            const count = await this.orm.call("comm.message.undo", "undo", [[id]]);
            if (!count) {
                this.notification.add(_t("This cannot be undone any more: the messages are not there any more."), {
                    type: "warning",
                });
            }
        } catch (error) {
            if (!(error instanceof RPCError)) {
                this._keep(step);
                throw error;
            }
            this._forget(step);
            // Odoo undid it the first time, most likely, and only its answer was lost.
            if (!step.isLost || error.exceptionName !== "odoo.exceptions.MissingError") {
                throw error;
            }
            this.notification.add(_t("This was undone already, or cannot be undone any more."), { type: "info" });
        }
        this._forget(step);
        return true;
    }

    /** Odoo never answered: it holds still what it needs to undo this. */
    _keep(step) {
        Object.assign(step, { undoing: undefined, isLost: true });
        const text = _t("Odoo cannot be reached. Nothing was undone: try it again when Odoo is back.");
        this.offer(text, { type: "warning" }, step);
    }

    _forget(step) {
        this._steps = this._steps.filter((each) => each !== step);
    }
}
