import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

// Long enough for who looks elsewhere; what waits is marked in lists as well.
const SHOWN_FOR = 30_000;

/** Tells users that their changes wait because a mail server cannot be reached, and takes them back if they like. */
export const waitingService = {
    dependencies: ["bus_service", "notification", "orm"],

    start(env, { bus_service: busService, notification, orm }) {
        busService.subscribe("comm_mailboxes/waiting", ({ mailbox_id: mailboxId, name, count }) => {
            const text =
                count === 1
                    ? _t("The mail server cannot be reached. Your change is kept and is made as soon as it answers.")
                    : _t(
                          "The mail server cannot be reached. Your %s changes are kept and are made as soon as it answers.",
                          count
                      );
            const close = notification.add(text, {
                title: name,
                type: "warning",
                autocloseDelay: SHOWN_FOR,
                className: "o_comm_waiting",
                buttons: [
                    {
                        name: _t("Undo"),
                        primary: true,
                        onClick: async () => {
                            close();
                            await orm.call("comm.mailbox", "take_back_waiting", [[mailboxId]]);
                        },
                    },
                ],
            });
        });
    },
};

registry.category("services").add("comm_waiting", waitingService);
