import { Component, useExternalListener, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { hasFiles } from "@comm_folders/composer/composer_files";
import { ComposerWindow } from "@comm_folders/composer/composer_window";

/** The windows in which mail is written, side by side at the bottom of the screen; on small ones one fills it. */
export class ComposerDock extends Component {
    static template = "comm_folders.ComposerDock";
    static components = { ComposerWindow };
    static props = { dock: Object, close: Function };

    setup() {
        this.dock = useState(this.props.dock);
        this.ui = useState(useService("ui"));
        this.state = useState({ isAbove: false });
        useExternalListener(window, "resize", () => this.render());
        // Odoo's chatter covers itself, and us, with a place to drop files on as long as some are dragged over the page.
        const onDrag = (ev) => {
            this.state.isAbove = hasFiles(ev.dataTransfer);
        };
        const onDragEnd = () => {
            this.state.isAbove = false;
        };
        useExternalListener(window, "dragenter", onDrag, { capture: true });
        useExternalListener(window, "drop", onDragEnd, { capture: true });
        useExternalListener(window, "dragleave", (ev) => !ev.relatedTarget && onDragEnd(), { capture: true });
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
