import { useEffect } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";

/** Only a name is asked for: Enter in its field is the button OK. */
class NewMailboxController extends formView.Controller {
    setup() {
        super.setup();
        const onKeydown = (ev) => this.onKeydown(ev);
        useEffect(
            (form) => {
                form?.addEventListener("keydown", onKeydown);
                return () => form?.removeEventListener("keydown", onKeydown);
            },
            () => [this.rootRef.el]
        );
    }

    onKeydown(ev) {
        // With an input method, Enter chooses the characters.
        if (ev.key === "Enter" && !ev.isComposing && ev.target.matches("input")) {
            ev.preventDefault();
            // A click, which takes over what was typed and does nothing while the button is disabled.
            ev.target.closest(".modal").querySelector("button[name=action_create]").click();
        }
    }
}

registry.category("views").add("comm_mailbox_new_form", { ...formView, Controller: NewMailboxController });
