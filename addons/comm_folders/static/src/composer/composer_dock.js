import { Component, useExternalListener, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { ComposerWindow } from "@comm_folders/composer/composer_window";

/** The windows in which mail is written, side by side at the bottom of the screen; on small ones one fills it. */
export class ComposerDock extends Component {
    static template = "comm_folders.ComposerDock";
    static components = { ComposerWindow };
    static props = { dock: Object, close: Function };

    setup() {
        this.dock = useState(this.props.dock);
        this.ui = useState(useService("ui"));
        useExternalListener(window, "resize", () => this.render());
    }

    /** What does not fit beside the newest windows is folded away to its title. */
    isFolded(composer) {
        if (composer.isMinimized) {
            return true;
        }
        const open = this.dock.composers.filter((each) => !each.isMinimized);
        const places = this.ui.isSmall ? 1 : Math.max(Math.floor(window.innerWidth / 640), 1);
        return open.indexOf(composer) < open.length - places;
    }

    unfold(composer) {
        composer.isMinimized = false;
        this.dock.composers = [...this.dock.composers.filter(({ id }) => id !== composer.id), composer];
    }
}
