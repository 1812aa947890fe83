import { ConnectionLostError, rpcBus } from "@web/core/network/rpc";
import { useBus } from "@web/core/utils/hooks";

/**
 * Do something when Odoo answers again after it could not be reached: what was asked for meanwhile never came.
 *
 * @param {() => Promise} callback
 */
export function useReconnect(callback) {
    let isLost = false;
    useBus(rpcBus, "RPC:RESPONSE", ({ detail: { error } }) => {
        if (error instanceof ConnectionLostError) {
            isLost = true;
        } else if (isLost) {
            isLost = false;
            callback();
        }
    });
}
