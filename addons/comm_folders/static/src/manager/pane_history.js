import { onMounted, onWillUnmount, useEffect, useExternalListener } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { router, routerBus } from "@web/core/browser/router";

// Odoo's router writes the entry of a screen a moment after it is there.
const SETTLES = 100;

const depthHere = () => browser.history.state?.commDepth || 0;

/**
 * Back, of the browser or of a phone, leads from the message to the list and from the list to the folders where one pane
 * shows at a time, and out of the Manager only then.
 *
 * Each pane that one goes into is an entry of the browser's history, with the Manager's own address. While the Manager is
 * there, Odoo's router leaves to it what going between entries means (`skipLoad`). Each holds what the router wrote into the Manager's entry, too, so that who comes
 * back to it from another screen gets the Manager from the router.
 *
 * @param {Object} params
 * @param {() => number} params.getDepth 0 where Back leaves the Manager
 * @param {(depth: number) => void} params.goTo
 */
export function usePaneHistory({ getDepth, goTo }) {
    let address = undefined;
    let isCorrecting = false;

    /** The history follows what is on the screen. */
    function sync() {
        if (!address) {
            return;
        }
        const { history } = browser;
        const [depth, here] = [getDepth(), depthHere()];
        for (let commDepth = here + 1; commDepth <= depth; commDepth++) {
            history.pushState({ ...history.state, commDepth }, "", address);
        }
        if (depth < here) {
            isCorrecting = true;
            history.go(depth - here);
        }
    }

    // After the router, which listens for longer.
    useExternalListener(window, "popstate", (ev) => {
        if (!address || !ev.state) {
            return;
        }
        if (browser.location.href !== address) {
            routerBus.trigger("ROUTE_CHANGE");
            return;
        }
        router.skipLoad = true;
        if (!isCorrecting) {
            goTo(depthHere());
        }
        isCorrecting = false;
        sync();
    });
    useEffect(sync, () => [getDepth()]);
    let timer = undefined;
    onMounted(() => {
        timer = browser.setTimeout(() => {
            address = browser.location.href;
            router.skipLoad = true;
            sync();
        }, SETTLES);
    });
    onWillUnmount(() => {
        browser.clearTimeout(timer);
        router.skipLoad = false;
    });
}
