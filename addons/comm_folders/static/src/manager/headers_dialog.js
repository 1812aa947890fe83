import { Component, onWillStart } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";

/** Every line of the header of a message, in its order. */
export class HeadersDialog extends Component {
    static template = "comm_folders.HeadersDialog";
    static components = { Dialog };
    static props = { messageId: Number, close: Function };

    setup() {
        this.orm = useService("orm");
        onWillStart(async () => {
            this.headers = await this.orm.call("comm.message", "get_headers", [[this.props.messageId]]);
        });
    }
}
