/**
 * Notes as mail programs show them: what is told takes the place of what was told before. What is sticky waits beside it until
 * it was read, and a warning gives way to another warning only: nobody would see it, where a fetch ends a moment later.
 *
 * Where notes lie over the rows of the list, there is one at a time: a warning gives way, too, to what its reader does next and
 * can undo; other news wait until it is gone.
 *
 * @param {Object} notification the service
 * @param {() => boolean} [isNarrow] whether they lie there
 */
export function singleNote(notification, isNarrow = () => false) {
    // By kind, how to close the note that is shown.
    const shown = {};
    let waiting = undefined;

    function add(text, options = {}) {
        if (options.sticky) {
            return notification.add(text, options);
        }
        const kind = ["warning", "danger"].includes(options.type) ? "warning" : "news";
        if (isNarrow() && kind === "news" && shown.warning && !options.buttons?.length) {
            waiting = [text, options];
            return () => (waiting = undefined);
        }
        waiting = undefined;
        (isNarrow() ? Object.keys(shown) : [kind]).forEach((each) => shown[each]?.());
        const close = notification.add(text, {
            ...options,
            onClose: () => {
                delete shown[kind];
                options.onClose?.();
                if (waiting && kind === "warning") {
                    add(...waiting);
                }
            },
        });
        shown[kind] = close;
        return close;
    }

    return { add };
}
