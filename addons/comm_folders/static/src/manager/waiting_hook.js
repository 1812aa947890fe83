import { onWillDestroy } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/** Call back when changes of this user wait because a mail server cannot be reached (see `comm_waiting`). */
export function useWaiting(callback) {
    const busService = useService("bus_service");
    busService.subscribe("comm_mailboxes/waiting", callback);
    onWillDestroy(() => busService.unsubscribe("comm_mailboxes/waiting", callback));
}
