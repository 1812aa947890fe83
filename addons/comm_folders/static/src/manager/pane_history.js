import { onMounted, onWillUnmount, useEffect, useExternalListener } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { router, routerBus } from "@web/core/browser/router";

// Odoo's router writes the entry of a screen a moment after it is there.
const SETTLES = 100;

/**
 * How many entries of the open screen lie below this one. Where another screen was opened from it, the router wrote the entry
 * anew, with what the Manager told of itself.
 */
const depthHere = () => {
    const { commDepth, nextState } = browser.history.state || {};
    return commDepth ?? nextState?.globalState?.depth ?? 0;
};

/**
 * Back, of the browser or of a phone, leads from the message to the list and from the list to the folders where one pane
 * shows at a time, and out of the Manager only then. What covers them there, a window to write in, goes first.
 *
 * Each pane that one goes into, and each window, is an entry of the browser's history, with the Manager's own address. While the Manager is
 * there, Odoo's router leaves to it what going between entries means (`skipLoad`). Each holds what the router wrote into the
 * Manager's entry, too, so that who comes back to it from another screen gets the Manager from the router.
 *
 * @param {Object} params
 * @param {() => number} params.getDepth 0 where Back leaves the Manager
 * @param {(depth: number) => void} params.goTo
 * @returns {{depthHere: () => number, isReturn: boolean}} `isReturn`: the browser brought back an entry of the Manager by
 *     itself: the page was loaded again, or one went forward to it
 */
export function usePaneHistory({ getDepth, goTo }) {
    const begun = { address: browser.location.href, depth: depthHere() };
    const isReturn = browser.history.state?.commDepth !== undefined;
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
            step(depth - here);
        }
    }

    /** Links within a mail make entries as well, in its frame. The browser knows which are this window's. */
    function step(count) {
        const { navigation } = window;
        const entry = navigation?.entries()[navigation.currentEntry.index + count];
        if (entry?.url === address) {
            // Nothing is left to do where the user was quicker.
            navigation.traverseTo(entry.key).committed.catch(() => {});
        } else {
            browser.history.go(count);
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
            // It is the entry that was open before, or a new one.
            const commDepth = address === begun.address ? begun.depth : 0;
            browser.history.replaceState({ ...browser.history.state, commDepth }, "", address);
            sync();
        }, SETTLES);
    });
    onWillUnmount(() => {
        browser.clearTimeout(timer);
        router.skipLoad = false;
    });
    return { depthHere, isReturn };
}
