import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** Shows a code and where to enter it, asks until somebody did, and says so. */
export class DeviceCodeDialog extends Component {
    static template = "comm_mailboxes.DeviceCodeDialog";
    static components = { CopyButton, Dialog };
    static props = { mailboxId: Number, name: String, provider: String, close: Function };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.title = _t("Sign in with a code: %s", this.props.name);
        this.copyText = _t("Copy");
        this.copiedText = _t("Copied");
        this.state = useState({ phase: "waiting", code: "", address: "", account: "", text: "" });
        onWillStart(() => this.begin());
        onWillUnmount(() => this.stop());
    }

    get todo() {
        return _t(
            "Open this address in any browser, also on another device, enter the code and sign in as %s.",
            this.state.account
        );
    }

    stop() {
        browser.clearTimeout(this.timer);
        // What is under way must not start the next question.
        this.key = null;
    }

    async begin() {
        this.stop();
        Object.assign(this.state, { phase: "waiting", code: "", address: "", text: "" });
        try {
            const found = await this.orm.call("comm.mailbox", "oauth_begin_device", [this.props.mailboxId]);
            Object.assign(this.state, { code: found.user_code, address: found.address, account: found.account });
            this.key = found.key;
            this.end = Date.now() + found.seconds * 1000;
            this.interval = found.interval * 1000;
            this.wait();
        } catch (error) {
            this.fail(error.data?.message || _t("Odoo did not answer. Try again."));
        }
    }

    wait() {
        this.timer = browser.setTimeout(() => this.poll(this.key), this.interval);
    }

    async poll(key) {
        let answer;
        try {
            answer = await this.orm.silent.call("comm.mailbox", "oauth_poll_device", [this.props.mailboxId, key]);
        } catch (error) {
            // Odoo may be restarting; what it says itself is an answer.
            answer = { state: error.data ? "failed" : "waiting", text: error.data?.message || "" };
        }
        if (key !== this.key) {
            return;
        }
        if (answer.state === "done") {
            this.stop();
            const warns = Boolean(answer.warns);
            this.notification.add(answer.text, { type: warns ? "warning" : "success", sticky: warns });
            this.props.close();
        } else if (answer.state === "failed" || Date.now() > this.end) {
            this.fail(answer.text || _t("The code has expired. Ask for a new one."));
        } else {
            this.state.text = answer.text;
            this.wait();
        }
    }

    fail(text) {
        this.stop();
        Object.assign(this.state, { phase: "failed", text });
    }
}
