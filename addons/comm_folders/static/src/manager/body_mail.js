import { onWillUnmount } from "@odoo/owl";
import { uuid } from "@web/core/utils/strings";
import { useService } from "@web/core/utils/hooks";

const CHANNEL = "comm_mailto";

/**
 * A click on an e-mail address in the text of a message opens our window to write in. Nobody hears of clicks in that frame,
 * which has neither scripts nor our origin, and shall have none: there such a link leads to a page of ours, which opens for a
 * moment and tells who calls itself by the name that the frame was given.
 *
 * @returns {string} that name; empty for who wants addresses to be the browser's
 */
export function useBodyMail() {
    const mailto = useService("comm_mailto");
    if (!mailto.isWanted) {
        return "";
    }
    const name = uuid();
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data: { listener, href } }) => {
        if (listener === name && /^mailto:/i.test(href)) {
            channel.postMessage({ taken: name });
            mailto.open(href);
        }
    };
    onWillUnmount(() => channel.close());
    return name;
}
