import { onWillUnmount, useEffect, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { useService } from "@web/core/utils/hooks";

/**
 * Do something every so many seconds, as the user's setting says; 0 is never. A window that nobody sees does not ask, but
 * does so when it is looked at again.
 *
 * @param {() => Promise} refresh
 */
export function useRefresh(refresh) {
    const settings = useState(useService("comm_settings").settings);
    let isRunning = false;
    let isOverdue = false;

    async function run() {
        if (document.hidden) {
            isOverdue = true;
            return;
        }
        if (isRunning) {
            return;
        }
        isRunning = true;
        isOverdue = false;
        try {
            await refresh();
        } finally {
            isRunning = false;
        }
    }

    useEffect(
        (seconds) => {
            const timer = seconds > 0 ? browser.setInterval(run, seconds * 1000) : undefined;
            return () => browser.clearInterval(timer);
        },
        () => [settings.comm_refresh_interval]
    );
    const onVisible = () => isOverdue && run();
    document.addEventListener("visibilitychange", onVisible);
    onWillUnmount(() => document.removeEventListener("visibilitychange", onVisible));
}
