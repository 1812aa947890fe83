import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { registry } from "@web/core/registry";
import { DeviceCodeDialog } from "./device_code_dialog";

/** Leads to the provider's page; it leads back to the address that this Odoo has for the provider. */
async function signInHere(env, { mailbox_id }) {
    const { address, base } = await env.services.orm.call("comm.mailbox", "oauth_begin", [mailbox_id], {
        return_to: browser.location.pathname,
    });
    if (new URL(base).host === browser.location.host) {
        browser.location.assign(address);
        return;
    }
    env.services.dialog.add(ConfirmationDialog, {
        title: _t("Another address"),
        body: _t(
            "You opened Odoo at %(here)s, but the sign-in returns to %(there)s, where you may not be logged in. Open Odoo there and sign in, or sign in with a code.",
            { here: browser.location.origin, there: base }
        ),
    });
}

registry.category("actions").add("comm_mailboxes.oauth_sign_in", async (env, { params }) => {
    if (params.way === "browser") {
        await signInHere(env, params);
        return;
    }
    env.services.dialog.add(
        DeviceCodeDialog,
        { mailboxId: params.mailbox_id, name: params.name, provider: params.provider },
        { onClose: () => env.services.action.doAction("soft_reload") }
    );
});
