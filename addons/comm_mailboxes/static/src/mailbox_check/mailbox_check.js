import { Component, onWillUnmount, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** Yields the JSON values of a response that sends one a line, each as soon as it arrives. */
async function* readLines(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let pending = "";
    for (;;) {
        const { value, done } = await reader.read();
        if (done) {
            return;
        }
        const lines = (pending + value).split("\n");
        pending = lines.pop();
        yield* lines.filter(Boolean).map((line) => JSON.parse(line));
    }
}

/** The dialog "Check mailbox": Start, then a line for each step as it happens. */
export class MailboxCheck extends Component {
    static template = "comm_mailboxes.MailboxCheck";
    static components = { Dialog };
    static props = { mailboxId: Number, name: String, close: Function };

    setup() {
        this.state = useState({ phase: "idle", steps: [], error: "" });
        this.title = _t("Check mailbox: %s", this.props.name);
        onWillUnmount(() => this.abort?.abort());
    }

    get failed() {
        return Boolean(this.state.error) || this.state.steps.some((step) => step.ok === false);
    }

    async start() {
        Object.assign(this.state, { phase: "running", steps: [], error: "" });
        this.abort = new AbortController();
        const body = new FormData();
        body.append("csrf_token", odoo.csrf_token);
        try {
            const response = await fetch(`/comm_mailboxes/mailbox/${this.props.mailboxId}/check`, {
                method: "POST",
                body,
                signal: this.abort.signal,
            });
            if (!response.ok) {
                throw new Error(response.statusText);
            }
            for await (const step of readLines(response)) {
                this.show(step);
            }
        } catch (error) {
            if (error.name === "AbortError") {
                return;
            }
            this.state.error = _t("Odoo did not finish the check. Try again; the server log has the details.");
        }
        this.state.steps = this.state.steps.filter((step) => "ok" in step);
        this.state.phase = "done";
    }

    /** A step comes twice: when it begins (without "ok") and when its result is known. */
    show(step) {
        const waiting = this.state.steps.findIndex((other) => !("ok" in other));
        if (waiting >= 0) {
            this.state.steps.splice(waiting, 1);
        }
        this.state.steps.push(step);
    }
}

registry.category("actions").add("comm_mailboxes.check", (env, action) => {
    env.services.dialog.add(
        MailboxCheck,
        { mailboxId: action.params.mailbox_id, name: action.params.name },
        { onClose: () => env.services.action.doAction("soft_reload") }
    );
});
