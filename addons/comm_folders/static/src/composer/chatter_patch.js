import { Chatter } from "@mail/chatter/web_portal/chatter";
import { onWillStart } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { user } from "@web/core/user";

/** A mail about the record, from the writer's own mailbox; what is sent is noted in the chatter. */
patch(Chatter.prototype, {
    setup() {
        super.setup(...arguments);
        this.commComposer = useService("comm_composer");
        this.commOrm = useService("orm");
        onWillStart(async () => {
            this.commCanWrite = await user.hasGroup("comm_mailboxes.group_user");
        });
    },

    async onClickCommMail() {
        const { model: resModel, id: resId } = this.state.thread;
        const { email_to: to, subject } = await this.commOrm.call("comm.message", "compose_about", [resModel, resId]);
        await this.commComposer.open({ to, subject, resModel, resId });
    },
});
